// A diagram to look at, with marks on its elements: a class for the colour and a badge with a sign for the meaning.
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "./sheet.scss";
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
  waypoints?: { x: number; y: number }[];
}

interface Canvas {
  zoom(level?: string | number, center?: string): number;
  viewbox(): { outer: { width: number; height: number } };
  viewbox(wanted: { x: number; y: number; width: number; height: number }): void;
  addMarker(element: string, marker: string): void;
  removeMarker(element: string, marker: string): void;
}

interface Registry {
  get(id: string): Box | undefined;
}

interface Overlays {
  add(element: string, kind: string, overlay: { position: { top?: number; left?: number }; html: HTMLElement; scale: { min: number } }): void;
  remove(filter: { type: string }): void;
}

const LEGIBLE = 0.8;
const BADGE = "alur-sign";
// However small the diagram becomes, its signs can be read.
const SIGN_SCALE = { min: 0.55 };

export class Sheet {
  private readonly viewer: NavigatedViewer;
  private file = "";
  private marked: [string, string][] = [];

  constructor(
    readonly place: HTMLElement,
    private readonly folder: string,
  ) {
    place.setAttribute("role", "group");
    place.setAttribute("aria-label", place.dataset.label ?? "");
    this.viewer = new NavigatedViewer({ container: place });
    const names = JSON.parse(place.dataset.names ?? "{}") as Record<string, string>;
    this.viewer.on("import.parse.complete", (parsed: { elementsById?: Record<string, { name?: string }> }) => {
      for (const [id, element] of Object.entries(parsed.elementsById ?? {})) element.name = names[id] ?? element.name;
    });
  }

  // Show a file of the version, unless it is shown already. False: there is no such file.
  async show(file: string): Promise<boolean> {
    if (file === this.file) return true;
    const answer = await fetch(this.folder + encodeURIComponent(file), { headers: { "X-Alur-Page": "1" } });
    if (!answer.ok) return false;
    await this.viewer.importXML(await answer.text());
    this.file = file;
    this.marked = [];
    this.canvas.zoom("fit-viewport", "auto");
    return true;
  }

  hide(): void {
    this.viewer.clear();
    this.file = "";
    this.marked = [];
  }

  mark(id: string, marker: string): void {
    if (this.registry.get(id) === undefined) return;
    this.canvas.addMarker(id, marker);
    this.marked.push([id, marker]);
  }

  // Put a sign on an element, several beside one another; its word is what pointing at it says.
  sign(id: string, sign: string, word: string, look: string, nth: number): void {
    const element = this.registry.get(id);
    if (element === undefined) return;
    const badge = document.createElement("span");
    badge.className = `${BADGE} ${BADGE}--${look}`;
    badge.textContent = sign;
    badge.title = word;
    const position = element.waypoints === undefined ? { top: -12, left: -10 + 24 * nth } : middle(element, nth);
    (this.viewer.get("overlays") as Overlays).add(id, BADGE, { position, html: badge, scale: SIGN_SCALE });
  }

  unmark(): void {
    for (const [id, marker] of this.marked) {
      if (this.registry.get(id) !== undefined) this.canvas.removeMarker(id, marker);
    }
    this.marked = [];
    (this.viewer.get("overlays") as Overlays).remove({ type: BADGE });
  }

  has(id: string): boolean {
    return this.registry.get(id) !== undefined;
  }

  isFlow(id: string): boolean {
    return this.registry.get(id)?.waypoints !== undefined;
  }

  // Let an element be seen: the whole diagram if it can be read then, else what is around the element.
  find(id: string): void {
    const element = this.registry.get(id);
    if (element === undefined || this.canvas.zoom() >= LEGIBLE) return;
    const view = this.canvas.viewbox();
    const [width, height] = [view.outer.width / LEGIBLE, view.outer.height / LEGIBLE];
    const at = element.waypoints?.[0] ?? { x: element.x + element.width / 2, y: element.y + element.height / 2 };
    this.canvas.viewbox({ x: at.x - width / 2, y: at.y - height / 2, width, height });
  }

  private get canvas(): Canvas {
    return this.viewer.get("canvas") as Canvas;
  }

  private get registry(): Registry {
    return this.viewer.get("elementRegistry") as Registry;
  }
}

// Where the badge of a flow stands: at its middle, from the upper left corner of all its points.
function middle(flow: Box, nth: number): { top: number; left: number } {
  const points = flow.waypoints ?? [];
  const at = Math.max(1, Math.floor(points.length / 2));
  const [before, after] = [points[at - 1], points[at] ?? points[at - 1]];
  const corner = { x: Math.min(...points.map(({ x }) => x)), y: Math.min(...points.map(({ y }) => y)) };
  const center = { x: (before.x + after.x) / 2, y: (before.y + after.y) / 2 };
  return { top: center.y - corner.y - 11, left: center.x - corner.x - 11 + 24 * nth };
}
