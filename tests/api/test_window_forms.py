"""What a browser sends without scripts becomes the data that forms check."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from api.pages.forms import Sheet, changed, entered, filled
from engine.forms import read_form

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
OPTIONS = [{"label": "Surel", "value": "email"}, {"label": "Tiga", "value": 3}]


def _form(*components: dict[str, Any]) -> Any:
    schema = {"type": "default", "id": "request", "components": list(components)}
    return read_form(json.dumps(schema).encode(), file="forms/request.json")[0]


def _sheet(*components: dict[str, Any]) -> Sheet:
    form = _form(*components)
    return Sheet(form, form.schema, {}, NOW)


@pytest.mark.parametrize(
    ("asked", "sent", "value"),
    [
        ({"type": "textfield"}, ["Siti"], "Siti"),
        ({"type": "textarea"}, ["a\r\nb"], "a\nb"),
        ({"type": "textfield"}, ["  "], None),
        ({"type": "number"}, ["12"], 12),
        ({"type": "number"}, ["12,5"], 12.5),
        ({"type": "number"}, ["12.5"], 12.5),
        ({"type": "number"}, ["dua"], "dua"),
        ({"type": "number", "serializeToString": True}, ["1,5"], "1.5"),
        ({"type": "checkbox"}, ["true"], True),
        ({"type": "checkbox"}, [], False),
        ({"type": "radio", "values": OPTIONS}, ["3"], 3),
        ({"type": "select", "values": OPTIONS}, ["other"], "other"),
        ({"type": "select", "values": OPTIONS}, [""], None),
        ({"type": "checklist", "values": OPTIONS}, ["email", "3"], ["email", 3]),
        ({"type": "checklist", "values": OPTIONS}, [], None),
        ({"type": "datetime"}, ["2026-03-02"], "2026-03-02"),
        ({"type": "datetime", "subtype": "time"}, ["09:30"], "09:30+00:00"),
        ({"type": "datetime", "subtype": "time", "timeSerializingFormat": "utc_normalized"}, ["09:30"], "09:30Z"),
        ({"type": "datetime", "subtype": "datetime"}, ["2026-03-02T09:30"], "2026-03-02T09:30+00:00"),
        ({"type": "filepicker", "multiple": True}, ["a", "b"], ["a", "b"]),
    ],
)
def test_a_field_is_read_as_its_kind(asked: dict[str, Any], sent: list[str], value: Any) -> None:
    form = _form({"key": "value", "label": "v", **asked})

    data = entered(form, [("value", text) for text in sent], NOW)

    assert data.get("value") == value


def test_lists_are_read_by_the_places_of_their_items_and_change_on_wish() -> None:
    item = {"type": "textfield", "key": "name", "label": "n"}
    form = _form({"type": "dynamiclist", "id": "l", "path": "a.team", "label": "t", "components": [item]})
    pairs = [("a.team", "0"), ("a.team[0].name", "A"), ("a.team", "1"), ("a.team[1].name", ""), ("a.team", "")]

    assert entered(form, pairs, NOW) == {"a": {"team": [{"name": "A"}, {}]}}
    assert entered(form, changed(pairs, "add a.team 2"), NOW) == {"a": {"team": [{"name": "A"}, {}, {}]}}
    assert entered(form, changed(pairs, "remove a.team 0"), NOW) == {"a": {"team": [{}]}}


def test_questions_that_an_answer_brings_up_are_asked_before_they_are_missed() -> None:
    kind = {"type": "textfield", "key": "kind", "label": "k"}
    nik = {
        "type": "textfield",
        "key": "nik",
        "label": "n",
        "validate": {"required": True},
        "conditional": {"hide": '=kind != "person"'},
    }
    sheet = _sheet(kind, nik)

    first = filled(sheet, [("asked", "kind"), ("kind", "person")])
    second = filled(sheet, [("asked", "kind nik"), ("kind", "person")])
    third = filled(sheet, [("asked", "kind nik"), ("kind", "person"), ("nik", "1")])

    assert (first.more, dict(first.errors)) == (True, {})
    assert (second.more, list(second.errors)) == (False, ["nik"])
    assert third.is_done
    assert third.data == {"kind": "person", "nik": "1"}


def test_files_are_not_missed_where_they_are_asked_for_later() -> None:
    sheet = _sheet({"type": "filepicker", "key": "file", "label": "f", "validate": {"required": True}})

    assert filled(sheet, [], without_files=True).is_done
    assert list(filled(sheet, [("asked", "file")]).errors) == ["file"]


def test_what_is_only_shown_is_not_taken_from_who_sends_it() -> None:
    form = _form({"type": "textarea", "key": "missing", "label": "M", "disabled": True})

    assert entered(form, [("missing", "Nothing at all")], datetime.now(UTC)) == {}
