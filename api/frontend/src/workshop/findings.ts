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

  /** `show` leads to an element of the file; it tells whether there is such an element. */
  constructor(private readonly show: (element: string) => boolean) {}

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
    const line = finding.line === null ? "" : say(`, baris ${finding.line}`, `, line ${finding.line}`);
    const row = made("div", "alur-small");
    if (finding.element !== null) {
      const named = finding.name ? `${finding.name} (${finding.element})` : finding.element;
      const button = made("button", "alur-plain", named) as HTMLButtonElement;
      button.type = "button";
      const element = finding.element;
      button.addEventListener("click", () => this.show(element));
      row.append(button, " · ");
    }
    row.append(`${finding.file}${line} · ${finding.rule}`);
    return row;
  }
}

export function made(tag: string, kind: string, content = ""): HTMLElement {
  const element = document.createElement(tag);
  element.className = kind;
  element.textContent = content;
  return element;
}
