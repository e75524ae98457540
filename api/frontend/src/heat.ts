// The diagram of a process, its steps coloured by how long they wait. The table beside it says the same in figures.
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "./heat/heat.scss";
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

interface Canvas {
  zoom(level: string, center?: string): void;
  addMarker(element: string, marker: string): void;
}

interface Registry {
  get(id: string): unknown;
}

async function show(place: HTMLElement): Promise<void> {
  const answer = await fetch(place.dataset.xml ?? "", { headers: { "X-Alur-Page": "1" } });
  if (!answer.ok) {
    place.remove(); // the table has the figures
    return;
  }
  place.setAttribute("role", "group");
  place.setAttribute("aria-label", place.dataset.label ?? "");
  const viewer = new NavigatedViewer({ container: place });
  await viewer.importXML(await answer.text());
  const canvas = viewer.get("canvas") as Canvas;
  const registry = viewer.get("elementRegistry") as Registry;
  const levels = JSON.parse(place.dataset.heat ?? "{}") as Record<string, number>;
  for (const [step, level] of Object.entries(levels)) {
    if (level > 0 && registry.get(step) !== undefined) canvas.addMarker(step, `alur-hot-${level}`);
  }
  canvas.zoom("fit-viewport", "auto");
}

const near = new IntersectionObserver(
  (seen) => {
    for (const each of seen.filter((one) => one.isIntersecting)) {
      near.unobserve(each.target);
      void show(each.target as HTMLElement);
    }
  },
  { rootMargin: "200px" },
);
document.querySelectorAll<HTMLElement>("[data-heat]").forEach((place) => near.observe(place));
