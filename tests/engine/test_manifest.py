import json
from datetime import date
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from engine.errors import Invalid
from engine.manifest import (
    Confidential,
    Extension,
    LawStatus,
    Moment,
    Point,
    RoleKind,
    Silence,
    Unit,
    read_manifest,
)

TEXT = """\
id: information_request
title: {id: Permohonan Informasi Publik, en: Public information request}
authority: {id: Komisi Informasi Pusat, en: Central Information Commission}
code: RAB.09.03
in_force_from: 2026-01-01
languages: [id, en]
legal_basis:
  uu14_2008: {cite: "Undang-Undang Nomor 14 Tahun 2008", title: {id: Keterbukaan Informasi, en: Public information}}
roles:
  applicant: {title: {id: Pemohon, en: Applicant}, kind: applicant}
  decider: {title: {id: PPID, en: Information officer}, kind: office}
  superior: {title: {id: Atasan, en: Superior}, kind: office, not_same_as: [decider]}
start: {form: request, by: [applicant], receipt: "PPID/{agency}/{year}/{number:06d}"}
terms:
  answer:
    title: {id: Jawaban, en: Answer}
    amount: 10
    unit: working_days
    starts: {completed: register}
    stops: [complete_request]
    ends: [{completed: deliver}, {entered: refused}]
    extension: {amount: 7, on: {completed: extend}}
    warn: {before: 2}
    escalate: {after: 0}
    silence: objection
    law: {basis: uu14_2008, article: "22(7)", status: confirmed}
parameters:
  max_rounds: {value: 5, law: {basis: uu14_2008, article: "1", status: unconfirmed, note: to be checked}}
calls:
  registry.lookup: {title: {id: Cek, en: Check}, connector: reg, errors: {404: NOT_FOUND}, method: GET, path: "/{nik}"}
messages: {applicant_reply: {title: {id: Balasan, en: Reply}}}
citizen_status:
  register: {id: Permohonan didaftarkan, en: Request registered}
outcomes: {granted: granted}
confidential: [identity.nik, {identity.phone: [decider]}]
retention: {period: P5Y}
"""


def changed(old: str, new: str) -> bytes:
    assert old in TEXT
    return TEXT.replace(old, new, 1).encode()


def test_the_schema_of_the_manifest_is_a_correct_schema() -> None:
    Draft202012Validator.check_schema(json.loads(files("engine").joinpath("manifest.schema.json").read_bytes()))


def test_a_manifest_becomes_typed_values() -> None:
    manifest = read_manifest(TEXT.encode()).manifest

    assert manifest.in_force_from == date(2026, 1, 1)
    assert manifest.languages == ("id", "en")
    assert manifest.roles["superior"].not_same_as == ("decider",)
    assert manifest.roles["applicant"].kind is RoleKind.APPLICANT
    assert manifest.calls["registry.lookup"].errors == {404: "NOT_FOUND"}
    assert manifest.confidential == (Confidential("identity.nik", ()), Confidential("identity.phone", ("decider",)))


def test_a_term_becomes_typed_values() -> None:
    term = read_manifest(TEXT.encode()).manifest.terms["answer"]

    assert (term.amount, term.unit, term.silence) == (10, Unit.WORKING_DAYS, Silence.OBJECTION)
    assert term.starts == (Point(Moment.COMPLETED, "register"),)
    assert term.ends == (Point(Moment.COMPLETED, "deliver"), Point(Moment.ENTERED, "refused"))
    assert term.extension == Extension(7, 1, Point(Moment.COMPLETED, "extend"))
    assert (term.warn_before, term.escalate_after) == (2, 0)
    assert term.law.status is LawStatus.CONFIRMED


def test_an_amount_may_be_an_expression_that_a_decision_answers() -> None:
    term = read_manifest(changed("amount: 10", "amount: =tier.days")).manifest.terms["answer"]

    assert term.amount == "tier.days"


def test_every_citation_is_listed_with_what_it_supports() -> None:
    manifest = read_manifest(TEXT.encode()).manifest

    assert [(path, law.article) for path, law in manifest.laws] == [
        ("terms.answer", "22(7)"),
        ("parameters.max_rounds", "1"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "rule", "line", "key"),
    [
        ("amount: 10", "amount: ten", "manifest.format", 17, "terms.answer.amount"),
        ("amount: 10", "amount: 9.5", "manifest.shape", 17, "terms.answer.amount"),
        ("unit: working_days", "unit: days", "manifest.choice", 18, "terms.answer.unit"),
        ("    silence: objection\n", "", "manifest.required", 15, "terms.answer.silence"),
        ("terms:", "trems:", "manifest.unknown-key", 14, "trems"),
        ("{completed: register}", "{done: register}", "manifest.unknown-key", 19, "terms.answer.starts.done"),
        ("starts: {completed: register}", "starts: register", "manifest.shape", 19, "terms.answer.starts"),
        ("[applicant], receipt", "[aplicant], receipt", "manifest.role-unknown", 13, "start.by[0]"),
        ("kind: office, not_same_as: [decider]", "kind: office, not_same_as: [x]", "manifest.role-unknown", 12, None),
        ("not_same_as: [decider]", "not_same_as: [superior]", "manifest.role-own-opposite", 12, None),
        ("en: Answer", "fr: Réponse", "manifest.text-missing", 16, "terms.answer.title"),
        ('article: "22(7)"', "article: {id: belum diketahui}", "manifest.text-missing", 26, "terms.answer.law.article"),
        ("404: NOT_FOUND", "200: OK", "manifest.key-name", 30, "calls.registry.lookup.errors.200"),
        ("in_force_from: 2026-01-01", "in_force_from: 2026-02-30", "manifest.date", 5, "in_force_from"),
        ('basis: uu14_2008, article: "22', 'basis: uu9, article: "22', "manifest.law-unknown", 26, None),
        ("warn: {before: 2}", "warn: {before: 11}", "manifest.warned-too-early", 23, "terms.answer.warn.before"),
        ("{number:06d}", "{number!r}", "manifest.format", 13, "start.receipt"),
        ("status: confirmed", "status: no", "yaml.ambiguous", 26, "terms.answer.law.status"),
        ("code: RAB.09.03", "code: 09.03", "yaml.ambiguous", 4, "code"),
        ("P5Y", "5 years", "manifest.format", 36, "retention.period"),
        (
            "outcomes: {granted",
            "subject: [identity]\noutcomes: {granted",
            "manifest.subject-confidential",
            34,
            "subject[0]",
        ),
        (
            "outcomes: {granted",
            "subject: [a, identity.phone.x]\noutcomes: {granted",
            "manifest.subject-confidential",
            34,
            "subject[1]",
        ),
    ],
)
def test_a_fault_is_named_with_line_and_key(old: str, new: str, rule: str, line: int, key: str | None) -> None:
    with pytest.raises(Invalid) as refusal:
        read_manifest(changed(old, new))

    [finding] = refusal.value.findings[:1]
    assert (finding.rule, finding.place.file, finding.place.line) == (rule, "process.yaml", line)
    assert key in (None, finding.element)
    assert finding.message["en"].startswith("Expected ")
    assert finding.message["id"].startswith("Diharapkan ")


def test_a_fault_says_what_was_expected_and_found_and_a_near_word() -> None:
    with pytest.raises(Invalid) as refusal:
        read_manifest(changed("kind: applicant", "knd: applicant"))

    messages = {finding.message["en"]: finding.mend.get("en") for finding in refusal.value.findings}
    assert messages == {
        "Expected the key kind in roles.applicant, found nothing.": None,
        'Expected one of title, kind, not_same_as in roles.applicant, found "knd".': "Did you mean kind?",
    }


def test_a_value_that_is_not_confirmed_should_say_why() -> None:
    read = read_manifest(changed(", note: to be checked", ""))

    assert [(finding.rule, finding.severity) for finding in read.findings] == [("manifest.law-unexplained", "warning")]


def test_a_manifest_that_is_no_mapping_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        read_manifest(b"- a\n- b\n")

    assert [finding.rule for finding in refusal.value.findings] == ["manifest.type"]
