"""A file that is opened and saved in our editors loses nothing: only what was changed is other than before."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from browsing import ROOT

DESIGNER = "perancang.dinas-kominfo"
HERE = Path(__file__).parent / "models"
MODELS = [*sorted((ROOT / "processes").glob("*/*.bpmn")), HERE / "rich.bpmn"]
TABLES = [*sorted((ROOT / "processes").glob("*/*.dmn")), HERE / "rich.dmn"]
FORMS = sorted((ROOT / "processes").glob("*/forms/*.json"))
PAGES = {
    ".bpmn": "/workshop/complaint/1/model/complaint.bpmn",
    ".dmn": "/workshop/complaint/1/table/complaint_tier.dmn",
    ".json": "/workshop/complaint/1/form/forms/approval.json",
}
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


@pytest.fixture
def editor(visit: Any) -> Callable[[str], Any]:
    """Opens a text in the editor of its kind, as if it were a file of the package."""

    def start(ending: str, text: str) -> Any:
        page = visit("/workshop", DESIGNER)
        page.route("**/versions/1/files/**", lambda route: route.fulfill(body=text, content_type="text/plain"))
        page.goto(PAGES[ending])
        page.locator("#workshop[data-ready]").wait_for()
        return page

    return start


def saved(page: Any) -> str:
    """Press the button, and return what would have been stored."""
    sent: list[str] = []

    def keep(route: Any) -> None:
        sent.extend(json.loads(route.request.post_data)["files"].values())
        route.fulfill(status=409, json={"title": "Kept by the test"})

    page.route("**/changes", keep)
    page.get_by_role("button", name="Save as a new draft").click()
    page.get_by_text("Kept by the test").wait_for()
    return sent[0]


def meaning(element: ElementTree.Element, path: str = "") -> list[str]:
    """Return XML as it means, a line for each part: without white space, prefixes, and order of unlike elements.

    Neither does the order matter in which shapes and edges are drawn.
    """
    path = f"{path}/{element.tag.rpartition('}')[2]}"
    attributes = dict(element.attrib)
    if TYPE in attributes:
        attributes[TYPE] = attributes[TYPE].partition(":")[2] or attributes[TYPE]
    if element.tag.endswith("}decisionTable"):
        attributes.setdefault("hitPolicy", "UNIQUE")
    own = f"{path} {element.tag.partition('}')[0]} {sorted(attributes.items())} {(element.text or '').strip()!r}"
    if element.tag.endswith("}BPMNLabel") and len(element) == 0:
        return []  # a label that says nothing
    inner = sorted(element, key=lambda child: (child.tag, child.get("bpmnElement") or child.get("dmnElementRef") or ""))
    return [own, *(line for child in inner for line in meaning(child, path))]


def namespaces(text: str) -> set[tuple[str, str]]:
    """Return the prefixes that the head of a file declares."""
    return set(re.findall(r'xmlns:?(\w*)="([^"]*)"', text[: text.index(">", text.index("efinitions"))]))


@pytest.mark.parametrize("file", MODELS, ids=lambda file: file.name)
def test_a_model_loses_nothing_but_what_is_changed(editor: Callable[..., Any], file: Path) -> None:
    text = file.read_text()
    page = editor(".bpmn", text)

    page.locator("#outline button").first.evaluate("each => each.click()")
    element = page.locator("#bio-properties-panel-id").input_value()
    page.locator("#bio-properties-panel-name").fill("Nama baru")
    page.get_by_text("Not saved yet").wait_for()
    after = saved(page)

    changed = ElementTree.fromstring(text)
    next(each for each in changed.iter() if each.get("id") == element).set("name", "Nama baru")
    assert meaning(ElementTree.fromstring(after)) == meaning(changed)
    assert namespaces(after) >= namespaces(text)


@pytest.mark.parametrize("file", TABLES, ids=lambda file: file.name)
def test_a_table_loses_nothing_but_what_is_changed(editor: Callable[..., Any], file: Path) -> None:
    text = file.read_text()
    page = editor(".dmn", text)

    cell = page.locator("td.input-cell").first
    element = cell.get_attribute("data-element-id")
    cell.locator("[contenteditable]").click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("not(1)")
    page.keyboard.press("Tab")
    page.get_by_text("Not saved yet").wait_for()
    after = saved(page)

    changed = ElementTree.fromstring(text)
    entry = next(each for each in changed.iter() if each.get("id") == element)
    next(iter(entry)).text = "not(1)"
    assert meaning(ElementTree.fromstring(after)) == meaning(changed)
    assert namespaces(after) >= namespaces(text)


def test_forms_lose_nothing_but_what_is_changed(editor: Callable[..., Any]) -> None:
    for file in sorted(FORMS, key=lambda each: each.stat().st_size)[-4:]:
        text = file.read_text()
        page = editor(".json", text)

        name = page.locator("#bio-properties-panel-id")
        if not name.is_visible():
            page.locator(".bio-properties-panel-group-header", has_text="General").click()
        name.fill("renamed")
        page.get_by_text("Not saved yet").wait_for()

        assert json.loads(saved(page)) == {**json.loads(text), "id": "renamed"}, file.name


def test_without_a_change_nothing_is_stored_not_even_when_it_was_undone(editor: Callable[..., Any]) -> None:
    page = editor(".bpmn", (HERE / "rich.bpmn").read_text())

    page.locator("#outline button").first.evaluate("each => each.click()")
    page.locator("#bio-properties-panel-name").fill("Nama baru")
    page.get_by_text("Not saved yet").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Save as a new draft").click()

    page.get_by_text("Nothing has changed, so nothing was stored").wait_for()


@pytest.mark.parametrize("file", [HERE / "rich.bpmn", HERE / "rich.dmn"], ids=lambda file: file.name)
def test_what_an_editor_cannot_keep_is_said_before_it_is_lost(editor: Callable[..., Any], file: Path) -> None:
    text = (
        file.read_text().replace('name="Segala rupa"', 'name="Segala rupa" ', 1).replace("\n", "\n<!-- Pasal 7 -->", 2)
    )
    page = editor(file.suffix, text.replace("?><!--", "?>\n<!--"))
    status = page.locator("#save-status")
    assert "2 XML comments, which are lost" in status.inner_text()

    if file.suffix == ".bpmn":
        page.locator("#outline button").first.evaluate("each => each.click()")
        page.locator("#bio-properties-panel-name").fill("Nama baru")
    else:
        page.locator("td.input-cell [contenteditable]").first.click()
        page.keyboard.type("1")
        page.keyboard.press("Tab")
    page.get_by_text("Not saved yet. This file has 2 XML comments").wait_for()
    page.get_by_role("button", name="Save as a new draft").click()
    page.get_by_text("Press Save once more if it may be lost").wait_for()

    assert "Pasal 7 --" not in saved(page)


def test_the_panel_writes_the_properties_that_the_desktop_modeler_reads(editor: Callable[..., Any]) -> None:
    page = editor(".bpmn", (HERE / "rich.bpmn").read_text())

    page.locator("#outline button", has_text="Periksa").evaluate("each => each.click()")
    page.evaluate("document.querySelectorAll('.bio-properties-panel-group-header:not(.open)').forEach(e => e.click())")
    page.locator("#bio-properties-panel-formId").fill("another")
    page.get_by_text("Not saved yet").wait_for()
    after = ElementTree.fromstring(saved(page))

    forms = [each.attrib for each in after.iter("{http://camunda.org/schema/zeebe/1.0}formDefinition")]
    assert forms == [{"formId": "another"}]
    assert after.get("{http://camunda.org/schema/modeler/1.0}executionPlatform") == "Camunda Cloud"
    assert after.get("{http://camunda.org/schema/modeler/1.0}executionPlatformVersion") == "8.9.0"
