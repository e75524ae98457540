// Marks at the rows of a decision table: which of them decide, and at which something was found.
import { type Finding, say } from "./place";

const SIGNS = { error: "✕", warning: "!", hint: "i" };
const WORST = ["error", "warning", "hint"] as const;

// The table draws its cells again whenever it likes; what a sheet says of them stays.
export class RowMarks {
  private readonly sheet = new CSSStyleSheet();
  private fired: string[] = [];
  private noted = "";

  constructor() {
    document.adoptedStyleSheets.push(this.sheet);
  }

  /** Rows by the ids of their rules; those without an id cannot be marked. */
  fire(rules: (string | null)[]): void {
    this.fired = rules.filter((id) => id !== null);
    this.draw();
  }

  note(findings: Finding[]): void {
    const rules = [...findings].sort((one, other) => WORST.indexOf(other.severity) - WORST.indexOf(one.severity));
    this.noted = rules.map(({ element, severity }) => (element === null ? "" : noteRule(element, severity))).join("\n");
    this.draw();
  }

  private draw(): void {
    const rows = this.fired.map((id) => `
      [data-row-id=${quoted(id)}] { background: #d9f0e3; }
      td.rule-index[data-row-id=${quoted(id)}]::before { content: "✓"; color: #00573b; font-weight: 700; }`);
    this.sheet.replaceSync([this.noted, ...rows].join("\n"));
  }
}

function noteRule(id: string, severity: Finding["severity"]): string {
  const at = `[data-element-id=${quoted(id)}], th[data-col-id=${quoted(id)}]`;
  return `
    :is(${at}):is(td, th) { box-shadow: inset 0 0 0 2px ${severity === "error" ? "#a32018" : "#7a5200"}; }
    tr:has(${at}) td.rule-index::after { content: " ${SIGNS[severity]}"; font-weight: 700; }`;
}

/** Say what the column of row numbers is: its head is empty. */
export function nameRowNumbers(holder: HTMLElement): void {
  for (const head of holder.querySelectorAll("th.index-column:empty")) {
    const name = document.createElement("span");
    name.className = "govuk-visually-hidden";
    name.textContent = say("Baris", "Row");
    head.append(name);
  }
}

/** Put the focus where an element of a table is: its cell, the first of its row, its column. */
export function reach(holder: HTMLElement, id: string): void {
  const cell = holder.querySelector(`td.cell[data-element-id=${quoted(id)}], td.cell[data-row-id=${quoted(id)}]`);
  const found = cell?.querySelector<HTMLElement>("[tabindex]")
    ?? holder.querySelector<HTMLElement>(`th[data-col-id=${quoted(id)}] button`);
  found?.scrollIntoView({ block: "center", inline: "center" });
  found?.focus();
}

function quoted(id: string): string {
  return `"${CSS.escape(id)}"`;
}
