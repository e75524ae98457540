// The diagram as a list: every element by kind and name, to be read, and to be selected without a pointer.
import { part, say } from "./place";

export function fillOutline(modeler: any, select: (id: string) => boolean): void {
  const elements = modeler.get("elementRegistry").filter((element: any) => isShown(element));
  part("outline").replaceChildren(
    ...elements.map((element: any) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "alur-plain";
      button.textContent = element.businessObject.name || element.id;
      button.addEventListener("click", () => select(element.id));
      item.append(`${kind(element)}: `, button);
      return item;
    }),
  );
}

function isShown(element: any): boolean {
  return !element.waypoints && element.parent && element.type !== "label" && !element.labelTarget;
}

const KINDS: Record<string, [string, string]> = {
  Participant: ["Pihak", "Participant"],
  Lane: ["Jalur", "Lane"],
  StartEvent: ["Mulai", "Start"],
  EndEvent: ["Selesai", "End"],
  IntermediateCatchEvent: ["Menunggu", "Waits for"],
  IntermediateThrowEvent: ["Mengirim", "Sends"],
  BoundaryEvent: ["Peristiwa tepi", "Boundary event"],
  UserTask: ["Tugas orang", "User task"],
  ServiceTask: ["Tugas layanan", "Service task"],
  SendTask: ["Tugas kirim", "Send task"],
  ReceiveTask: ["Tugas terima", "Receive task"],
  ScriptTask: ["Tugas skrip", "Script task"],
  ManualTask: ["Tugas manual", "Manual task"],
  BusinessRuleTask: ["Keputusan", "Decision"],
  CallActivity: ["Memanggil proses", "Calls a process"],
  SubProcess: ["Subproses", "Sub-process"],
  ExclusiveGateway: ["Pilihan", "Exclusive gateway"],
  ParallelGateway: ["Cabang sejajar", "Parallel gateway"],
  InclusiveGateway: ["Cabang inklusif", "Inclusive gateway"],
  EventBasedGateway: ["Menunggu salah satu", "Event-based gateway"],
  Task: ["Tugas", "Task"],
};

function kind(element: any): string {
  const name = element.type.replace("bpmn:", "");
  const words = KINDS[name];
  return words === undefined ? name : say(words[0], words[1]);
}
