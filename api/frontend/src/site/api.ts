// Calls of the API from our own pages: the cookie says who calls, the header that it is no other site's page.

export interface FieldFault {
  path: string;
  message: Record<string, string>;
}

export interface Answer {
  ok: boolean;
  status: number;
  etag: string | null;
  body: { title?: string; detail?: string; code?: string; fields?: FieldFault[]; id?: string };
}

export async function call(method: string, path: string, body: BodyInit | null, more: Record<string, string> = {}): Promise<Answer> {
  const headers = { "X-Alur-Page": "1", ...more };
  const answer = await fetch(path, { method, headers, body, credentials: "same-origin" });
  const text = await answer.text();
  return { ok: answer.ok, status: answer.status, etag: answer.headers.get("ETag"), body: parsed(text) };
}

export async function send(method: string, path: string, value: unknown, more: Record<string, string> = {}): Promise<Answer> {
  return call(method, path, JSON.stringify(value), { "Content-Type": "application/json", ...more });
}

export function attach(path: string, file: File): Promise<Answer> {
  const name = encodeURIComponent(file.name || "berkas");
  return call("POST", `${path}?name=${name}`, file, { "Content-Type": "application/octet-stream" });
}

function parsed(text: string): Answer["body"] {
  try {
    return JSON.parse(text) as Answer["body"];
  } catch {
    return {};
  }
}
