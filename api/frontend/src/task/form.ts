// The form of a task: what is typed is kept as a draft, the server says which questions the answers bring up, and what
// is plainly wrong is told before anything is sent. Without this script the form works as any other.
import { attach } from "../site/api";

const QUIET_MS = 1200;
const AT_ONCE_MS = 50;

export function keepForm(form: HTMLFormElement): void {
  const kept = new TaskForm(form);
  form.addEventListener("input", (event) => kept.changed(event.target));
  form.addEventListener("change", (event) => void kept.chosen(event.target));
  form.addEventListener("click", (event) => kept.clicked(event));
  form.addEventListener("submit", (event) => void kept.complete(event));
  // Who leaves before the pause is over still keeps what was typed.
  window.addEventListener("pagehide", () => kept.flush());
}

class TaskForm {
  private timer: number | undefined;
  private saving: Promise<unknown> = Promise.resolve();
  private isSent = false;
  private readonly revision: HTMLInputElement;
  private readonly draft = document.getElementById("draft") as HTMLElement;
  private readonly faults = document.getElementById("faults") as HTMLElement;

  constructor(private readonly form: HTMLFormElement) {
    this.revision = form.querySelector("#task-revision") as HTMLInputElement;
  }

  changed(target: EventTarget | null): void {
    if (target instanceof HTMLInputElement && target.type === "file") return;
    // Answers that are chosen may bring up other questions at once.
    const isChoice = target instanceof HTMLSelectElement || (target instanceof HTMLInputElement && ["radio", "checkbox"].includes(target.type));
    this.later(isChoice ? AT_ONCE_MS : QUIET_MS);
  }

  async chosen(target: EventTarget | null): Promise<void> {
    if (!(target instanceof HTMLInputElement) || target.type !== "file") return;
    for (const file of target.files ?? []) {
      const answer = await attach(this.form.dataset.files ?? "", file);
      if (!answer.ok || answer.body.id === undefined) {
        this.show([{ field: target, text: answer.body.title ?? String(answer.status) }]);
        return;
      }
      this.keepFile(target, answer.body.id, file.name);
    }
    target.value = "";
    this.later(AT_ONCE_MS);
  }

  // The buttons of a list add or take away an item: the server writes the list anew.
  clicked(event: Event): void {
    const button = (event.target as Element).closest<HTMLButtonElement>("button[name=step]");
    if (button === null) return;
    event.preventDefault();
    window.clearTimeout(this.timer);
    this.save(button.value);
  }

  async complete(event: Event): Promise<void> {
    if (this.isSent) return;
    event.preventDefault();
    const found = this.wrong();
    if (found.length > 0) {
      this.show(found);
      return;
    }
    window.clearTimeout(this.timer);
    this.timer = undefined;
    await this.saving;
    this.isSent = true;
    this.form.submit();
  }

  flush(): void {
    if (this.timer === undefined || this.isSent) return;
    window.clearTimeout(this.timer);
    void fetch(this.form.dataset.draft ?? "", { method: "POST", body: this.fields(""), keepalive: true });
  }

  private later(pause: number): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.save(""), pause);
  }

  private save(step: string): void {
    this.timer = undefined;
    this.saving = this.saving.then(() => this.put(step));
  }

  private async put(step: string): Promise<void> {
    const answer = await fetch(this.form.dataset.draft ?? "", { method: "POST", body: this.fields(step) }).catch(() => null);
    if (answer === null || !answer.ok) {
      this.draft.textContent = this.draft.dataset.failed ?? "";
      if (answer?.status === 412 || answer?.status === 409) this.show([{ field: null, text: this.faults.dataset.stale ?? "" }]);
      return;
    }
    const read = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = read.querySelector<HTMLElement>("[data-questions]");
    const old = this.form.querySelector<HTMLElement>("[data-questions]");
    if (fresh === null || old === null) return;
    this.revision.value = fresh.dataset.revision ?? this.revision.value;
    merge(old, fresh);
    const asked = fresh.querySelector<HTMLInputElement>("input[name=asked]");
    const before = old.querySelector<HTMLInputElement>("input[name=asked]");
    if (asked !== null && before !== null) before.value = asked.value;
    const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    this.draft.textContent = `${this.draft.dataset.saved ?? ""} ${time}`;
  }

  private fields(step: string): URLSearchParams {
    const fields = new URLSearchParams();
    for (const [name, value] of new FormData(this.form)) if (typeof value === "string") fields.append(name, value);
    if (step !== "") fields.append("step", step);
    return fields;
  }

  private keepFile(input: HTMLInputElement, id: string, name: string): void {
    const group = input.parentElement as HTMLElement;
    if (!input.multiple) group.querySelectorAll("input[type=hidden], .alur-file").forEach((each) => each.remove());
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: input.name, value: id });
    const told = document.createElement("p");
    told.className = "govuk-body alur-file";
    told.textContent = `✓ ${name}`;
    input.before(field, told);
  }

  private wrong(): { field: HTMLElement | null; text: string }[] {
    const told = this.faults.dataset;
    const found: { field: HTMLElement | null; text: string }[] = [];
    for (const group of this.form.querySelectorAll<HTMLElement>(".govuk-form-group[data-part]")) {
      const fields = [...group.querySelectorAll<HTMLInputElement>("input, select, textarea")];
      const first = fields.find((field) => field.type !== "hidden");
      if (first === undefined) continue;
      const value = fields.filter((field) => !["radio", "checkbox"].includes(field.type) || field.checked).map((field) => field.value.trim()).join("");
      if ("required" in group.dataset && value === "") found.push({ field: first, text: told.required ?? "" });
      else if (value !== "" && first.inputMode === "decimal" && !/^-?\d+([.,]\d+)?$/.test(value) && !first.readOnly) found.push({ field: first, text: told.number ?? "" });
      else if (first.type === "email" && !first.validity.valid) found.push({ field: first, text: told.email ?? "" });
    }
    return found;
  }

  // What is wrong, at the top, each with a way to its field: as on all pages.
  private show(faults: { field: HTMLElement | null; text: string }[]): void {
    const title = document.createElement("h2");
    title.className = "govuk-error-summary__title";
    title.textContent = this.faults.dataset.title ?? "";
    const list = document.createElement("ul");
    list.className = "govuk-list govuk-error-summary__list";
    list.append(...faults.map(({ field, text }) => item(field, text)));
    this.faults.replaceChildren(title, list);
    this.faults.hidden = false;
    this.faults.focus();
  }
}

function item(field: HTMLElement | null, text: string): HTMLElement {
  const made = document.createElement("li");
  if (field === null) {
    made.textContent = text;
    return made;
  }
  const link = document.createElement("a");
  link.href = `#${field.id}`;
  link.textContent = `${labelOf(field)}: ${text}`;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    field.focus();
  });
  made.append(link);
  return made;
}

function labelOf(field: HTMLElement): string {
  const group = field.closest(".govuk-form-group");
  return (group?.querySelector("legend") ?? group?.querySelector("label"))?.textContent?.trim() ?? "";
}

// Questions come and go; those that stay keep what stands in them, and the cursor.
function merge(old: Element, fresh: Element): void {
  const kept = new Map(parts(old).map((part) => [part.dataset.part, part]));
  const wanted = parts(fresh);
  const names = new Set(wanted.map((part) => part.dataset.part));
  kept.forEach((part, name) => {
    if (!names.has(name)) part.remove();
  });
  let after: Element | null = null;
  for (const part of wanted.reverse()) {
    const here = kept.get(part.dataset.part);
    if (here === undefined) {
      const made = document.importNode(part, true);
      if (after === null) place(old, fresh, part, made);
      else after.before(made);
      after = made;
    } else if (here.dataset.items !== part.dataset.items || options(here) !== options(part)) {
      const made = document.importNode(part, true);
      here.replaceWith(made);
      after = made;
    } else {
      merge(here, part);
      after = here;
    }
  }
}

// The last part goes before what follows it that is no part, such as the button of a list.
function place(old: Element, fresh: Element, part: Element, made: Element): void {
  const rest = [...fresh.children].indexOf(part) + 1;
  const following = fresh.children.length - rest;
  old.insertBefore(made, following > 0 ? (old.children[old.children.length - following] ?? null) : null);
}

function parts(of: Element): HTMLElement[] {
  return [...of.querySelectorAll<HTMLElement>(":scope > [data-part]")];
}

function options(of: Element): string {
  if (!of.matches(".govuk-form-group")) return "";
  return [...of.querySelectorAll<HTMLInputElement | HTMLOptionElement>("option, input[type=radio], input[type=checkbox]")].map((each) => each.value).join("\n");
}
