// What the linter found, as a list: every badge on a diagram says here what it means and leads to its element.
import { type Finding, part, say, text } from "./place";

const WORDS = {
  error: () => say("Kesalahan", "Error"),
  warning: () => say("Peringatan", "Warning"),
  hint: () => say("Saran", "Hint"),
};

export class FindingList {
  private readonly list = part("findings");
  private readonly count = part("findings-count");
  private readonly file = part("workshop").dataset.file;

  /** `show` leads to an element of the file, and tells whether there is such an element; `goTo` to a line of it. */
  constructor(
    private readonly show: (element: string) => boolean,
    private readonly goTo: ((line: number) => void) | null = null,
  ) {}

  fill(findings: Finding[]): void {
    const errors = findings.filter((finding) => finding.severity === "error").length;
    this.count.textContent = findings.length === 0
      ? say("Tidak ada temuan.", "Nothing was found.")
      : say(`${findings.length} temuan, ${errors} kesalahan.`, `${findings.length} found, ${errors} of them errors.`);
    this.list.replaceChildren(...findings.map((finding) => this.item(finding)));
  }

  focus(element: string): void {
    this.list.querySelector<HTMLElement>(`[data-element="${CSS.escape(element)}"] button`)?.focus();
  }

  private item(finding: Finding): HTMLElement {
    const item = made("li", `alur-finding alur-finding--${finding.severity}`);
    item.dataset.element = finding.element ?? "";
    item.append(made("strong", "alur-finding__kind", WORDS[finding.severity]()), " ", text(finding.message));
    if (Object.keys(finding.mend).length > 0) item.append(made("div", "alur-finding__mend", text(finding.mend)));
    item.append(this.where(finding));
    return item;
  }

  private where(finding: Finding): HTMLElement {
    const { element, line, file } = finding;
    const row = made("div", "alur-small");
    const isHere = file === this.file;
    if (element !== null) {
      const named = finding.name ? `${finding.name} (${element})` : element;
      row.append(isHere && this.goTo === null ? pressed(named, () => this.show(element)) : named, " · ");
    }
    row.append(file);
    if (line !== null) {
      const words = say(`baris ${line}`, `line ${line}`);
      const goTo = this.goTo;
      row.append(", ", isHere && goTo !== null ? pressed(words, () => goTo(line)) : words);
    }
    row.append(` · ${finding.rule}`);
    return row;
  }
}

function pressed(words: string, act: () => void): HTMLElement {
  const button = made("button", "alur-plain", words) as HTMLButtonElement;
  button.type = "button";
  button.addEventListener("click", act);
  return button;
}

export function made(tag: string, kind: string, content = ""): HTMLElement {
  const element = document.createElement(tag);
  element.className = kind;
  element.textContent = content;
  return element;
}
