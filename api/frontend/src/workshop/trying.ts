// Inputs to try decisions with: one field for every variable that a table of the file looks at.
import { say } from "./place";

const PATH = /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$/u;

export class InputFields {
  private readonly kept = new Map<string, string>();
  private shown = "";

  constructor(
    private readonly holder: HTMLElement,
    private readonly changed: () => void,
  ) {}

  /** Make the fields that a file asks for: its input data, and what its tables look at beside these and each other. */
  fill(definitions: any, source: string): void {
    const elements: any[] = definitions?.drgElement ?? [];
    const wanted = new Map<string, string>();
    const known = new Set<string>();
    for (const element of elements) {
      const name: string = element.variable?.name ?? element.name ?? "";
      known.add(name);
      if (element.$type === "dmn:InputData") {
        for (const path of parts(name, source)) wanted.set(path, element.variable?.typeRef ?? "Any");
      }
    }
    for (const input of elements.flatMap((each) => each.decisionLogic?.input ?? [])) {
      const expression: string = (input.inputExpression?.text ?? "").trim();
      const isNew = PATH.test(expression) && !known.has(expression.split(".")[0]);
      if (isNew) wanted.set(expression, input.inputExpression.typeRef ?? "Any");
    }
    const now = JSON.stringify([...wanted]);
    if (now === this.shown) return;
    this.shown = now;
    this.holder.replaceChildren(...[...wanted].map(([path, type], at) => this.field(path, type, at)));
  }

  /** The inputs as JSON; fields that are empty are left out. */
  values(): Record<string, unknown> {
    const made: Record<string, any> = {};
    for (const field of this.holder.querySelectorAll<HTMLInputElement | HTMLSelectElement>("[data-path]")) {
      const value = read(field.value, field.dataset.type ?? "");
      if (value !== undefined) put(made, (field.dataset.path ?? "").split("."), value);
    }
    return made;
  }

  private field(path: string, type: string, at: number): HTMLElement {
    const group = document.createElement("div");
    group.className = "govuk-form-group";
    const label = document.createElement("label");
    label.className = "govuk-label";
    label.htmlFor = `input-${at}`;
    label.textContent = path;
    const input = type === "boolean" ? choice() : plain();
    input.id = `input-${at}`;
    input.dataset.path = path;
    input.dataset.type = type;
    input.value = this.kept.get(path) ?? "";
    input.addEventListener("input", () => {
      this.kept.set(path, input.value);
      this.changed();
    });
    group.append(label, input);
    return group;
  }
}

/** What expressions read of a variable: its paths, or the variable itself. */
function parts(name: string, source: string): string[] {
  const paths = new RegExp(`(?<![\\w.])${name}(?:\\.[\\p{L}_][\\p{L}\\p{N}_]*)+`, "gu");
  const found = new Set(PATH.test(name) ? source.match(paths) : []);
  return found.size > 0 ? [...found] : [name];
}

function plain(): HTMLInputElement {
  const input = document.createElement("input");
  input.className = "govuk-input govuk-input--width-10";
  return input;
}

function choice(): HTMLSelectElement {
  const select = document.createElement("select");
  select.className = "govuk-select";
  for (const [value, word] of [["", "–"], ["true", say("ya", "yes")], ["false", say("tidak", "no")]]) {
    select.append(new Option(word, value));
  }
  return select;
}

function read(text: string, type: string): unknown {
  if (text === "") return undefined;
  if (type === "boolean") return text === "true";
  if (type === "string" || type === "date") return text;
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}

function put(into: Record<string, any>, path: string[], value: unknown): void {
  const [first, ...rest] = path;
  if (rest.length === 0) into[first] = value;
  else put((into[first] ??= {}), rest, value);
}
