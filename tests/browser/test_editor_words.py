"""The editors speak Indonesian throughout: they are walked through, and no known English word is left."""

import re
from collections.abc import Callable
from typing import Any

import pytest

DESIGNER = "perancang.dinas-kominfo"
MODEL = "/workshop/building_permit/1/model/building_permit.bpmn"
TABLE = "/workshop/complaint/1/table/complaint_tier.dmn"
FORM = "/workshop/complaint/1/form/forms/report.json"

# Words of the tools that Indonesian does not have.
ENGLISH = re.compile(
    r"\b(the|of|and|with|this|that|from|for|is|are|to|not|add|append|create|remove|delete|edit|change|move|set|show|hide"
    r"|toggle|open|close|click|select|search|save|play|pause|reset|type|event|task|gateway|lane|element|simulation"
    r"|collaboration|participant|process|instance|flow|rules?|view|expressions?|fields?|values?|name|input|output"
    r"|decision|empty|required|general|columns?|list|items?|section|start|end|finished|entries|condition)\b",
    re.IGNORECASE,
)
# The licence asks for the first; the others are words of FEEL itself.
KEPT = {
    "Powered by bpmn.io",
    *("string", "boolean", "number", "date", "time", "dateTime", "dayTimeDuration", "yearMonthDuration"),
}
# Everything that parts of the page say, but what people wrote, and names of months in calendars.
SAID = """parts => {
  const own = `svg text, input, textarea, [contenteditable], .cm-content, .djs-direct-editing-parent, .alur-badge,
    .bio-properties-panel-header-label, .flatpickr-calendar, .fjs-form-field > :not(.fjs-form-field-placeholder)`;
  const said = new Set();
  for (const part of document.querySelectorAll(parts)) {
    for (const each of [part, ...part.querySelectorAll("*")]) {
      if (each.closest("style, defs, .flatpickr-calendar")) continue;
      for (const name of ["title", "aria-label", "placeholder", "alt"]) said.add(each.getAttribute(name) ?? "");
      if (each.closest(own)) continue;
      for (const node of each.childNodes) if (node.nodeType === Node.TEXT_NODE) said.add(node.data.trim());
    }
  }
  return [...said];
}"""
OPEN_GROUPS = """() => {
  for (const head of document.querySelectorAll(".bio-properties-panel-group-header:not(.open)")) head.click();
}"""


class Walk:
    """A page in Indonesian, and what was said on the way through it."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.said: set[str] = set()

    def listen(self, parts: str) -> None:
        """Note what parts of the page say."""
        # Some of it is drawn a moment later.
        self.page.wait_for_timeout(150)
        self.said.update(self.page.evaluate(SAID, parts))

    def english(self) -> list[str]:
        """Return what was said in English, and the words that an editor looked up and did not find."""
        missing = set(self.page.evaluate("window.missing"))
        return sorted({text for text in self.said if ENGLISH.search(text)} - KEPT) + sorted(missing - KEPT)


@pytest.fixture
def walk(visit: Any) -> Callable[[str], Walk]:
    """Opens an editor in Indonesian."""

    def start(path: str) -> Walk:
        page = visit("/workshop", DESIGNER, language="id")
        page.add_init_script(
            "window.missing = []; addEventListener('alur:untranslated', told => missing.push(told.detail));"
        )
        page.goto(path)
        page.locator("#workshop[data-ready]").wait_for()
        return Walk(page)

    return start


def test_the_modeler_says_nothing_in_english(walk: Callable[[str], Walk]) -> None:
    walking = walk(MODEL)
    page = walking.page
    kinds = page.locator("#outline li").evaluate_all("all => all.map(each => each.textContent.split(':')[0])")

    for kind in sorted(set(kinds)):
        page.locator("#outline button").nth(kinds.index(kind)).evaluate("each => each.click()")
        page.evaluate(OPEN_GROUPS)
        walking.listen("#canvas, #properties")
        for act in ("replace", "append"):
            for entry in page.locator(f".djs-context-pad [data-action='{act}']").all():
                entry.click()
                walking.listen(".djs-popup")
                page.keyboard.press("Escape")

    assert len(set(kinds)) > 10
    assert walking.english() == []


def test_token_simulation_is_driven_by_keyboard_and_says_nothing_in_english(walk: Callable[[str], Walk]) -> None:
    walking = walk("/workshop/information_request/1/model/objection.bpmn")
    page = walking.page
    button = page.get_by_role("button", name="Simulasi token")

    button.press("Enter")
    assert button.get_attribute("aria-pressed") == "true"
    walking.listen("#canvas")
    page.locator(".bts-context-pad:visible").first.focus()
    page.keyboard.press("Enter")
    page.locator(".bts-token-count, .bts-log .bts-entry:not(.placeholder)").first.wait_for(state="attached")
    page.get_by_title("Buka atau tutup catatan simulasi").press("Enter")
    walking.listen("#canvas")
    button.press("Enter")

    assert button.get_attribute("aria-pressed") == "false"
    assert any("dimulai" in text for text in walking.said)
    assert walking.english() == []


def test_the_editor_of_tables_says_nothing_in_english(walk: Callable[[str], Walk]) -> None:
    walking = walk(TABLE)
    page = walking.page
    everything = "#canvas, .context-menu-container, .djs-popup"

    for cell in ("th.input-cell", "th.output-cell", "td.input-cell", "td.output-cell", "td.rule-index"):
        page.locator(cell).first.click(button="right")
        walking.listen(everything)
        page.get_by_role("heading", level=1).click()
    for head in ("th.input-cell", "th.output-cell"):
        page.locator(f"{head} .edit-button").first.evaluate("each => each.click()")
        walking.listen(everything)
        page.get_by_role("heading", level=1).click()
    page.get_by_role("button", name="Hubungan", exact=True).click()
    for shape in page.locator(".djs-shape").all()[:2]:
        shape.click(force=True)
        walking.listen(everything)

    assert walking.english() == []


def test_the_editor_of_forms_says_nothing_in_english(walk: Callable[[str], Walk]) -> None:
    walking = walk(FORM)
    page = walking.page
    kinds = page.locator(".fjs-palette-field:visible")

    for at in range(kinds.count()):
        kinds.nth(at).press("Enter")
        page.evaluate(OPEN_GROUPS)
        walking.listen("#editor")

    assert kinds.count() > 15
    assert walking.english() == []
