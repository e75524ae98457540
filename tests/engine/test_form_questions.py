"""What of a form is asked now: conditions, words, values, lists."""

import json
from datetime import UTC, datetime
from typing import Any

from engine.forms import Listing, Question, Section, Written, questions, read_form, show, translated

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def _form(*components: dict[str, Any]) -> Any:
    schema = {"type": "default", "id": "request", "components": list(components)}
    return read_form(json.dumps(schema).encode(), file="forms/request.json")[0]


KIND = {
    "type": "radio",
    "key": "kind",
    "label": "Jenis",
    "values": [{"label": "Orang", "value": "person"}, {"label": "Tiga", "value": 3}],
}
NIK = {"type": "textfield", "key": "nik", "label": "NIK", "conditional": {"hide": '=applicant.kind != "person"'}}
GROUP = {"type": "group", "id": "g", "label": "Pemohon", "path": "applicant", "components": [KIND, NIK]}


def _shown(form: Any, data: dict[str, Any], context: dict[str, Any] | None = None) -> Any:
    return show(form, form.schema, data, context=context or {}, now=NOW)


def test_a_question_appears_when_its_condition_holds() -> None:
    form = _form(GROUP)

    before, after = _shown(form, {}), _shown(form, {"applicant": {"kind": "person"}})

    assert isinstance(before[0], Section)
    assert before[0].label == "Pemohon"
    assert [question.path for question in questions(before)] == ["applicant.kind"]
    assert [question.path for question in questions(after)] == ["applicant.kind", "applicant.nik"]
    assert [question.value for question in questions(after)] == ["person", None]


def test_a_group_with_nothing_to_ask_is_not_shown() -> None:
    assert _shown(_form({**GROUP, "components": [NIK]}), {}) == ()


def test_texts_between_questions_are_shown_and_questions_after_them_found() -> None:
    shown = _shown(_form({"type": "text", "id": "t", "text": "Baca dulu."}, {"type": "separator", "id": "s"}, KIND), {})

    assert shown[0] == Written("Baca dulu.")
    assert [type(each) for each in shown] == [Written, Question]


def test_options_say_how_they_are_sent_and_speak_the_other_language() -> None:
    form = _form(KIND)
    schema = translated(form, {"kind": {"label": "Kind", "values.person": "Person", "values.3": "Three"}})

    (question,) = questions(show(form, schema, {}, context={}, now=NOW))

    assert question.label == "Kind"
    assert [(option.text, option.value, option.label) for option in question.options] == [
        ("person", "person", "Person"),
        ("3", 3, "Three"),
    ]


def test_options_come_from_an_expression_over_what_is_known() -> None:
    asked = {"type": "checklist", "key": "present", "label": "Ada", "valuesExpression": "=needed"}

    (question,) = questions(_shown(_form(asked), {}, {"needed": ["KTP", {"label": "Peta", "value": "map"}]}))

    assert [(option.value, option.label) for option in question.options] == [("KTP", "KTP"), ("map", "Peta")]


def test_a_list_asks_for_each_of_its_items() -> None:
    item = {"type": "textfield", "key": "name", "label": "Nama", "conditional": {"hide": "=i = 2"}}
    form = _form({"type": "dynamiclist", "id": "l", "path": "team", "label": "Tim", "components": [item]})

    fresh, full = _shown(form, {}), _shown(form, {"team": [{"name": "A"}, {"name": "B"}, {}]})

    assert isinstance(fresh[0], Listing)
    assert len(fresh[0].items) == 1
    assert [question.path for question in questions(full)] == ["team[0].name", "team[2].name"]


def test_what_may_not_be_changed_and_defaults_are_shown_as_such() -> None:
    form = _form(
        {"type": "textfield", "key": "fixed", "label": "F", "readonly": "=locked"},
        {"type": "textfield", "key": "given", "label": "G", "defaultValue": "x"},
        {"type": "textfield", "key": "odd", "label": "O", "conditional": {"hide": "=1 + null > 0"}},
    )

    fixed, given, odd = questions(_shown(form, {}, {"locked": True}))

    assert (fixed.is_fixed, given.is_fixed) == (True, False)
    assert given.value == "x"
    assert odd.value is None


def test_a_disabled_question_shows_what_the_case_knows() -> None:
    inner = {"type": "textfield", "key": "place", "label": "P", "disabled": True}
    form = _form(
        {"type": "textarea", "key": "missing", "label": "M", "disabled": True},
        {"type": "group", "id": "g", "path": "building", "components": [inner]},
    )

    missing, place = questions(_shown(form, {}, {"missing": "A drawing", "building": {"place": "Bandung"}}))

    assert (missing.value, place.value) == ("A drawing", "Bandung")
