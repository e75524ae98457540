// The words of the bpmn.io editors. They are written in English; for who reads Indonesian they are looked up.
import { language } from "./place";

export type Words = Record<string, string>;

/** A module for an editor. A word that is missing stays English, and is told to who listens: the tests do. */
export function translating(...parts: Words[]): object {
  const words: Words = Object.assign({}, ...parts);
  const translate = (template: string, values: Record<string, string> = {}): string => {
    const found = language === "en" ? template : words[template];
    if (found === undefined) dispatchEvent(new CustomEvent("alur:untranslated", { detail: template }));
    return (found ?? template).replace(/{([^}]+)}/g, (_all, name: string) => values[name] ?? `{${name}}`);
  };
  return { translate: ["value", translate] };
}
