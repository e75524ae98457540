// The DMN editor: tables of decisions, what the linter says of gaps and overlaps, and what they decide as one types.
import "dmn-js/dist/assets/diagram-js.css";
import "dmn-js/dist/assets/dmn-js-shared.css";
import "dmn-js/dist/assets/dmn-js-drd.css";
import "dmn-js/dist/assets/dmn-js-decision-table.css";
import "dmn-js/dist/assets/dmn-js-decision-table-controls.css";
import "dmn-js/dist/assets/dmn-js-literal-expression.css";
import "dmn-js/dist/assets/dmn-js-boxed-expression.css";
import "dmn-js/dist/assets/dmn-js-boxed-expression-controls.css";
import "dmn-js/dist/assets/dmn-font/css/dmn-embedded.css";
import "./styles/workshop.scss";
import Modeler from "dmn-js/lib/Modeler";
import { FindingList, made } from "./workshop/findings";
import { lossesOf } from "./workshop/losses";
import { type Finding, Place, call, part, say } from "./workshop/place";
import { Quietly } from "./workshop/quietly";
import { reword } from "./workshop/rewording";
import { RowMarks, nameRowNumbers, reach } from "./workshop/rows";
import { Saving } from "./workshop/saving";
import { translating } from "./workshop/translating";
import { InputFields } from "./workshop/trying";
import { drawing } from "./workshop/words/drawing";
import { tables } from "./workshop/words/tables";

// What people wrote themselves.
const OWN_TEXT = "svg, [contenteditable], .input-label, .output-label, .input-variable, .output-variable, .cm-content";
const TRY_AFTER_MS = 600;

interface Outcome {
  result: unknown;
  fired: { decision: string | null; table: string | null; rules: number[]; ids: (string | null)[] }[];
  warnings: string[];
}

const place = new Place(part("workshop"));
// Every view is an editor of its own, and has to be told the words.
const view = { additionalModules: [translating(drawing, tables)] };
const modeler: any = new Modeler({
  container: part("canvas"),
  drd: view,
  decisionTable: view,
  literalExpression: view,
  boxedExpression: view,
});
const marks = new RowMarks();
const list = new FindingList(select);
const saving = new Saving(place, "table", content, (findings) => {
  trial.forget();
  showFindings(findings);
});
const fields = new InputFields(part("inputs"), () => trial.later());
const trial = new Quietly(attempt, TRY_AFTER_MS);

async function content(): Promise<string> {
  return (await modeler.saveXML({ format: true })).xml;
}

/** Open the decision that has an element of the id, and go to the cell, row or column. */
function select(id: string): boolean {
  const view = modeler.getViews().find(({ element }: any) => idsOf(element).includes(id));
  if (view) void modeler.open(view).then(() => reach(part("canvas"), id));
  return view !== undefined;
}

function idsOf(element: any): (string | undefined)[] {
  const logic = element.decisionLogic ?? {};
  const rules: any[] = logic.rule ?? [];
  const cells = rules.flatMap((rule) => [...(rule.inputEntry ?? []), ...(rule.outputEntry ?? [])]);
  const parts: any[] = [element, logic, ...rules, ...cells, ...(logic.input ?? []), ...(logic.output ?? [])];
  return parts.map((part) => part.id);
}

function showViews(): void {
  const active = modeler.getActiveView();
  part("views").replaceChildren(
    ...modeler.getViews().map((view: any) => {
      const item = document.createElement("li");
      const name = view.type === "drd" ? say("Hubungan", "Requirements") : (view.name ?? view.id);
      const button = made("button", "alur-tab", name) as HTMLButtonElement;
      button.type = "button";
      if (view.element === active?.element) button.setAttribute("aria-current", "page");
      button.addEventListener("click", () => void modeler.open(view));
      item.append(button);
      return item;
    }),
  );
}

async function attempt(counts: () => boolean): Promise<void> {
  const active = modeler.getActiveView();
  const inputs = fields.values();
  const isTried = active?.element.$type === "dmn:Decision" && Object.keys(inputs).length > 0;
  const decision = isTried ? active.element.id : null;
  const answer = await call("POST", `${place.path}/try-decision`, {
    file: place.file, text: await content(), decision, inputs,
  });
  if (!counts()) return;
  if (answer.status !== 200) {
    part("outcome").replaceChildren(made("p", "alur-said", answer.body.detail ?? answer.body.title ?? ""));
    return;
  }
  showFindings(answer.body.findings);
  showOutcome(answer.body.made, !answer.body.ok, active?.type === "drd");
}

function showFindings(findings: Finding[]): void {
  list.fill(findings);
  marks.note(findings.filter((finding) => finding.file === place.file));
}

function showOutcome(outcome: Outcome | null, isWrong: boolean, isDiagram: boolean): void {
  marks.fire(outcome?.fired.flatMap((fired) => fired.ids) ?? []);
  part("outcome").replaceChildren(...(outcome === null ? [made("p", "alur-said", why(isWrong, isDiagram))] : told(outcome)));
}

function why(isWrong: boolean, isDiagram: boolean): string {
  if (isWrong) return say("Perbaiki dahulu kesalahan yang ditemukan.", "Mend the errors that were found first.");
  if (isDiagram) return say("Buka satu keputusan untuk mencobanya.", "Open a decision to try it.");
  return say("Isi satu masukan atau lebih.", "Fill in an input or more.");
}

function told(outcome: Outcome): Node[] {
  const names = new Map(modeler.getViews().map(({ element }: any) => [element.id, element.name ?? element.id]));
  const shown: Node[] = outcome.fired.map(({ decision, rules }) => {
    const name = names.get(decision) ?? decision;
    const matched = rules.length === 0
      ? say("tidak ada baris yang cocok", "no row matches")
      : say(`baris ${rules.join(", ")} cocok`, `row ${rules.join(", ")} matches`);
    return made("p", "alur-said", `${name}: ${matched}.`);
  });
  const result = made("p", "alur-said", say("Hasil: ", "Result: "));
  result.append(made("strong", "", JSON.stringify(outcome.result, null, 1)));
  shown.push(result);
  for (const warning of outcome.warnings) {
    const remark = made("p", "alur-said alur-small", warning);
    remark.lang = "en";
    shown.push(remark);
  }
  return shown;
}

const watched = new Set<object>();
/** Every view has an editor of its own, made when it is first opened. */
function watch(): void {
  nameRowNumbers(part("canvas"));
  const viewer = modeler.getActiveViewer();
  if (!viewer || watched.has(viewer)) return;
  watched.add(viewer);
  viewer.on("commandStack.changed", () => {
    saving.noteChange();
    void follow();
  });
}

async function follow(): Promise<void> {
  fields.fill(modeler.getDefinitions(), await content());
  trial.later();
}

async function open(): Promise<void> {
  try {
    const xml = await place.content();
    saving.warn(lossesOf(xml, (await modeler.importXML(xml)).warnings));
  } catch (error) {
    part("save-status").textContent = say("Berkas ini tidak dapat dibuka: ", "This file cannot be opened: ") + error;
    return;
  }
  reword(part("canvas"), tables, [], OWN_TEXT);
  const table = modeler.getViews().find((view: any) => view.type === "decisionTable");
  if (table) await modeler.open(table);
  await saving.noteOpened();
  modeler.on("views.changed", () => {
    showViews();
    watch();
    void follow();
  });
  showViews();
  watch();
  await follow();
  part("workshop").dataset.ready = "yes";
}

void open();
