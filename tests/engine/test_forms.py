import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Invalid
from engine.forms import Form, check, read_form, translated

JAKARTA = timezone(timedelta(hours=7))
NOW = datetime(2026, 3, 2, 9, tzinfo=JAKARTA)


def form_of(*components: Mapping[str, Any]) -> Form:
    schema = {"type": "default", "id": "request", "components": list(components)}
    return read_form(json.dumps(schema).encode(), file="forms/request.json")[0]


def field(kind: str, key: str = "value", **more: Any) -> dict[str, Any]:
    validate = {name: more.pop(name) for name in list(more) if name in RULES}
    return {"type": kind, "key": key, "label": key, "validate": validate, **more}


RULES = {"required", "min", "max", "minLength", "maxLength", "pattern", "patternErrorMessage", "validationType"}


def errors_of(form: Form, data: Mapping[str, Any], context: Mapping[str, Any] | None = None) -> list[tuple[str, str]]:
    return [(error.path, error.rule) for error in check(form, data, context=context or {}, now=NOW).errors]


def clean(form: Form, data: Mapping[str, Any], context: Mapping[str, Any] | None = None) -> dict[str, Any]:
    checked = check(form, data, context=context or {}, now=NOW)
    assert checked.errors == ()
    return checked.data


OPTIONS = [{"label": "Surel", "value": "email"}, {"label": "Pos", "value": "post"}, {"label": "Tiga", "value": 3}]


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        (field("textfield"), "Siti"),
        (field("textfield"), ""),
        (field("textarea", maxLength=5), " 12345 "),
        (field("textfield", minLength=2), ""),
        (field("textfield", pattern="^[0-9]{16}$"), "3273014107900001"),
        (field("textfield", pattern="a"), "banana"),
        (field("textfield", validationType="email"), "siti.r+ppid@contoh.go.id"),
        (field("textfield", validationType="phone"), "+628123456789"),
        (field("number"), 3),
        (field("number"), 3.25),
        (field("number", min=1, max=10), 10),
        (field("number", min="1", max="10"), 1),
        (field("number", decimalDigits=2), 1.25),
        (field("number", decimalDigits=0), 100),
        (field("number", increment=0.1), 0.3),
        (field("number", serializeToString=True), "12345678901234567890.5"),
        (field("number"), None),
        (field("checkbox"), False),
        (field("checkbox", required=True), True),
        (field("radio", values=OPTIONS), "email"),
        (field("select", values=OPTIONS), 3),
        (field("select", values=["a", "b"]), "b"),
        (field("checklist", values=OPTIONS), ["email", 3]),
        (field("taglist", values=OPTIONS), []),
        (field("datetime", subtype="date"), "2026-02-28"),
        (field("datetime", subtype="date", disallowPassedDates=True), "2026-03-02"),
        (field("datetime", subtype="time"), "09:30+07:00"),
        (field("datetime", subtype="time", timeSerializingFormat="no_timezone"), "09:30"),
        (field("datetime", subtype="datetime", timeSerializingFormat="utc_normalized"), "2026-02-28T09:30Z"),
        (field("filepicker"), "0190c8c5-document"),
        (field("filepicker", multiple=True), ["one", "two"]),
    ],
)
def test_a_good_value_is_kept(asked: dict[str, Any], value: Any) -> None:
    assert clean(form_of(asked), {"value": value}) == {"value": value}


@pytest.mark.parametrize(
    ("asked", "value", "rule"),
    [
        (field("textfield", required=True), "", "required"),
        (field("textfield", required=True), None, "required"),
        (field("textfield"), 3, "type"),
        (field("textfield"), "a\0b", "characters"),
        (field("textarea", maxLength=5), "123456", "max-length"),
        (field("textarea"), "x" * 50_001, "max-length"),
        (field("textfield", minLength=2), "1", "min-length"),
        (field("textfield", pattern="^[0-9]{16}$"), "327301", "pattern"),
        (field("textfield", validationType="email"), "siti@", "email"),
        (field("textfield", validationType="email"), "siti rahma@contoh.id", "email"),
        (field("textfield", validationType="phone"), "08123456789", "phone"),
        (field("number"), "3", "type"),
        (field("number"), True, "type"),
        (field("number", min=1), 0, "min"),
        (field("number", max=10), 10.5, "max"),
        (field("number", decimalDigits=1), 1.25, "decimals"),
        (field("number", increment=0.1), 0.35, "step"),
        (field("number", serializeToString=True), "abc", "type"),
        (field("number", serializeToString=True), 5, "type"),
        (field("number", required=True), None, "required"),
        (field("checkbox"), "on", "type"),
        (field("checkbox", required=True), False, "required"),
        (field("radio", values=OPTIONS), "fax", "choice"),
        (field("select", values=[1, 2]), True, "choice"),
        (field("select", values=OPTIONS), "3", "choice"),
        (field("checklist", values=OPTIONS), "email", "type"),
        (field("taglist", values=OPTIONS, required=True), [], "required"),
        (field("datetime", subtype="date"), "2026-02-30", "date"),
        (field("datetime", subtype="date"), "28-02-2026", "date"),
        (field("datetime", subtype="date"), "2026-02-28T09:30Z", "date"),
        (field("datetime", subtype="date"), 20260228, "date"),
        (field("datetime", subtype="date", disallowPassedDates=True), "2026-03-01", "past"),
        (field("datetime", subtype="time"), "09:30", "date"),
        (field("datetime", subtype="time"), "25:00+07:00", "date"),
        (field("datetime", subtype="datetime"), "2026-02-28", "date"),
        (field("filepicker"), ["one", "two"], "too-many"),
        (field("filepicker", required=True), [], "required"),
        (field("filepicker", multiple=True), [{"id": "one"}], "type"),
    ],
)
def test_a_wrong_value_is_refused_by_its_rule(asked: dict[str, Any], value: Any, rule: str) -> None:
    assert errors_of(form_of(asked), {"value": value}) == [("value", rule)]


def test_today_is_the_agencys_day() -> None:
    form = form_of(field("datetime", subtype="date", disallowPassedDates=True))
    evening_in_utc = datetime(2026, 3, 2, 18, tzinfo=UTC)

    jakarta = check(form, {"value": "2026-03-02"}, context={}, now=evening_in_utc.astimezone(JAKARTA))

    assert [error.rule for error in jakarta.errors] == ["past"]


def test_every_item_of_a_multiple_choice_is_checked() -> None:
    form = form_of(field("checklist", values=OPTIONS))

    assert errors_of(form, {"value": ["email", "fax", "email"]}) == [
        ("value[1]", "choice"),
        ("value[2]", "choice-twice"),
    ]


def test_a_missing_required_field_is_an_error_and_a_missing_other_field_stays_away() -> None:
    form = form_of(field("textfield", "name", required=True), field("textfield", "note"))

    assert errors_of(form, {}) == [("name", "required")]
    assert clean(form, {"name": "Siti"}) == {"name": "Siti"}


def test_what_the_form_does_not_ask_is_refused() -> None:
    form = form_of(field("textfield", "applicant.name"))

    errors = errors_of(form, {"applicant": {"name": "Siti", "role": "admin"}, "is_admin": True})

    assert errors == [("applicant.role", "unknown"), ("is_admin", "unknown")]


def test_errors_speak_both_languages() -> None:
    [error] = check(form_of(field("number", max=3)), {"value": 4}, context={}, now=NOW).errors

    assert error.as_dict() == {
        "path": "value",
        "rule": "max",
        "message": {"id": "Paling besar 3.", "en": "At most 3."},
    }


def test_a_pattern_may_have_its_own_message() -> None:
    form = form_of(field("textfield", pattern="^x", patternErrorMessage="Diawali x."))

    [error] = check(form, {"value": "y"}, context={}, now=NOW).errors

    assert error.message["id"] == "Diawali x."


def test_dotted_keys_and_groups_nest_values() -> None:
    form = form_of(
        field("textfield", "applicant.name"),
        {"type": "group", "path": "request", "components": [field("textfield", "purpose", required=True)]},
        {"type": "group", "components": [field("textfield", "applicant.nik")]},
    )

    data = {"applicant": {"name": "Siti", "nik": "1"}, "request": {"purpose": "Penelitian"}}

    assert clean(form, data) == data
    assert errors_of(form, {"request": {}}) == [("request.purpose", "required")]
    assert errors_of(form, {"request": "x"}) == [("request", "type")]


def test_a_list_is_checked_item_by_item() -> None:
    form = form_of(
        {
            "type": "dynamiclist",
            "path": "members",
            "components": [field("textfield", "name", required=True), field("number", "age", min=17)],
        }
    )

    assert clean(form, {"members": [{"name": "A", "age": 20}]}) == {"members": [{"name": "A", "age": 20}]}
    assert clean(form, {}) == {"members": []}
    assert errors_of(form, {"members": [{"name": "A"}, {"age": 3, "x": 1}]}) == [
        ("members[1].name", "required"),
        ("members[1].age", "min"),
        ("members[1].x", "unknown"),
    ]
    assert errors_of(form, {"members": {"name": "A"}}) == [("members", "type")]
    assert errors_of(form, {"members": [{"name": "A"}] * 501})[0] == ("members", "too-many")


def test_a_hidden_field_is_neither_required_nor_kept() -> None:
    form = form_of(
        field("radio", "channel", values=OPTIONS),
        field("textfield", "address", required=True, conditional={"hide": '=channel != "post"'}),
    )

    assert clean(form, {"channel": "email"}) == {"channel": "email"}
    assert clean(form, {"channel": "email", "address": "x"}) == {"channel": "email"}
    assert errors_of(form, {"channel": "post"}) == [("address", "required")]


def test_a_hidden_group_hides_what_is_in_it() -> None:
    form = form_of(
        {
            "type": "group",
            "path": "body",
            "conditional": {"hide": '=kind = "person"'},
            "components": [field("textfield", "name", required=True)],
        }
    )

    assert clean(form, {}, {"kind": "person"}) == {}
    assert errors_of(form, {}, {"kind": "body"}) == [("body.name", "required")]


def test_a_condition_in_a_list_sees_its_own_item() -> None:
    form = form_of(
        {
            "type": "dynamiclist",
            "path": "floors",
            "components": [
                field("number", "area"),
                field("textfield", "reason", required=True, conditional={"hide": "=this.area <= limit"}),
            ],
        }
    )

    assert errors_of(form, {"floors": [{"area": 10}, {"area": 100}]}, {"limit": 50}) == [
        ("floors[1].reason", "required")
    ]


def test_bounds_may_depend_on_other_values() -> None:
    form = form_of(field("number", "low"), field("number", "high", min="=low", max="=limit"))

    assert clean(form, {"low": 3, "high": 4}, {"limit": 5}) == {"low": 3, "high": 4}
    assert errors_of(form, {"low": 3, "high": 2}, {"limit": 5}) == [("high", "min")]
    assert clean(form, {"high": 2}) == {"high": 2}


def test_a_bound_that_is_no_number_is_a_fault_of_the_form_and_not_ignored() -> None:
    form = form_of(field("number", max="=limit"))

    assert errors_of(form, {"value": 2}, {"limit": "many"}) == [("value", "expression")]


def test_options_may_come_from_the_case() -> None:
    by_key = form_of(field("select", valuesKey="units"))
    by_expression = form_of(field("select", valuesExpression="=for unit in units return unit.label"))
    units = {"units": [{"label": "Dinas A", "value": "a"}, {"label": "Dinas B", "value": "b"}]}

    assert clean(by_key, {"value": "a"}, units) == {"value": "a"}
    assert errors_of(by_key, {"value": "c"}, units) == [("value", "choice")]
    assert errors_of(by_key, {"value": "a"}) == [("value", "choice")]
    assert clean(by_expression, {"value": "Dinas B"}, units) == {"value": "Dinas B"}


def test_a_default_fills_what_was_not_sent() -> None:
    form = form_of(field("number", "copies", defaultValue=1, required=True))

    assert clean(form, {}) == {"copies": 1}


def test_a_computed_value_is_the_servers_own() -> None:
    form = form_of(
        field("number", "pages"),
        {"type": "expression", "key": "cost", "expression": "=pages * 500", "computeOn": "change"},
    )

    assert clean(form, {"pages": 3, "cost": 1}) == {"pages": 3, "cost": 1500}


@pytest.mark.parametrize("readonly", [True, "=locked"])
def test_an_unchangeable_field_keeps_its_value(readonly: Any) -> None:
    form = form_of(field("textfield", readonly=readonly))
    context = {"value": "lama", "locked": True}

    assert clean(form, {"value": "lama"}, context) == {"value": "lama"}
    assert clean(form, {}, context) == {}
    assert errors_of(form, {"value": "baru"}, context) == [("value", "readonly")]


def test_a_disabled_field_is_never_sent() -> None:
    form = form_of(field("textfield", disabled=True, required=True))

    assert clean(form, {"value": "x"}) == {}


def test_a_hostile_pattern_takes_no_time() -> None:
    form = form_of(field("textfield", pattern="^(a+)+$"))

    started = datetime.now(UTC)
    errors = errors_of(form, {"value": "a" * 40_000 + "b"})

    assert errors == [("value", "pattern")]
    assert datetime.now(UTC) - started < timedelta(seconds=2)


def test_a_form_knows_its_fields_and_texts() -> None:
    form = form_of(
        {"type": "text", "id": "intro", "text": "Isi formulir ini."},
        field("radio", "channel", values=OPTIONS, description="Cara menjawab"),
        {
            "type": "dynamiclist",
            "id": "list",
            "path": "members",
            "label": "Anggota",
            "components": [field("number", "age")],
        },
    )

    assert [path for path, _ in form.fields()] == ["channel", "members[].age"]
    assert form.texts["intro"] == {"text": "Isi formulir ini."}
    assert form.texts["channel"] == {
        "label": "channel",
        "description": "Cara menjawab",
        "values.email": "Surel",
        "values.post": "Pos",
        "values.3": "Tiga",
    }


@pytest.mark.parametrize(
    ("component", "rule"),
    [
        ({"type": "iframe", "url": "https://x"}, "form.component"),
        ({"type": "magic", "key": "x"}, "form.component"),
        (field("textfield", "a b"), "form.key"),
        ({"type": "textfield", "label": "x"}, "form.key"),
        (field("textfield", pattern="(?=x)"), "form.pattern"),
        (field("textfield", pattern="("), "form.pattern"),
        (field("textfield", pattern="a" * 501), "form.pattern"),
        (field("textfield", min=3), "form.rule"),
        ({**field("textfield"), "validate": {"minimum": 3}}, "form.rule"),
        (field("number", min="three"), "form.bound"),
        (field("number", increment=0), "form.bound"),
        (field("number", decimalDigits=-1), "form.bound"),
        (field("textfield", validationType="url"), "form.choice"),
        (field("datetime", subtype="year"), "form.choice"),
        (field("select"), "form.options"),
        (field("select", values=[]), "form.options"),
        (field("select", values=OPTIONS, valuesKey="units"), "form.options"),
        (field("select", values=[{"label": "A", "value": "a"}, {"label": "B", "value": "a"}]), "form.option"),
        (field("textfield", conditional={"hide": "x = 1"}), "form.feel"),
        (field("textfield", conditional={"hide": "=x = )"}), "form.feel"),
        (field("textfield", conditional={"show": "=x"}), "form.condition"),
        ({"type": "dynamiclist", "components": []}, "form.key"),
        ("textfield", "form.type"),
    ],
)
def test_a_form_that_could_not_be_checked_is_refused(component: Any, rule: str) -> None:
    with pytest.raises(Invalid) as refusal:
        form_of(component)

    assert [finding.rule for finding in refusal.value.findings if finding.severity == "error"] == [rule]


@pytest.mark.parametrize("keys", [("name", "name"), ("name", "name.first"), ("name.first", "name")])
def test_two_fields_cannot_share_a_key(keys: tuple[str, str]) -> None:
    with pytest.raises(Invalid) as refusal:
        form_of(*(field("textfield", key) for key in keys))

    assert [finding.rule for finding in refusal.value.findings] == ["form.key-twice"]


def test_a_fault_of_a_form_names_line_and_component() -> None:
    text = b'{"id": "request",\n "components": [\n  {"type": "number", "id": "Field_1", "key": "n", "label": "N",\n'
    text += b'   "validate": {\n    "max": "many"}}]}'

    with pytest.raises(Invalid) as refusal:
        read_form(text, file="forms/request.json")

    [finding] = refusal.value.findings
    assert str(finding.place) == "forms/request.json:5:5"
    assert finding.element == "Field_1"
    assert (
        finding.message["en"] == "Expected in components[0].validate.max a number or =a FEEL expression, found 'many'."
    )


def test_a_form_needs_an_id() -> None:
    with pytest.raises(Invalid) as refusal:
        read_form(b'{"components": []}', file="forms/x.json")

    assert [finding.rule for finding in refusal.value.findings] == ["form.id"]


def test_a_field_without_label_is_a_warning() -> None:
    schema = b'{"id": "x", "components": [{"type": "number", "key": "n"}]}'

    _, findings = read_form(schema, file="forms/x.json")

    assert [(finding.rule, finding.severity) for finding in findings] == [("form.label", "warning")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*"abcdefghijkl", "x"]), inner),
    max_leaves=12,
)
EVERYTHING = (
    field("textfield", "a", pattern="^x", minLength="=n", validationType="email"),
    field("number", "b", min=1, max="=n", decimalDigits=1, increment=0.5),
    field("checkbox", "c", required=True),
    field("select", "d", values=OPTIONS),
    field("taglist", "e", valuesKey="options"),
    field("datetime", "f", subtype="datetime", disallowPassedDates=True),
    field("filepicker", "g", multiple=True),
    {"type": "group", "path": "h", "components": [field("textarea", "a", conditional={"hide": "=c"})]},
    {"type": "dynamiclist", "path": "i", "components": [field("number", "a"), field("select", "b", values=["x"])]},
    {"type": "expression", "key": "j", "expression": "=b + 1", "computeOn": "change"},
    field("textfield", "k", readonly="=a = null"),
)


@given(st.dictionaries(st.sampled_from([*"abcdefghijkl"]), JSON), JSON, JSON)
def test_whatever_is_entered_is_kept_or_refused(data: dict[str, Any], bound: Any, options: Any) -> None:
    form = form_of(*EVERYTHING)

    checked = check(form, data, context={"n": bound, "options": options}, now=NOW)

    assert set(checked.data) <= set("abcdefghijk")
    assert all(error.path and set(error.message) == {"id", "en"} for error in checked.errors)


def test_a_form_is_shown_in_another_language_down_to_its_options() -> None:
    options = [{"label": "Surel", "value": "email"}, {"label": "Pos", "value": 1}]
    form = form_of(
        {"type": "text", "id": "hint", "text": "Isi"},
        {"type": "group", "id": "who", "components": [field("textfield", "name", label="Nama")]},
        field("radio", "way", label="Cara", values=options),
    )

    shown = translated(form, {"hint": {"text": "Fill in"}, "name": {"label": "Name"}, "way": {"values.1": "Post"}})

    text, group, way = shown["components"]
    assert (text["text"], group["components"][0]["label"], way["label"]) == ("Fill in", "Name", "Cara")
    assert [option["label"] for option in way["values"]] == ["Surel", "Post"]
    assert form.schema["components"][0]["text"] == "Isi"
