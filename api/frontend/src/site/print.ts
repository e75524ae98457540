// A button that prints: without a script it would do nothing, so it is hidden until now.

export function offerPrint(page: Document): void {
  for (const button of page.querySelectorAll<HTMLButtonElement>("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}
