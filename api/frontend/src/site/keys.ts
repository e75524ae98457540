// Keys for who works through a list all day: j and k go down and up, Enter opens, / searches, ? tells these.

export function keepKeys(page: Document): void {
  page.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (act(page, event.key)) event.preventDefault();
  });
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
}

function act(page: Document, key: string): boolean {
  if (key === "j" || key === "k") return step(page, key === "j" ? 1 : -1);
  if (key === "/") return focus(page.querySelector<HTMLElement>("[data-search]"));
  if (key === "?") return open(page.querySelector<HTMLDetailsElement>("[data-keys]"));
  return false;
}

function step(page: Document, by: number): boolean {
  const rows = [...page.querySelectorAll<HTMLElement>("[data-row]")];
  if (rows.length === 0) return false;
  const here = rows.findIndex((row) => row === page.activeElement);
  const next = here < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(here + by, 0), rows.length - 1);
  return focus(rows[next]);
}

function focus(element: HTMLElement | null | undefined): boolean {
  element?.focus();
  return element != null;
}

function open(details: HTMLDetailsElement | null): boolean {
  if (details === null) return false;
  details.open = !details.open;
  return focus(details.querySelector("summary"));
}
