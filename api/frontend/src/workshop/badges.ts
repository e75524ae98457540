// Findings as badges on the elements of a diagram: a sign for the kind, a number, and a name that says them.
import type { FindingList } from "./findings";
import { type Finding, say, text } from "./place";

const SIGNS = { error: "✕", warning: "!", hint: "i" };
const WORST = ["error", "warning", "hint"] as const;

export function showBadges(modeler: any, findings: Finding[], list: FindingList): void {
  const overlays = modeler.get("overlays");
  const registry = modeler.get("elementRegistry");
  overlays.remove({ type: "finding" });
  for (const [id, found] of grouped(findings)) {
    if (registry.get(id)) overlays.add(id, "finding", { position: { top: -12, left: -12 }, html: badge(id, found, list) });
  }
}

function grouped(findings: Finding[]): Map<string, Finding[]> {
  const byElement = new Map<string, Finding[]>();
  for (const finding of findings) {
    if (finding.element !== null) byElement.set(finding.element, [...(byElement.get(finding.element) ?? []), finding]);
  }
  return byElement;
}

function badge(id: string, found: Finding[], list: FindingList): HTMLElement {
  const worst = WORST.find((severity) => found.some((finding) => finding.severity === severity)) ?? "hint";
  const button = document.createElement("button");
  button.type = "button";
  button.className = `alur-badge alur-badge--${worst}`;
  button.textContent = `${SIGNS[worst]} ${found.length}`;
  button.title = found.map((finding) => text(finding.message)).join("\n");
  button.setAttribute("aria-label", say(`${found.length} temuan pada ${id}: `, `${found.length} found at ${id}: `) + button.title);
  button.addEventListener("click", () => list.focus(id));
  return button;
}
