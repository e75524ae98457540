// A file as text: the manifest, scenarios, translations; with what the linter says, line by line.
import "./styles/workshop.scss";
import { checking } from "./workshop/checking";
import { FindingList } from "./workshop/findings";
import { type Finding, Place, part } from "./workshop/place";
import { Saving } from "./workshop/saving";

const SIGNS = { error: "✕", warning: "!", hint: "i" };

const place = new Place(part("workshop"));
const area = part<HTMLTextAreaElement>("text");
const numbers = part("numbers");
const list = new FindingList(() => false, goTo);
const saving = new Saving(place, "text", content, (findings) => {
  check.forget();
  show(findings);
});
const check = checking(place, content, show);
let found: Finding[] = [];
// Browsers know one end of lines in a text area, files of Windows have another.
let ends = "\n";

async function content(): Promise<string> {
  return area.value.replaceAll("\n", ends);
}

function show(findings: Finding[]): void {
  found = findings.filter((finding) => finding.file === place.file);
  list.fill([...found, ...findings.filter((finding) => finding.file !== place.file)]);
  number();
}

/** Number the lines, with a sign at those where something was found. */
function number(): void {
  const signs = new Map([...found].reverse().map((finding) => [finding.line, SIGNS[finding.severity]]));
  const count = area.value.split("\n").length;
  numbers.textContent = Array.from({ length: count }, (_, at) => `${signs.get(at + 1) ?? ""} ${at + 1}`).join("\n");
  numbers.scrollTop = area.scrollTop;
}

function goTo(line: number): void {
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  area.scrollTop = (area.scrollHeight / lines.length) * (line - 5);
}

async function open(): Promise<void> {
  const text = await place.content();
  if (text.includes("\r\n")) ends = "\r\n";
  area.value = text;
  await saving.noteOpened();
  area.addEventListener("scroll", () => (numbers.scrollTop = area.scrollTop));
  area.addEventListener("input", () => {
    saving.noteChange();
    number();
    check.later();
  });
  number();
  check.later();
  part("workshop").dataset.ready = "yes";
}

void open();
