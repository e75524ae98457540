// The DMN editor: tables of decisions, what the linter says of gaps and overlaps, and what they decide as one types.
import "dmn-js/dist/assets/diagram-js.css";
import "dmn-js/dist/assets/dmn-js-shared.css";
import "dmn-js/dist/assets/dmn-js-drd.css";
import "dmn-js/dist/assets/dmn-js-decision-table.css";
import "dmn-js/dist/assets/dmn-js-decision-table-controls.css";
import "dmn-js/dist/assets/dmn-js-literal-expression.css";
import "dmn-js/dist/assets/dmn-js-boxed-expression.css";
import "dmn-js/dist/assets/dmn-js-boxed-expression-controls.css";
import "dmn-js/dist/assets/dmn-font/css/dmn-embedded.css";
import "./styles/workshop.scss";
import Modeler from "dmn-js/lib/Modeler";
import { FindingList, made } from "./workshop/findings";
import { Place, call, part, say } from "./workshop/place";
import { Saving } from "./workshop/saving";
import { translating } from "./workshop/translating";
import { InputFields } from "./workshop/trying";
import { drawing } from "./workshop/words/drawing";
import { tables } from "./workshop/words/tables";

const TRY_AFTER_MS = 600;

const place = new Place(part("workshop"));
// Every view is an editor of its own, and has to be told the words.
const view = { additionalModules: [translating(drawing, tables)] };
const modeler: any = new Modeler({
  container: part("canvas"),
  drd: view,
  decisionTable: view,
  literalExpression: view,
  boxedExpression: view,
});
const list = new FindingList(select);
const saving = new Saving(place, "table", content, (findings) => list.fill(findings));
const fields = new InputFields(part("inputs"), later);

async function content(): Promise<string> {
  return (await modeler.saveXML({ format: true })).xml;
}

/** Open the decision that has the id, or the one with a rule of that id. */
function select(id: string): boolean {
  const view = modeler.getViews().find(({ element }: any) =>
    element.id === id || element.name === id || element.decisionLogic?.rule?.some((rule: any) => rule.id === id));
  if (view) void modeler.open(view);
  return view !== undefined;
}

function showViews(): void {
  const active = modeler.getActiveView();
  part("views").replaceChildren(
    ...modeler.getViews().map((view: any) => {
      const item = document.createElement("li");
      const button = made("button", "alur-tab", view.type === "drd" ? say("Hubungan", "Requirements") : view.name ?? view.id);
      if (view.element === active?.element) button.setAttribute("aria-current", "page");
      button.addEventListener("click", () => void modeler.open(view));
      item.append(button);
      return item;
    }),
  );
}

async function ask(): Promise<void> {
  fields.fill(modeler.getDefinitions(), await content());
}

let waiting = 0;
function later(): void {
  clearTimeout(waiting);
  waiting = window.setTimeout(() => void attempt(), TRY_AFTER_MS);
}

async function attempt(): Promise<void> {
  const view = modeler.getActiveView();
  const decision = view?.element.$type === "dmn:Decision" ? view.element.id : null;
  const sent = { file: place.file, text: await content(), decision, inputs: fields.values() };
  const answer = await call("POST", `${place.path}/try-decision`, sent);
  if (answer.status !== 200) return;
  list.fill(answer.body.findings);
  showOutcome(answer.body.made);
}

function showOutcome(outcome: { result: unknown; fired: any[]; warnings: string[] } | null): void {
  const shown: Node[] = [];
  if (outcome === null) {
    shown.push(made("p", "", say("Buka satu keputusan untuk mencobanya.", "Open a decision to try it.")));
  } else {
    for (const fired of outcome.fired) {
      const rows = fired.rules.join(", ") || say("tidak ada", "none");
      shown.push(made("p", "", say(`Baris yang cocok di ${fired.decision ?? fired.table}: ${rows}`,
        `Rows that match in ${fired.decision ?? fired.table}: ${rows}`)));
    }
    shown.push(made("p", "", say("Hasil: ", "Result: ") + JSON.stringify(outcome.result)));
    shown.push(...outcome.warnings.map((warning) => made("p", "alur-small", warning)));
  }
  part("outcome").replaceChildren(...shown);
}

async function open(): Promise<void> {
  await modeler.importXML(await place.content());
  const table = modeler.getViews().find((view: any) => view.type === "decisionTable");
  if (table) await modeler.open(table);
  modeler.on("views.changed", () => {
    showViews();
    void ask();
    watch();
    later();
  });
  showViews();
  void ask();
  watch();
  later();
  part("workshop").dataset.ready = "yes";
}

const watched = new Set<object>();
/** Every view has a viewer of its own, made when it is first opened. */
function watch(): void {
  const viewer = modeler.getActiveViewer();
  if (!viewer || watched.has(viewer)) return;
  watched.add(viewer);
  viewer.on("commandStack.changed", () => {
    saving.noteChange();
    void ask();
    later();
  });
}

void open();
