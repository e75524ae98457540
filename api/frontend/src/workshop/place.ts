// Which file of which version a page of the workshop is about, its words, and calls of the API in the visitor's name.

export interface Finding {
  rule: string;
  severity: "error" | "warning" | "hint";
  message: Record<string, string>;
  mend: Record<string, string>;
  file: string;
  line: number | null;
  element: string | null;
  name: string | null;
}

export interface Answer {
  status: number;
  body: any;
}

export const language = document.documentElement.lang === "en" ? "en" : "id";

export function say(indonesian: string, english: string): string {
  return language === "en" ? english : indonesian;
}

export function text(texts: Record<string, string>): string {
  return texts[language] ?? Object.values(texts)[0] ?? "";
}

export function part<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`Expected an element with the id ${id} on the page, found none`);
  return found as Kind;
}

export class Place {
  readonly process: string;
  readonly version: string;
  readonly file: string;

  constructor(element: HTMLElement) {
    this.process = element.dataset.process ?? "";
    this.version = element.dataset.version ?? "";
    this.file = element.dataset.file ?? "";
  }

  /** Path of the version in the API. */
  get path(): string {
    return `/v1/processes/${encodeURIComponent(this.process)}/versions/${this.version}`;
  }

  async content(): Promise<string> {
    const answer = await fetch(`${this.path}/files/${this.file.split("/").map(encodeURIComponent).join("/")}`, {
      headers: { "X-Alur-Page": "1" },
    });
    if (!answer.ok) throw new Error(`Expected the file ${this.file}, found ${answer.status}`);
    return answer.text();
  }
}

export async function call(method: string, path: string, body: string | object, type?: string): Promise<Answer> {
  const answer = await fetch(path, {
    method,
    headers: { "X-Alur-Page": "1", "Content-Type": type ?? "application/json", "Accept-Language": language },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const isJson = (answer.headers.get("content-type") ?? "").includes("json");
  return { status: answer.status, body: isJson ? await answer.json() : {} };
}
