// The words of an editor that knows only English, put into Indonesian where they are shown.
import { language } from "./place";
import type { Words } from "./translating";

const ATTRIBUTES = ["title", "aria-label", "placeholder", "alt"];

/** Reword what a part of the page shows now and later. Text in `except` is people's own and stays. */
export function reword(holder: HTMLElement, words: Words, patterns: [RegExp, string][], except: string): void {
  if (language === "en") return;
  const visit = (node: Node): void => {
    if (node instanceof Element) {
      for (const name of ATTRIBUTES) put(node.getAttribute(name) ?? "", (text) => node.setAttribute(name, text));
      node.childNodes.forEach(visit);
    } else if (node instanceof Text && node.parentElement?.closest(except) === null) {
      put(node.data, (text) => (node.data = text));
    }
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
      else visit(change.target);
    }
  }).observe(holder, { subtree: true, childList: true, characterData: true, attributeFilter: ATTRIBUTES });
}
