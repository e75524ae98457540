// Inputs to try decisions with: one field for every variable that a table of the file looks at, of its type.
import { say } from "./place";

const PATH = /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$/u;
// Texts in quotation marks with commas between them: a list to choose from.
const TEXTS = /^\s*"[^"]*"(\s*,\s*"[^"]*")*\s*$/;

interface Wanted {
  label: string;
  type: string;
  choices: string[];
}

export class InputFields {
  private readonly kept = new Map<string, string>();
  private shown = "";

  constructor(
    private readonly holder: HTMLElement,
    private readonly changed: () => void,
  ) {}

  /** Make the fields that a file asks for: its input data, and what its tables look at beside these and each other. */
  fill(definitions: any, source: string): void {
    const wanted = wantedOf(definitions, source);
    const now = JSON.stringify([...wanted]);
    if (now === this.shown) return;
    this.shown = now;
    this.holder.replaceChildren(...[...wanted].map(([path, what], at) => this.field(path, what, at)));
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

  private field(path: string, { label, type, choices }: Wanted, at: number): HTMLElement {
    const group = document.createElement("div");
    group.className = "govuk-form-group";
    const words = document.createElement("label");
    words.className = "govuk-label";
    words.htmlFor = `input-${at}`;
    words.textContent = label === path ? path : `${label} (${path})`;
    const input = fieldOf(type, choices);
    input.id = words.htmlFor;
    input.dataset.path = path;
    input.dataset.type = type;
    input.value = this.kept.get(path) ?? "";
    input.addEventListener("input", () => {
      this.kept.set(path, input.value);
      this.changed();
    });
    group.append(words, input);
    return group;
  }
}

function wantedOf(definitions: any, source: string): Map<string, Wanted> {
  const elements: any[] = definitions?.drgElement ?? [];
  const wanted = new Map<string, Wanted>();
  const made = new Set<string>();
  for (const element of elements) {
    const name: string = element.variable?.name ?? element.name ?? "";
    if (element.$type !== "dmn:InputData") {
      made.add(name);
      continue;
    }
    for (const path of parts(name, source)) {
      wanted.set(path, { label: path, ...typed(path === name ? element.variable?.typeRef : undefined, definitions) });
    }
  }
  for (const input of elements.flatMap((each) => each.decisionLogic?.input ?? [])) {
    const path: string = (input.inputExpression?.text ?? "").trim();
    if (!PATH.test(path) || made.has(path.split(".")[0])) continue;
    const { type, choices } = typed(input.inputExpression.typeRef, definitions);
    const listed = listedIn(input.inputValues?.text);
    const known = wanted.get(path);
    wanted.set(path, {
      label: input.label || path,
      type: type === "Any" ? (known?.type ?? type) : type,
      choices: listed.length > 0 ? listed : choices.length > 0 ? choices : (known?.choices ?? []),
    });
  }
  return wanted;
}

/** The FEEL type that a name of a type stands for, and the texts that it allows. */
function typed(name: string | undefined, definitions: any): { type: string; choices: string[] } {
  const item = (definitions?.itemDefinition ?? []).find((each: any) => each.name === name);
  if (item?.typeRef && !item.isCollection) return { type: item.typeRef, choices: listedIn(item.allowedValues?.text) };
  return { type: name ?? "Any", choices: [] };
}

function listedIn(text: string | undefined): string[] {
  return text !== undefined && TEXTS.test(text) ? [...text.matchAll(/"([^"]*)"/g)].map((found) => found[1]) : [];
}

/** What expressions read of a variable: its paths, or the variable itself. */
function parts(name: string, source: string): string[] {
  if (!PATH.test(name)) return [name];
  const paths = new RegExp(`(?<![\\p{L}\\p{N}_.])${name}(?:\\.[\\p{L}_][\\p{L}\\p{N}_]*)+`, "gu");
  const found = new Set(source.match(paths));
  return found.size > 0 ? [...found] : [name];
}

function fieldOf(type: string, choices: string[]): HTMLInputElement | HTMLSelectElement {
  if (type === "boolean") return choice([["true", say("ya", "yes")], ["false", say("tidak", "no")]]);
  if (choices.length > 0) return choice(choices.map((each) => [each, each]));
  const input = document.createElement("input");
  input.className = "govuk-input govuk-input--width-10";
  if (type === "date" || type === "time") input.type = type;
  if (type === "number") {
    input.type = "number";
    input.step = "any";
  }
  if (type === "dateTime" || type === "date and time") input.placeholder = "2026-01-31T08:00:00+07:00";
  if (type.includes("uration")) input.placeholder = "P14D";
  return input;
}

function choice(options: string[][]): HTMLSelectElement {
  const select = document.createElement("select");
  select.className = "govuk-select";
  for (const [value, words] of [["", "–"], ...options]) select.append(new Option(words, value));
  return select;
}

function read(text: string, type: string): unknown {
  if (text === "") return undefined;
  if (type === "boolean") return text === "true";
  if (type === "time") return text.length === 5 ? `${text}:00` : text;
  if (type !== "number" && type !== "Any") return text;
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}

function put(into: Record<string, any>, path: string[], value: unknown): void {
  const [first, ...rest] = path;
  if (rest.length === 0) {
    into[first] = value;
    return;
  }
  if (typeof into[first] !== "object") into[first] = {};
  put(into[first], rest, value);
}
