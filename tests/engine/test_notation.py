import json
from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.errors import Invalid, TooLarge
from engine.notation import MAX_BYTES, dotted, read_json, read_yaml


def faults(refusal: Invalid) -> list[tuple[str, int | None, str | None]]:
    return [(finding.rule, finding.place.line, finding.element) for finding in refusal.findings]


def test_every_key_and_item_of_a_yaml_file_knows_its_line() -> None:
    text = b"roles:\n  officer: {kind: office}\nby:\n  - officer\n  - applicant\n"

    document = read_yaml(text, file="process.yaml")

    assert document.value == {"roles": {"officer": {"kind": "office"}}, "by": ["officer", "applicant"]}
    assert str(document.place(("roles", "officer", "kind"))) == "process.yaml:2:13"
    assert str(document.place(("by", 1))) == "process.yaml:5:5"
    assert str(document.place(("roles", "officer", "title"))) == "process.yaml:2:3"


def test_yaml_values_are_read_as_json_and_dates_stay_texts() -> None:
    text = (
        b"{a: 1, b: 2.5, c: true, d: null, e: 2026-01-31, f: 'no', g: 2026-03-02T09:00:00+07:00, 404: NOT_FOUND, on: x}"
    )

    document = read_yaml(text, file="f.yaml")

    assert document.value == {
        "a": 1,
        "b": 2.5,
        "c": True,
        "d": None,
        "e": "2026-01-31",
        "f": "no",
        "g": "2026-03-02T09:00:00+07:00",
        "404": "NOT_FOUND",
        "on": "x",
    }


@pytest.mark.parametrize(
    "value", ["no", "Yes", "on", "OFF", "y", "012", "0x1F", "0o7", "10:30", "1_000", ".inf", ".nan", "9" * 40, "1e999"]
)
def test_a_value_that_readers_of_yaml_disagree_about_must_be_quoted(value: str) -> None:
    text = f"name: x\nflag: {value}\n".encode()

    with pytest.raises(Invalid) as refusal:
        read_yaml(text, file="process.yaml")

    assert faults(refusal.value) == [("yaml.ambiguous", 2, "flag")]
    assert value in refusal.value.findings[0].message["en"]
    assert f'"{value}"' in refusal.value.findings[0].mend["id"]


def test_all_faults_of_a_yaml_file_are_named_at_once() -> None:
    text = b"a: 1\nb: !!python/object/apply:os.system [ls]\na: no\n"

    with pytest.raises(Invalid) as refusal:
        read_yaml(text, file="f.yaml")

    assert faults(refusal.value) == [("yaml.tag", 2, "b"), ("yaml.duplicate-key", 3, "a"), ("yaml.ambiguous", 3, "a")]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (b"a: [1\nb: 2", "yaml.syntax"),
        (b"a: *nowhere", "yaml.alias"),
        (b"a: &x [*x]", "yaml.alias"),
        (b"a: {<<: {b: 1}}", "yaml.merge"),
        (b"a: 1\n---\nb: 2", "yaml.several"),
        (b"? [1, 2]\n: 3", "yaml.key"),
        (b"[" * 100 + b"]" * 100, "yaml.too-deep"),
        (b"a: \xff", "file.not-utf8"),
        (b"a: \0", "file.not-utf8"),
        ("a: 1".encode("utf-16"), "file.not-utf8"),
    ],
)
def test_yaml_that_is_not_plain_is_refused(text: bytes, rule: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_yaml(text, file="f.yaml")

    assert [finding.rule for finding in refusal.value.findings] == [rule]


def test_a_yaml_bomb_of_aliases_is_refused_before_it_grows() -> None:
    layers = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    layers += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]

    with pytest.raises(Invalid) as refusal:
        read_yaml("\n".join(layers).encode(), file="bomb.yaml")

    assert [finding.rule for finding in refusal.value.findings] == ["yaml.too-many"]


def test_a_file_over_the_limit_is_refused_unread() -> None:
    with pytest.raises(TooLarge, match=r"Expected at most 1000000 bytes in big\.json, found 1000001"):
        read_json(b" " * (MAX_BYTES + 1), file="big.json")


def test_every_key_and_item_of_a_json_file_knows_its_line() -> None:
    text = b'{"id": "request",\n "components": [\n  {"key": "name", "validate": {"max": 2.5, "x": null}},\n  true]}'

    document = read_json(text, file="forms/request.json")

    assert document.value == {
        "id": "request",
        "components": [{"key": "name", "validate": {"max": 2.5, "x": None}}, True],
    }
    assert str(document.place(("components", 0, "validate", "max"))) == "forms/request.json:3:32"
    assert str(document.place(("components", 1))) == "forms/request.json:4:3"


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        (b'{"a": 1,\n "a": 2}', "json.duplicate-key", 2),
        (b'{"a": 1,}', "json.syntax", 1),
        (b"[1\n 2]", "json.syntax", 2),
        (b'"abc', "json.syntax", 1),
        (b"NaN", "json.syntax", 1),
        (b"01", "json.syntax", 1),
        (b"{} {}", "json.syntax", 1),
        (b"", "json.syntax", 1),
        (b"[" * 100, "json.syntax", 1),
    ],
)
def test_json_that_is_not_plain_is_refused_with_its_line(text: bytes, rule: str, line: int) -> None:
    with pytest.raises(Invalid) as refusal:
        read_json(text, file="f.json")

    assert [(finding.rule, finding.place.line) for finding in refusal.value.findings] == [(rule, line)]


def test_a_path_is_written_as_people_write_it() -> None:
    assert dotted(("terms", "answer", "ends", 0, "completed")) == "terms.answer.ends[0].completed"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.floats(-1e9, 1e9) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.booleans())
def test_json_is_read_as_python_reads_it(value: object, pretty: bool) -> None:
    text = json.dumps(value, indent=2 if pretty else None, ensure_ascii=pretty)
    assume("\0" not in text)

    assert read_json(text.encode(), file="f.json").value == value


@given(st.binary(max_size=300) | st.text("{}[]:,-&*!|>'\"#%@ \n\tabno019.~", max_size=200).map(str.encode))
def test_whatever_bytes_come_are_read_or_refused(data: bytes) -> None:
    for read in (read_yaml, read_json):
        with suppress(Invalid):
            read(data, file="f")
