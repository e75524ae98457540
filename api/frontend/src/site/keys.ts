// Keys for who works through a list all day: a dialogue tells them, and lets them be switched off (WCAG 2.1.4), since
// single letters get in the way of who dictates or types by chance.

const OFF = "alur-keys-off";

export function keepKeys(page: Document): void {
  const help = page.querySelector<HTMLDialogElement>("[data-keys]");
  const toggle = help?.querySelector<HTMLInputElement>("[data-keys-toggle]");
  if (toggle) {
    toggle.checked = areOn();
    toggle.addEventListener("change", () => localStorage.setItem(OFF, toggle.checked ? "" : "yes"));
  }
  page.querySelectorAll<HTMLElement>("[data-keys-open]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => help?.showModal());
  });
  page.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !areOn() || help?.open) return;
    if (act(page, event.key, help)) event.preventDefault();
  });
}

function areOn(): boolean {
  return localStorage.getItem(OFF) !== "yes";
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "button", "submit"].includes(target.type);
  return target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName);
}

function act(page: Document, key: string, help: HTMLDialogElement | null): boolean {
  const row = page.activeElement?.closest("tr, li");
  if (key === "j" || key === "k") return step(page, key === "j" ? 1 : -1);
  if (key === "o") return press(row?.querySelector<HTMLElement>("[data-row]"));
  if (key === "x") return press(row?.querySelector<HTMLElement>("input[type=checkbox]"));
  if (key === "c") return claim(page, row);
  if (key === "n") return press(page.querySelector<HTMLElement>("[data-next]"));
  if (key === "/") return focus(page.querySelector<HTMLElement>("[data-search]"));
  if (key === "?") help?.showModal();
  return key === "?" && help !== null;
}

function step(page: Document, by: number): boolean {
  const rows = [...page.querySelectorAll<HTMLElement>("[data-row]")];
  if (rows.length === 0) return false;
  const row = page.activeElement?.closest("tr, li");
  const here = rows.findIndex((each) => each === page.activeElement || (row != null && row.contains(each)));
  const next = here < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(here + by, 0), rows.length - 1);
  return focus(rows[next]);
}

// On a task's page the task is taken; in a list those that are chosen, or else the one of the row.
function claim(page: Document, row: Element | null | undefined): boolean {
  const button = page.querySelector<HTMLElement>("[data-key=c]");
  const list = button?.closest<HTMLFormElement>("[data-chosen]");
  if (list != null && list.querySelector("input[type=checkbox]:checked") === null) {
    const box = row?.querySelector<HTMLInputElement>("input[type=checkbox]");
    if (box == null) return false;
    box.checked = true;
  }
  return press(button);
}

function press(element: HTMLElement | null | undefined): boolean {
  element?.click();
  return element != null;
}

function focus(element: HTMLElement | null | undefined): boolean {
  element?.focus();
  return element != null;
}
