// Scenarios on the diagram: the path act by act, and what none of them passes. What is shown stands in the page's lists.
import { choices } from "./workshop/choosing";
import type { Choices } from "./workshop/choosing";
import { Sheet } from "./workshop/sheet";

interface Page {
  process: string;
  name: string;
  file: string;
  missed: string[];
}

interface Passage {
  told: string;
  flows: string[];
  entered: string[];
  left: string[];
}

class Player {
  private readonly pages: Page[];
  private readonly paths: Passage[][];
  private readonly sheet: Sheet;
  private readonly row: Choices<Page>;
  private readonly told: HTMLElement;
  private page: Page;
  private scenario = 0;
  private at = 0;
  private showsMissed = false;

  constructor(private readonly place: HTMLElement) {
    this.pages = JSON.parse(place.dataset.player ?? "[]") as Page[];
    this.paths = [...document.querySelectorAll<HTMLElement>("[data-scenario]")].map(pathOf);
    const canvas = place.querySelector<HTMLElement>("[data-sheet]")!;
    this.told = place.querySelector<HTMLElement>("[data-told]")!;
    for (const each of place.querySelectorAll<HTMLElement>("[data-controls], [data-sheet], [data-legend]")) each.hidden = false;
    this.sheet = new Sheet(canvas, place.dataset.folder ?? "");
    this.page = this.pages[0];
    this.row = choices(this.pages, place.dataset.choose ?? "", async (page) => {
      this.page = page;
      await this.draw();
    });
    if (this.pages.length > 1) canvas.before(this.row.element);
    this.listen();
  }

  async start(): Promise<void> {
    await this.go(0);
  }

  private listen(): void {
    const scenario = this.place.querySelector<HTMLSelectElement>("#scenario")!;
    scenario.addEventListener("change", () => {
      this.scenario = Number(scenario.value);
      void this.go(0);
    });
    for (const button of this.place.querySelectorAll<HTMLElement>("[data-go]")) {
      button.addEventListener("click", () => void this.go(this.at + Number(button.dataset.go)));
    }
    const missing = this.place.querySelector<HTMLElement>("[data-missing]")!;
    missing.addEventListener("click", () => {
      this.showsMissed = !this.showsMissed;
      missing.setAttribute("aria-pressed", String(this.showsMissed));
      const first = this.pages.find(({ missed }) => missed.length > 0);
      void this.row.choose(this.showsMissed && this.page.missed.length === 0 && first !== undefined ? first : this.page);
    });
    this.place.addEventListener("keydown", (event) => void this.press(event));
  }

  private async press(event: KeyboardEvent): Promise<void> {
    const target = event.target as HTMLElement;
    if (target.closest("select, .djs-container") !== null) return;
    const wanted: Record<string, number> = {
      ArrowRight: this.at + 1,
      ArrowLeft: this.at - 1,
      Home: 0,
      End: this.path.length - 1,
    };
    if (wanted[event.key] === undefined) return;
    event.preventDefault();
    await this.go(wanted[event.key]);
  }

  private get path(): Passage[] {
    return this.paths[this.scenario] ?? [];
  }

  // Go to an act of the path; the diagram is that of the process where it ends.
  private async go(wanted: number): Promise<void> {
    this.at = Math.max(0, Math.min(wanted, this.path.length - 1));
    const now = this.path[this.at];
    if (now === undefined) return;
    const last = [...now.left, ...now.flows, ...now.entered].at(-1) ?? "";
    const process = processOf(last) || (this.place.dataset.main ?? "");
    await this.row.choose(this.pages.find((page) => page.process === process) ?? this.page);
    this.told.textContent = `${this.at + 1}/${this.path.length}: ${now.told}`;
    this.place.dataset.at = String(this.at);
  }

  private async draw(): Promise<void> {
    if (!(await this.sheet.show(this.page.file))) return;
    this.sheet.unmark();
    if (this.showsMissed) this.markMissed();
    else this.markPath();
  }

  private markMissed(): void {
    for (const id of this.page.missed) {
      this.sheet.mark(id, "alur-on-missed");
      this.sheet.sign(id, "!", this.place.dataset.missed ?? "", "missed", 0);
    }
  }

  private markPath(): void {
    const passed = new Set<string>();
    const open = new Set<string>();
    const until = this.path.slice(0, this.at + 1);
    for (const { flows, entered, left } of until) {
      [...flows, ...left].forEach((each) => passed.add(each));
      entered.forEach((each) => open.add(each));
      left.forEach((each) => open.delete(each));
    }
    const now = until.at(-1);
    for (const name of passed) {
      if (!open.has(name)) this.show(name, now?.flows.includes(name) ? "now" : "passed");
    }
    const here = [...open].map((name) => this.show(name, "now")).filter((id) => id !== null);
    const last = here.at(-1) ?? this.own(now?.flows.at(-1) ?? "");
    if (last !== null) this.sheet.find(last);
  }

  // Mark an element if it is on this diagram; return its id there.
  private show(name: string, look: "passed" | "now"): string | null {
    const id = this.own(name);
    if (id === null || !this.sheet.has(id) || id === this.page.process) return null;
    this.sheet.mark(id, `alur-on-${look}`);
    const isFlow = this.sheet.isFlow(id);
    if (!isFlow) this.sheet.sign(id, look === "now" ? "●" : "✓", this.place.dataset[look === "now" ? "now" : "done"] ?? "", look, 0);
    return id;
  }

  private own(name: string): string | null {
    const process = processOf(name) || (this.place.dataset.main ?? "");
    return name !== "" && process === this.page.process ? name.slice(name.lastIndexOf(":") + 1) : null;
  }
}

function processOf(name: string): string {
  return name.includes(":") ? name.slice(0, name.lastIndexOf(":")) : "";
}

function pathOf(list: HTMLElement): Passage[] {
  return [...list.querySelectorAll<HTMLElement>("li[data-flows]")].map((item) => ({
    told: item.querySelector("[data-sentence]")?.textContent ?? "",
    flows: words(item.dataset.flows),
    entered: words(item.dataset.entered),
    left: words(item.dataset.left),
  }));
}

function words(text: string | undefined): string[] {
  return (text ?? "").split(" ").filter((each) => each !== "");
}

const place = document.querySelector<HTMLElement>("[data-player]");
if (place !== null) void new Player(place).start();
