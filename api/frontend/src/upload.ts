// The page for uploading a package: what is dropped is put into the form, folders with the paths of their files.
import { dropped } from "./workshop/dropping";

const form = document.querySelector<HTMLFormElement>("form[data-drop]");
if (form !== null) offer(form);

function offer(page: HTMLFormElement): void {
  const place = page.querySelector<HTMLElement>(".alur-drop")!;
  const status = page.querySelector<HTMLElement>("[data-drop-status]")!;
  page.querySelector<HTMLElement>(".alur-drop__hint")!.hidden = false;
  page.addEventListener("submit", () => (status.textContent = page.dataset.sending ?? ""));
  // A file that misses its place would be opened instead of this page.
  for (const kind of ["dragover", "drop"]) document.addEventListener(kind, (event) => event.preventDefault());
  place.addEventListener("dragover", () => place.classList.add("alur-drop--over"));
  for (const kind of ["dragleave", "drop"]) {
    place.addEventListener(kind, () => place.classList.remove("alur-drop--over"));
  }
  place.addEventListener("drop", (event) => {
    if (event.dataTransfer !== null) void take(page, event.dataTransfer);
  });
}

async function take(page: HTMLFormElement, transfer: DataTransfer): Promise<void> {
  const found = await dropped(transfer);
  if (found.length === 0) return;
  const carried = new DataTransfer();
  found.forEach(({ file }) => carried.items.add(file));
  page.querySelector<HTMLInputElement>("#folder")!.value = "";
  page.querySelector<HTMLInputElement>("#files")!.files = carried.files;
  const isFolder = found.some(({ path }) => path.includes("/"));
  page.querySelector<HTMLInputElement>("[name=paths]")!.value = isFolder ? JSON.stringify(found.map(({ path }) => path)) : "";
  page.requestSubmit();
}
