// Files that are chosen are sent at once; then the page is read again, so that it shows what the server keeps.
import { attach } from "../site/api";

export function offerUploads(page: Document): void {
  for (const place of page.querySelectorAll<HTMLElement>("[data-upload]")) {
    const input = place.querySelector<HTMLInputElement>("input[type=file]");
    input?.addEventListener("change", () => void upload(place, input));
  }
}

async function upload(place: HTMLElement, input: HTMLInputElement): Promise<void> {
  const status = place.querySelector<HTMLElement>("[data-upload-status]");
  for (const file of input.files ?? []) {
    tell(status, `${status?.dataset.sending ?? ""} ${file.name}`);
    const answer = await attach(place.dataset.upload ?? "", file);
    if (!answer.ok) {
      tell(status, `${status?.dataset.failed ?? ""}: ${file.name}. ${answer.body.title ?? ""}`);
      return;
    }
  }
  const here = new URL(location.href);
  here.searchParams.set("done", "attached");
  location.assign(here);
}

function tell(status: HTMLElement | null, text: string): void {
  if (status !== null) status.textContent = text;
}
