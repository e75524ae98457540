// The words of an editor that knows only English, put into Indonesian where they are shown.
import { language } from "./place";
import type { Words } from "./translating";

const ATTRIBUTES = ["title", "aria-label", "placeholder", "alt"];

/** Reword what a part of the page shows now and later. What lies in `except` is people's own text and stays. */
export function reword(holder: HTMLElement, words: Words, patterns: [RegExp, string][], except: string): void {
  if (language === "en") return;
  const visit = (node: Node): void => {
    const element = node instanceof Element ? node : node.parentElement;
    if (element === null || element.closest(except) !== null) return;
    if (node instanceof Text) put(node.data, (text) => (node.data = text));
    else if (node instanceof Element) {
      for (const name of ATTRIBUTES) put(node.getAttribute(name) ?? "", (text) => node.setAttribute(name, text));
    }
    for (const child of node.childNodes) visit(child);
  };
  const put = (text: string, set: (text: string) => void): void => {
    const found = look(text.trim());
    if (found !== null && found !== text.trim()) set(text.replace(text.trim(), () => found));
  };
  const look = (text: string): string | null => {
    if (Object.hasOwn(words, text)) return words[text];
    for (const [pattern, instead] of patterns) {
      const found = pattern.exec(text);
      if (found) return instead.replace("$1", () => look(found[1] ?? "") ?? found[1] ?? "");
    }
    return null;
  };
  visit(holder);
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "childList") change.addedNodes.forEach(visit);
      else if (change.type === "characterData") visit(change.target);
      else visit(change.target);
    }
  }).observe(holder, { subtree: true, childList: true, characterData: true, attributeFilter: ATTRIBUTES });
}
