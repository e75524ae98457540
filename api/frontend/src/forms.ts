// The form editor with a preview by the viewer that people fill forms in. The editor itself exists only in English.
// The editor brings a viewer of its own, an older one.
import "../node_modules/@bpmn-io/form-js-editor/node_modules/@bpmn-io/form-js-viewer/dist/assets/form-js.css";
import "@bpmn-io/form-js-viewer/dist/assets/form-js.css";
import "@bpmn-io/form-js-editor/dist/assets/form-js-editor.css";
import "./styles/workshop.scss";
import { FormEditor } from "@bpmn-io/form-js-editor";
import { Form } from "@bpmn-io/form-js-viewer";
import { FindingList } from "./workshop/findings";
import { Place, part, say } from "./workshop/place";
import { Saving } from "./workshop/saving";

const place = new Place(part("workshop"));
const editor: any = new FormEditor({ container: part("editor") });
const preview: any = new Form({ container: part("preview") });
const list = new FindingList(() => false);
const saving = new Saving(place, "form", content, (findings) => list.fill(findings));

async function content(): Promise<string> {
  return JSON.stringify(editor.saveSchema(), null, 2) + "\n";
}

async function open(): Promise<void> {
  const schema = JSON.parse(await place.content());
  await editor.importSchema(schema);
  await preview.importSchema(schema);
  editor.on("changed", () => {
    saving.noteChange();
    void preview.importSchema(editor.saveSchema());
  });
  part("findings-count").textContent = say("Diperiksa ketika disimpan.", "Checked when it is saved.");
  part("workshop").dataset.ready = "yes";
}

void open();
