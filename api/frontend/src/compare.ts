// Two versions side by side: the same process in both, with what differs marked on each. The table says the same.
import { choices } from "./workshop/choosing";
import { Sheet } from "./workshop/sheet";

interface Pair {
  process: string;
  name: string;
  old: string | null;
  new: string | null;
  marks: [string, string][];
}

type Side = "old" | "new";

// What is only in one of the versions can be marked only there.
const WHERE: Record<string, Side[]> = { added: ["new"], removed: ["old"], changed: ["old", "new"], moved: ["old", "new"] };

const place = document.querySelector<HTMLElement>("[data-compare]");
if (place !== null) void start(place);

async function start(page: HTMLElement): Promise<void> {
  const pairs = JSON.parse(page.dataset.compare ?? "[]") as Pair[];
  const signs = new Map((JSON.parse(page.dataset.signs ?? "[]") as string[][]).map(([kind, ...said]) => [kind, said]));
  const sheets = new Map<Side, Sheet>();
  for (const each of page.querySelectorAll<HTMLElement>("[data-side]")) {
    const folder = `/v1/processes/${encodeURIComponent(page.dataset.process ?? "")}/versions/${each.dataset.number}/files/`;
    sheets.set(each.dataset.side as Side, new Sheet(each, folder));
  }
  const show = async (pair: Pair): Promise<void> => {
    for (const [side, sheet] of sheets) await draw(sheet, side, pair, signs);
    page.dataset.shown = pair.process;
  };
  const row = choices(pairs, page.dataset.choose ?? "", show);
  if (pairs.length > 1) page.prepend(row.element);
  await row.choose(pairs.find((each) => each.marks.length > 0) ?? pairs[0]);
  for (const button of document.querySelectorAll<HTMLElement>("[data-find]")) {
    button.addEventListener("click", () => void find(button, pairs, row.choose, sheets, page));
  }
}

async function draw(sheet: Sheet, side: Side, pair: Pair, signs: Map<string, string[]>): Promise<void> {
  const file = pair[side];
  sheet.place.classList.toggle("alur-sheet--none", file === null);
  if (file === null || !(await sheet.show(file))) {
    sheet.hide();
    return;
  }
  sheet.unmark();
  const counted = new Map<string, number>();
  for (const [id, kind] of pair.marks.filter(([, kind]) => WHERE[kind].includes(side))) {
    const nth = counted.get(id) ?? 0;
    counted.set(id, nth + 1);
    if (nth === 0) sheet.mark(id, `alur-on-${kind}`);
    const [sign, word] = signs.get(kind) ?? ["?", kind];
    sheet.sign(id, sign, word, kind, nth);
  }
}

async function find(
  button: HTMLElement,
  pairs: Pair[],
  choose: (pair: Pair) => Promise<void>,
  sheets: Map<Side, Sheet>,
  page: HTMLElement,
): Promise<void> {
  const process = (button.dataset.of ?? "").split(":").slice(0, -1).join(":");
  const pair = pairs.find((each) => each.process === process) ?? pairs[0];
  if (page.dataset.shown !== pair.process) await choose(pair);
  for (const sheet of sheets.values()) sheet.find(button.dataset.find ?? "");
  page.scrollIntoView({ block: "nearest" });
}
