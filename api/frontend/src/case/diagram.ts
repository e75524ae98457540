// The diagrams of a case: what was passed, what is open and what stands still is marked; names are in the page's language.
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

interface Shown {
  process: string;
  file: string;
  name: string;
  passed: string[];
  open: string[];
  failed: string[];
  flows: string[];
}

interface Box {
  x: number;
  y: number;
  width?: number;
  height?: number;
}

const LEGIBLE = 0.7;

interface Canvas {
  zoom(level?: string | number, center?: unknown): number;
  viewbox(): { outer: { width: number; height: number } };
  viewbox(wanted: Required<Box>): void;
  addMarker(element: string, marker: string): void;
}

interface Registry {
  get(id: string): Box | undefined;
}

export async function showDiagram(place: HTMLElement): Promise<void> {
  const shown = JSON.parse(place.dataset.diagrams ?? "[]") as Shown[];
  if (shown.length === 0) return;
  const canvas = document.createElement("div");
  canvas.className = "alur-diagram__canvas";
  const viewer = new NavigatedViewer({ container: canvas });
  const names = JSON.parse(place.dataset.names ?? "{}") as Record<string, string>;
  let now = shown[0];
  viewer.on("import.parse.complete", (parsed: { elementsById?: Record<string, { name?: string }> }) => {
    for (const [id, element] of Object.entries(parsed.elementsById ?? {})) {
      const name = names[`${now.process}:${id}`] ?? names[id];
      if (name !== undefined) element.name = name;
    }
  });
  const show = async (wanted: Shown): Promise<void> => {
    now = wanted;
    await draw(viewer, place.dataset.diagram ?? "", wanted);
  };
  if (shown.length > 1) place.append(tabs(shown, current(shown), show));
  canvas.setAttribute("aria-label", place.dataset.label ?? "");
  canvas.setAttribute("role", "group");
  place.append(canvas);
  await show(current(shown));
}

// Where something is open; else the main one.
function current(shown: Shown[]): Shown {
  return [...shown].reverse().find((each) => each.open.length > 0) ?? shown[0];
}

async function draw(viewer: NavigatedViewer, folder: string, shown: Shown): Promise<void> {
  const answer = await fetch(folder + encodeURIComponent(shown.file), { headers: { "X-Alur-Page": "1" } });
  if (!answer.ok) return;
  await viewer.importXML(await answer.text());
  const canvas = viewer.get("canvas") as Canvas;
  const registry = viewer.get("elementRegistry") as Registry;
  const mark = (ids: string[], marker: string): void =>
    ids.filter((id) => registry.get(id) !== undefined).forEach((id) => canvas.addMarker(id, marker));
  mark(shown.flows, "alur-passed");
  mark(shown.passed, "alur-passed");
  mark(shown.open, "alur-open");
  mark(shown.failed, "alur-failed");
  canvas.zoom("fit-viewport", "auto");
  const here = shown.open.map((id) => registry.get(id)).find((element) => element !== undefined);
  if (here !== undefined) approach(canvas, here);
}

// A large diagram is legible where the case stands; from there one moves on.
function approach(canvas: Canvas, here: Box): void {
  if (canvas.zoom() >= LEGIBLE) return;
  const view = canvas.viewbox();
  const [width, height] = [view.outer.width / LEGIBLE, view.outer.height / LEGIBLE];
  const x = here.x + (here.width ?? 0) / 2 - width / 2;
  const y = here.y + (here.height ?? 0) / 2 - height / 2;
  canvas.viewbox({ x, y, width, height });
}

function tabs(shown: Shown[], first: Shown, show: (wanted: Shown) => Promise<void>): HTMLElement {
  const row = document.createElement("div");
  row.className = "alur-row";
  const buttons = shown.map((each) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "alur-choice";
    button.textContent = each.name;
    button.setAttribute("aria-pressed", String(each === first));
    button.addEventListener("click", () => {
      buttons.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
      void show(each);
    });
    return button;
  });
  row.append(...buttons);
  return row;
}
