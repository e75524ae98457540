from engine.findings import Finding
from engine.notation import read_yaml
from engine.translations import Translation, Wanted, check_translation, read_translation

WANTED = Wanted(
    steps={"register": "Daftarkan", "granted": "Dikabulkan"},
    outcomes=frozenset({"granted"}),
    forms={"request": {"name": {"label": "Nama"}, "channel": {"label": "Cara", "values.email": "Surel"}}},
)
COMPLETE = """\
steps:
  register: Register
  granted: Granted
outcomes: {granted: Granted}
forms:
  request:
    name: Name
    channel: {label: Channel, values: {email: E-mail}}
"""


def read(text: str, language: str = "en") -> tuple[Translation, list[Finding]]:
    return read_translation(read_yaml(text.encode(), file=f"translations/{language}.yaml"), language)


def told(findings: list[Finding]) -> list[tuple[str, int | None, str | None]]:
    return [(finding.rule, finding.place.line, finding.element) for finding in findings]


def test_texts_are_found_by_step_outcome_form_and_component() -> None:
    translation, findings = read(COMPLETE)

    assert findings == []
    assert translation.steps["register"] == "Register"
    assert translation.outcomes == {"granted": "Granted"}
    assert translation.forms["request"]["name"] == {"label": "Name"}
    assert translation.forms["request"]["channel"] == {"label": "Channel", "values.email": "E-mail"}


def test_a_complete_translation_has_no_findings() -> None:
    translation, _ = read(COMPLETE)

    assert check_translation(translation, WANTED, is_first=False) == []


def test_every_missing_text_is_named() -> None:
    translation, _ = read("steps: {register: Register}\nforms:\n  request:\n    channel: {label: Channel}\n")

    findings = check_translation(translation, WANTED, is_first=False)

    assert told(findings) == [
        ("translation.missing", 1, "outcomes.granted"),
        ("translation.missing", 1, "steps.granted"),
        ("translation.missing", 3, "forms.request.name.label"),
        ("translation.missing", 4, "forms.request.channel.values.email"),
    ]
    assert findings[1].message["en"] == "Expected a translation into en of steps.granted (Dikabulkan), found none."


def test_a_text_that_nothing_needs_is_a_warning_with_the_near_name() -> None:
    text = COMPLETE.replace("  granted: Granted\n", "  granted: Granted\n  registr: x\n") + "    nam: x\n"
    translation, _ = read(text)

    findings = check_translation(translation, WANTED, is_first=False)

    assert told(findings) == [
        ("translation.needless", 4, "steps.registr"),
        ("translation.needless", 10, "forms.request.nam"),
    ]
    assert [finding.mend["en"] for finding in findings] == ["Did you mean register?", "Did you mean name?"]


def test_the_first_language_needs_only_outcomes() -> None:
    translation, _ = read("outcomes: {granted: Dikabulkan}", "id")

    assert check_translation(translation, WANTED, is_first=True) == []
    assert told(check_translation(read("{}", "id")[0], WANTED, is_first=True)) == [
        ("translation.missing", 1, "outcomes.granted")
    ]


def test_a_wrong_shape_is_named_with_its_line() -> None:
    text = "steps:\n  a: {x: z}\nwords: {a: b}\nforms:\n  request:\n    name: [x]\n    other: {size: big}\n  reply: x\n"

    _, findings = read(text)

    assert told(findings) == [
        ("translation.shape", 2, "steps.a"),
        ("translation.shape", 3, "words.a"),
        ("translation.shape", 6, "forms.request.name"),
        ("translation.shape", 7, "forms.request.other.size"),
        ("translation.shape", 8, "forms.reply"),
    ]


def test_a_file_without_texts_is_a_fault() -> None:
    _, findings = read("")

    assert [finding.rule for finding in findings] == ["translation.shape"]
