// The form of a task: shown by form-js, kept as a draft while somebody types, checked again by the server.
import "@bpmn-io/form-js-viewer/dist/assets/form-js.css";
import { Form } from "@bpmn-io/form-js-viewer";
import { attach, send, type Answer, type FieldFault } from "../site/api";
import { TranslateModule } from "./words";

const QUIET_MS = 1200;
const FILE_KEY = /^files::/;

interface Instance {
  id: string;
  valuePath: (string | number)[];
  indexes?: Record<string, number>;
}

interface Internals {
  get(name: "formFieldInstanceRegistry"): { getAllKeyed(): Instance[] };
  _setState(state: { errors: Record<string, unknown> }): void;
  _getSubmitData(): Record<string, unknown>;
}

export async function showForm(place: HTMLElement): Promise<void> {
  const { schema = "{}", values = "{}", task = "", editable } = place.dataset;
  const form = new Form({ container: place, additionalModules: [TranslateModule] });
  await form.importSchema(JSON.parse(schema), JSON.parse(values));
  if (editable !== "yes") {
    form.setProperty("readOnly", true);
    return;
  }
  const page = new TaskForm(form, task);
  form.on("field.updated", () => page.changed());
  document.getElementById("complete")?.addEventListener("click", () => void page.complete());
}

class TaskForm {
  private timer: number | undefined;
  private saving: Promise<unknown> = Promise.resolve();
  private readonly inside: Internals;
  private readonly revision = document.getElementById("revision") as HTMLInputElement;
  private readonly draft = document.getElementById("draft") as HTMLElement;

  constructor(
    private readonly form: Form,
    private readonly task: string,
  ) {
    this.inside = form as unknown as Internals;
    // Who leaves before the pause is over still keeps what was typed.
    window.addEventListener("pagehide", () => this.flush());
  }

  changed(): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.save(), QUIET_MS);
  }

  async complete(): Promise<void> {
    window.clearTimeout(this.timer);
    this.timer = undefined;
    const { data, errors, files } = this.form.submit();
    if (Object.keys(errors).length > 0) {
      this.show(Object.entries(errors).flatMap(([id, texts]) => flat(texts).map((text) => ({ id, text }))));
      return;
    }
    await this.saving;
    const button = document.getElementById("complete") as HTMLButtonElement;
    button.disabled = true;
    try {
      const sent = await this.withFiles(data, files);
      const answer = await send("POST", this.path("complete"), { data: sent }, this.condition());
      if (answer.ok) location.assign("/desk?done=completed");
      else this.refused(answer);
    } catch {
      this.show([{ id: null, text: words("Tidak ada sambungan. Coba lagi.", "There is no connection. Try again.") }]);
    } finally {
      button.disabled = false;
    }
  }

  private save(): void {
    this.timer = undefined;
    const data = withoutFiles(this.inside._getSubmitData());
    this.saving = this.saving.then(() => this.put(data));
  }

  private async put(data: unknown): Promise<void> {
    const answer = await send("PUT", this.path("draft"), { data }, this.condition()).catch(() => null);
    if (answer?.ok) {
      this.revision.value = (answer.etag ?? "").replaceAll(/\D/g, "") || this.revision.value;
      const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
      this.draft.textContent = `${this.draft.dataset.saved ?? ""} ${time}`;
    } else {
      this.draft.textContent = `${this.draft.dataset.failed ?? ""}: ${answer?.body.title ?? ""}`;
      if (answer !== null && (answer.status === 412 || answer.status === 409)) this.refused(answer);
    }
  }

  private flush(): void {
    if (this.timer === undefined) return;
    window.clearTimeout(this.timer);
    const headers = { "X-Alur-Page": "1", "Content-Type": "application/json", ...this.condition() };
    const body = JSON.stringify({ data: withoutFiles(this.inside._getSubmitData()) });
    void fetch(this.path("draft"), { method: "PUT", headers, body, keepalive: true });
  }

  private async withFiles(data: unknown, files: Map<string, File[]>): Promise<unknown> {
    const ids = new Map<string, string[]>();
    for (const [key, chosen] of files) {
      const kept: string[] = [];
      for (const file of chosen) {
        const answer = await attach(this.path("documents"), file);
        if (!answer.ok || answer.body.id === undefined) throw new Error(answer.body.title);
        kept.push(answer.body.id);
      }
      ids.set(key, kept);
    }
    return mapped(data, (text) => {
      const kept = ids.get(text);
      if (kept === undefined) return FILE_KEY.test(text) ? undefined : text;
      return kept.length === 1 ? kept[0] : kept;
    });
  }

  private refused(answer: Answer): void {
    if (answer.status === 412) {
      this.show([{ id: null, text: words("Orang lain mengubah tugas ini. Muat ulang halaman untuk melihatnya.", "Somebody else changed this task. Reload the page to see it.") }]);
      return;
    }
    if (answer.body.fields === undefined) {
      this.show([{ id: null, text: answer.body.title ?? String(answer.status) }]);
      return;
    }
    const errors: Record<string, unknown> = {};
    const instances = this.inside.get("formFieldInstanceRegistry").getAllKeyed();
    const faults = answer.body.fields.map((fault) => {
      const field = instances.find((instance) => dotted(instance.valuePath) === fault.path);
      if (field !== undefined) put(errors, [field.id, ...Object.values(field.indexes ?? {})], inWords(fault));
      return { id: field?.id ?? null, text: field === undefined ? `${fault.path}: ${inWords(fault)}` : inWords(fault) };
    });
    this.inside._setState({ errors });
    this.show(faults);
  }

  // What is wrong, at the top, each with a way to its field: as on all pages.
  private show(faults: { id: string | null; text: string }[]): void {
    const box = document.getElementById("faults") as HTMLElement;
    const title = document.createElement("h2");
    title.className = "govuk-error-summary__title";
    title.textContent = box.dataset.title ?? "";
    const list = document.createElement("ul");
    list.className = "govuk-list govuk-error-summary__list";
    for (const fault of faults) list.append(this.item(fault));
    box.replaceChildren(title, list);
    box.hidden = false;
    box.focus();
  }

  private item(fault: { id: string | null; text: string }): HTMLElement {
    const item = document.createElement("li");
    const field = fault.id === null ? null : inputOf(fault.id);
    if (field === null) {
      item.textContent = fault.text;
      return item;
    }
    const link = document.createElement("a");
    link.href = `#${field.id}`;
    link.textContent = `${labelOf(field)}: ${fault.text}`;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      field.focus();
    });
    item.append(link);
    return item;
  }

  private path(act: string): string {
    return `/v1/tasks/${this.task}/${act}`;
  }

  private condition(): Record<string, string> {
    return { "If-Match": `"${this.revision.value}"` };
  }
}

function inputOf(field: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(`#form [id*="-${CSS.escape(field)}"]:is(input, textarea, select, [tabindex])`);
}

function labelOf(field: HTMLElement): string {
  const label = document.querySelector(`label[for="${CSS.escape(field.id)}"]`);
  const group = field.closest(".fjs-form-field")?.querySelector(".fjs-form-field-label");
  return ((field.matches("[type=radio], [type=checkbox]") ? group : label) ?? label ?? group)?.textContent?.replace("*", "").trim() ?? "";
}

function inWords(fault: FieldFault): string {
  return fault.message[document.documentElement.lang] ?? Object.values(fault.message)[0] ?? "";
}

function words(indonesian: string, english: string): string {
  return document.documentElement.lang === "en" ? english : indonesian;
}

// The server writes places of lists as [0], form-js as numbers of the path.
function dotted(path: (string | number)[]): string {
  return path.map((part, at) => (typeof part === "number" ? `[${part}]` : `${at > 0 ? "." : ""}${part}`)).join("");
}

function put(errors: Record<string, unknown>, path: (string | number)[], text: string): void {
  let here: Record<string | number, unknown> = errors;
  for (const part of path.slice(0, -1)) here = (here[part] ??= {}) as Record<string | number, unknown>;
  const last = path[path.length - 1];
  here[last] = [...((here[last] as string[] | undefined) ?? []), text];
}

function flat(texts: unknown): string[] {
  if (typeof texts === "string") return [texts];
  return typeof texts === "object" && texts !== null ? Object.values(texts).flatMap(flat) : [];
}

function withoutFiles(data: unknown): unknown {
  return mapped(data, (text) => (FILE_KEY.test(text) ? undefined : text));
}

// Nothing is sent for what nobody filled in: form-js has null there, and the server wants the key left out.
function mapped(value: unknown, change: (text: string) => unknown): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((each) => mapped(each, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapped(each, change)]).filter(([, each]) => each !== undefined));
}
