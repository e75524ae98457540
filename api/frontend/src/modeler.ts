// The BPMN editor: draw, fill in properties, see at once what the linter says, save as a draft.
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/bpmn-font/css/bpmn-embedded.css";
import "@bpmn-io/properties-panel/dist/assets/properties-panel.css";
import "bpmn-js-token-simulation/assets/css/bpmn-js-token-simulation.css";
import "./styles/workshop.scss";
import Modeler from "bpmn-js/lib/Modeler";
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule } from "bpmn-js-properties-panel";
import TokenSimulationModule from "bpmn-js-token-simulation";
import ZeebeBehaviorsModule from "camunda-bpmn-js-behaviors/lib/camunda-cloud";
import zeebe from "zeebe-bpmn-moddle/resources/zeebe.json";
import { showBadges } from "./workshop/badges";
import { DialectModule } from "./workshop/dialect";
import { FindingList } from "./workshop/findings";
import { lossesOf } from "./workshop/losses";
import { fillOutline } from "./workshop/outline";
import { type Finding, Place, call, part, say } from "./workshop/place";
import { Quietly } from "./workshop/quietly";
import { reword } from "./workshop/rewording";
import { Saving } from "./workshop/saving";
import { translating } from "./workshop/translating";
import { drawing } from "./workshop/words/drawing";
import { panel, panelPatterns } from "./workshop/words/panel";
import { simulation, simulationPatterns } from "./workshop/words/simulation";
import { types } from "./workshop/words/types";

// What people wrote themselves: the drawing, and what is at hand of their names.
const OWN_TEXT = "svg, .djs-direct-editing-parent, .alur-badge";
const LINT_AFTER_MS = 700;
const PALETTE_PX = 130;
const SIMULATION_ZOOM = 0.7;

const place = new Place(part("workshop"));
const modeler: any = new Modeler({
  container: part("canvas"),
  propertiesPanel: { parent: part("properties"), layout: { groups: { general: { open: true } } } },
  moddleExtensions: { zeebe },
  additionalModules: [
    BpmnPropertiesPanelModule,
    BpmnPropertiesProviderModule,
    ZeebePropertiesProviderModule,
    ZeebeBehaviorsModule,
    TokenSimulationModule,
    DialectModule,
    translating(drawing, panel, types),
  ],
});
const list = new FindingList(select);
const saving = new Saving(place, "model", content, refuse);

async function content(): Promise<string> {
  return (await modeler.saveXML({ format: true })).xml;
}

function select(id: string): boolean {
  const element = modeler.get("elementRegistry").get(id);
  if (!element) return false;
  const canvas = modeler.get("canvas");
  canvas.setRootElement(canvas.findRoot(element));
  canvas.scrollToElement(element, 100);
  modeler.get("selection").select(element);
  part("canvas").scrollIntoView({ block: "nearest" });
  return true;
}

function showFindings(findings: Finding[]): void {
  list.fill(findings);
  showBadges(modeler, findings.filter((finding) => finding.file === place.file), list);
}

/** What saving found is of the whole package, so no check of the model alone takes its place, until something changes. */
function refuse(findings: Finding[]): void {
  check.forget();
  showFindings(findings);
}

const check = new Quietly(async (counts) => {
  const answer = await call("POST", "/v1/processes/lint-model", await content(), "application/xml");
  if (answer.status !== 200 || !counts()) return;
  const findings: Finding[] = answer.body.findings;
  showFindings(findings.map((finding) => ({ ...finding, file: place.file })));
}, LINT_AFTER_MS);

/** The simulation's own switch cannot be reached by keyboard: a button of the page stands for it. */
function offerSimulation(): void {
  const button = part("simulate");
  nameButtons();
  button.addEventListener("click", () => modeler.get("toggleMode").toggleMode());
  modeler.on("tokenSimulation.toggleMode", ({ active }: { active: boolean }) => {
    button.setAttribute("aria-pressed", String(active));
    if (active) approach();
  });
  for (const log of part("canvas").querySelectorAll(".bts-notifications, .bts-log .bts-content")) {
    log.setAttribute("role", "log");
    log.setAttribute("aria-label", say("Catatan simulasi", "Simulation log"));
  }
}

/** Buttons of the simulation stand by elements and are called alike: say by which each stands. */
function nameButtons(): void {
  const elements = modeler.get("elementRegistry");
  const name = (): void => {
    for (const button of part("canvas").querySelectorAll<HTMLElement>("[data-container-id] .bts-context-pad")) {
      const id = button.closest<HTMLElement>("[data-container-id]")?.dataset.containerId ?? "";
      const told = `${button.title}: ${elements.get(id)?.businessObject.name || id}`;
      if (button.getAttribute("aria-label") !== told) button.setAttribute("aria-label", told);
    }
  };
  new MutationObserver(name).observe(part("canvas"), { subtree: true, childList: true, attributeFilter: ["title"] });
}

/** Come near enough to where the process begins: from far away the simulation shows no buttons. */
function approach(): void {
  const canvas = modeler.get("canvas");
  if (canvas.zoom() >= SIMULATION_ZOOM) return;
  canvas.zoom(SIMULATION_ZOOM);
  const [start] = modeler.get("elementRegistry").filter((element: any) =>
    element.type === "bpmn:StartEvent" && element.parent.type !== "bpmn:SubProcess");
  if (start) canvas.scrollToElement(start, 200);
}

/** Show the whole diagram beside the palette, not under it. */
function fit(): void {
  const canvas = modeler.get("canvas");
  canvas.zoom("fit-viewport");
  const { inner, outer } = canvas.viewbox();
  if (inner.width === 0) return;
  const scale = Math.min((outer.width - PALETTE_PX) / inner.width, outer.height / inner.height, 1) * 0.97;
  canvas.viewbox({
    x: inner.x - PALETTE_PX / scale,
    y: inner.y - 20 / scale,
    width: outer.width / scale,
    height: outer.height / scale,
  });
}

function changed(): void {
  check.later();
  fillOutline(modeler, select);
  part<HTMLButtonElement>("undo").disabled = !modeler.get("commandStack").canUndo();
  part<HTMLButtonElement>("redo").disabled = !modeler.get("commandStack").canRedo();
}

async function open(): Promise<void> {
  try {
    const xml = await place.content();
    saving.warn(lossesOf(xml, (await modeler.importXML(xml)).warnings));
  } catch (error) {
    part("save-status").textContent = say("Berkas ini tidak dapat dibuka: ", "This file cannot be opened: ") + error;
    return;
  }
  await saving.noteOpened();
  reword(part("canvas"), simulation, simulationPatterns, OWN_TEXT);
  reword(part("properties"), panel, panelPatterns, ".bio-properties-panel-header-label, .cm-content");
  fit();
  modeler.on("commandStack.changed", () => {
    saving.noteChange();
    changed();
  });
  part("undo").addEventListener("click", () => modeler.get("commandStack").undo());
  part("redo").addEventListener("click", () => modeler.get("commandStack").redo());
  part("fit").addEventListener("click", fit);
  offerSimulation();
  part("workshop").dataset.ready = "yes";
  changed();
  const wanted = new URLSearchParams(location.search).get("element");
  if (wanted) select(wanted);
}

void open();
