// The form editor, with a preview by the viewer that people fill forms in.
// The editor brings a viewer of its own, an older one.
import "../node_modules/@bpmn-io/form-js-editor/node_modules/@bpmn-io/form-js-viewer/dist/assets/form-js.css";
import "@bpmn-io/form-js-viewer/dist/assets/form-js.css";
import "@bpmn-io/form-js-editor/dist/assets/form-js-editor.css";
import "./styles/workshop.scss";
import { FormEditor } from "@bpmn-io/form-js-editor";
import { Form } from "@bpmn-io/form-js-viewer";
import { TranslateModule } from "./workshop/words/viewer";
import { checking } from "./workshop/checking";
import { FindingList } from "./workshop/findings";
import { withoutLoneRows } from "./workshop/layout";
import { ordered } from "./workshop/ordering";
import { type Finding, Place, part, say } from "./workshop/place";
import { Quietly } from "./workshop/quietly";
import { reword } from "./workshop/rewording";
import { Saving } from "./workshop/saving";
import { panel } from "./workshop/words/panel";
import { formPatterns, forms } from "./workshop/words/forms";

const PREVIEW_AFTER_MS = 300;
// What people wrote themselves: the fields of the form, and the name of the one whose properties are shown.
const OWN_TEXT =
  ".fjs-form-field > :not(.fjs-form-field-placeholder):not(.fjs-children), .bio-properties-panel-header-label, .cm-content";

const place = new Place(part("workshop"));
const editor: any = new FormEditor({ container: part("editor") });
const preview: any = new Form({ container: part("preview"), additionalModules: [TranslateModule] });
const list = new FindingList(select);
const saving = new Saving(place, "form", content, (findings) => {
  check.forget();
  list.fill(findings);
});
const check = checking(place, content, (findings: Finding[]) => list.fill(findings));
const show = new Quietly(draw, PREVIEW_AFTER_MS);
let indent: string | number = 2;
let first: any = {};

/** The form as it is now. The number of the editor's own version is not the form's. */
async function content(): Promise<string> {
  const version = "schemaVersion" in first ? { schemaVersion: first.schemaVersion } : {};
  return JSON.stringify(ordered({ ...withoutLoneRows(editor.saveSchema(), first), ...version }, first), null, indent) + "\n";
}

/** Select the component that has the id. */
function select(id: string): boolean {
  const field = editor.get("formFieldRegistry").get(id);
  if (!field) return false;
  editor.get("selection").set(field);
  part("editor").querySelector(`[data-id="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "center" });
  return true;
}

/** Show the form as it is now; what somebody entered to try it stays. */
async function draw(): Promise<void> {
  try {
    await preview.importSchema(editor.saveSchema(), preview._getState().data ?? {});
    part("preview-fault").textContent = "";
  } catch (error) {
    part("preview-fault").textContent = say("Belum dapat ditampilkan: ", "Cannot be shown yet: ") + error;
  }
}

async function open(): Promise<void> {
  const text = await place.content();
  indent = /^[ \t]+/m.exec(text)?.[0] ?? 2;
  try {
    first = JSON.parse(text);
    await editor.importSchema(structuredClone(first));
  } catch (error) {
    part("save-status").textContent = say("Berkas ini tidak dapat dibuka: ", "This file cannot be opened: ") + error;
    return;
  }
  reword(part("editor"), { ...panel, ...forms }, formPatterns, OWN_TEXT);
  await saving.noteOpened();
  await draw();
  editor.on("changed", () => {
    saving.noteChange();
    show.later();
    check.later();
  });
  check.later();
  part("workshop").dataset.ready = "yes";
}

void open();
