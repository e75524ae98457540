"""Rules on expressions and literals: each is compiled, and looked at before it runs."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from engine.bpmn.model import Language, Node, Scope, Text
from engine.bpmn.rules.meaning import Noted, Subject, both, meaning
from engine.bpmn.timers import TimerError, check
from engine.feel import Expression, FeelSyntaxError, compile_expression
from engine.feel.analysis import check as remarks_on
from engine.feel.analysis import kind_of
from engine.findings import Severity

_TARGET = re.compile(r"[^\W\d][\w ]*(\.[^\W\d][\w ]*)*")


def texts_of(value: Any) -> Iterator[Text]:
    """Yield all expressions inside a piece of a model, not going into the steps of a sub-process."""
    if isinstance(value, Text):
        yield value
    elif isinstance(value, Scope):
        return
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from texts_of(getattr(value, each.name))
    elif isinstance(value, tuple):
        for each in value:
            yield from texts_of(each)


def _texts(subject: Subject) -> Iterator[tuple[Text, str, str]]:
    """Yield every expression of a model with the id and name of its element."""
    for _process, scope, node in subject.nodes:
        yield from ((text, node.id, node.name) for text in texts_of(node))
        for flow in (scope.flows[each] for each in node.outgoing):
            if flow.condition is not None:
                yield flow.condition, flow.id, flow.name
    for declared in subject.model.declared.values():
        if declared.correlation is not None:
            yield declared.correlation, declared.id, declared.name


def _compiled(subject: Subject) -> Iterator[tuple[Expression, Text, str, str]]:
    for text, element, name in _texts(subject):
        if text.language is not Language.LITERAL:
            try:
                yield compile_expression(text.source, language=text.language.value), text, element, name
            except FeelSyntaxError:
                continue  # the rule "expression" tells


@meaning(
    "expression",
    "Diharapkan ekspresi yang benar",
    "Expected a correct expression",
    mend=(
        "Perbaiki ekspresi di tempat yang disebut; FEEL dijelaskan di engine/feel/README.md.",
        "Correct the expression at the place that is named; engine/feel/README.md explains FEEL.",
    ),
)
def _expressions(subject: Subject) -> Iterator[Noted]:
    for text, element, name in _texts(subject):
        if text.language is Language.LITERAL:
            continue
        try:
            compile_expression(text.source, language=text.language.value)
        except FeelSyntaxError as error:
            found = f"{text.source!r}: {error.message}"
            yield Noted(text.place_at(error.line, error.column), element, name, both(found))


@meaning(
    "expression-remark",
    "Diharapkan ekspresi yang dapat memberi nilai",
    "Expected an expression that can give a value",
    Severity.WARNING,
    mend=("Periksa maksud ekspresi di tempat itu.", "See what the expression means at that place."),
)
def _remarks(subject: Subject) -> Iterator[Noted]:
    for compiled, text, element, name in _compiled(subject):
        for remark in remarks_on(compiled):
            found = (f"{text.source!r}: {remark.message['id']}", f"{text.source!r}: {remark.message['en']}")
            place = text.place_at(remark.line, remark.column)
            yield Noted(place, element, name, (found[0].rstrip("."), found[1].rstrip(".")))


@meaning(
    "condition-literal",
    "Diharapkan syarat berupa ekspresi seperti =jumlah > 3",
    "Expected the condition to be an expression such as =amount > 3",
    mend=(
        "Awali syarat FEEL dengan tanda sama dengan; bahasa lain tidak dijalankan.",
        "Begin a FEEL condition with an equals sign; other languages are not run.",
    ),
    section="10.4.2",
)
def _literal_conditions(subject: Subject) -> Iterator[Noted]:
    for text, element, name in _conditions(subject):
        if text.language is Language.LITERAL and text.source not in ("true", "false"):
            yield Noted(text.place, element, name, (f"teks {text.source!r}", f"the text {text.source!r}"))


@meaning(
    "condition-kind",
    "Diharapkan syarat bernilai benar atau salah",
    "Expected a condition that is true or false",
    mend=(
        "Bandingkan nilainya dengan sesuatu: syarat yang bukan benar atau salah menjadi insiden.",
        "Compare the value with something: a condition that is neither true nor false becomes an incident.",
    ),
    section="10.4.2",
)
def _condition_kinds(subject: Subject) -> Iterator[Noted]:
    wanted = {id(text) for text, _element, _name in _conditions(subject)}
    for compiled, text, element, name in _compiled(subject):
        kind = kind_of(compiled) if id(text) in wanted else None
        if kind not in (None, "boolean"):
            yield Noted(text.place, element, name, both(f"{text.source!r}: {kind}"))


def _conditions(subject: Subject) -> Iterator[tuple[Text, str, str]]:
    for _process, scope, node in subject.nodes:
        for flow in (scope.flows[each] for each in node.outgoing):
            if flow.condition is not None:
                yield flow.condition, flow.id, flow.name
        yield from ((text, node.id, node.name) for text in _conditions_of(node))


def _conditions_of(node: Node) -> Iterator[Text]:
    loop = node.loop
    found = (*(event.condition for event in node.events), node.activation, node.completion)
    looped = (loop.condition, loop.completion) if loop is not None else ()
    return (text for text in (*found, *looped) if text is not None)


@meaning(
    "timer",
    "Diharapkan waktu ISO 8601 atau ekspresi seperti =batas",
    "Expected an ISO 8601 time or an expression such as =limit",
    mend=(
        "Tulis misalnya 2026-03-16T09:00:00+07:00, P10D, atau R3/PT1H.",
        "Write for example 2026-03-16T09:00:00+07:00, P10D, or R3/PT1H.",
    ),
    section="10.5.5, table 10.101",
)
def _times(subject: Subject) -> Iterator[Noted]:
    for _process, _scope, node in subject.nodes:
        for event in node.events:
            if event.timer is None or event.timer_kind is None or not event.timer.source:
                continue
            if event.timer.language is Language.LITERAL:
                try:
                    check(event.timer_kind, event.timer.source)
                except TimerError as error:
                    yield Noted(event.timer.place, node.id, node.name, both(f"{event.timer.source!r}: {error}"))


@meaning(
    "number",
    "Diharapkan bilangan bulat dalam batasnya",
    "Expected a whole number within its bounds",
    mend=("Tulis bilangan bulat, atau sebuah ekspresi.", "Write a whole number, or an expression."),
)
def _numbers(subject: Subject) -> Iterator[Noted]:
    for _process, _scope, node in subject.nodes:
        for text, noun, kata, most in (
            (node.work.retries, "retries", "percobaan ulang", 1_000),
            (node.work.priority, "priority", "prioritas", 100),
        ):
            if text is None or text.language is not Language.LITERAL:
                continue
            if not (text.source.isdecimal() and int(text.source) <= most):
                found = (f"{kata} {text.source!r} (0..{most})", f"{noun} {text.source!r} (0..{most})")
                yield Noted(text.place, node.id, node.name, found)


@meaning(
    "due",
    "Diharapkan tanggal dan waktu ISO 8601 dengan zona, atau ekspresi",
    "Expected an ISO 8601 date and time with an offset, or an expression",
    mend=(
        "Tulis misalnya 2026-03-16T09:00:00+07:00 atau =term.jawaban.due.",
        "Write for example 2026-03-16T09:00:00+07:00 or =term.answer.due.",
    ),
)
def _due(subject: Subject) -> Iterator[Noted]:
    for _process, _scope, node in subject.nodes:
        for text in (node.work.due, node.work.follow_up):
            if text is not None and text.language is Language.LITERAL and not _is_moment(text.source):
                yield Noted(text.place, node.id, node.name, both(repr(text.source)))


def _is_moment(source: str) -> bool:
    try:
        return datetime.fromisoformat(source).tzinfo is not None
    except ValueError:
        return False


@meaning(
    "mapping-target",
    "Diharapkan tujuan pemetaan berupa nama variabel seperti hasil atau permohonan.hasil",
    "Expected the target of a mapping to be the name of a variable such as result or request.result",
    mend=(
        "Pakai huruf, angka dan garis bawah, dengan titik di antaranya.",
        "Use letters, digits and underscores, with dots between them.",
    ),
)
def _targets(subject: Subject) -> Iterator[Noted]:
    for _process, _scope, node in subject.nodes:
        for mapped in (*node.work.inputs, *node.work.outputs):
            if not _TARGET.fullmatch(mapped.target):
                yield Noted(mapped.source.place, node.id, node.name, both(repr(mapped.target)))
