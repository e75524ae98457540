"""Forms of processes on pages that need no script: what the browser sends becomes the data that engine.forms checks.

The name of a field is its path, dotted, with ``[n]`` for the items of a list. A page says in ``asked`` which questions
it showed; when an answer brings up others, the person sees them before anything is done.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from engine import forms
from engine.errors import Invalid
from engine.forms import Component, Field, FieldError, FieldType, Form, Group, ListGroup, Question, Shown
from engine.forms.model import DateKind, TimeZoneKind
from engine.forms.values import MISSING, put
from engine.instances.masking import MASK, hides

ASKED = "asked"
_SEVERAL = {FieldType.CHECKLIST, FieldType.TAGLIST, FieldType.FILEPICKER}
_NUMBER = re.compile(r"-?[0-9]{1,30}(?:[.,][0-9]{1,30})?")
_MOST_ITEMS = 500

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as a person sees it, with what it entered.

    ``errors`` are by path. ``more`` says that answers brought up questions that the person has not seen yet.
    """

    shown: tuple[Shown, ...]
    data: Mapping[str, Any]
    errors: Mapping[str, FieldError]
    more: bool = False

    @property
    def asked(self) -> str:
        """The paths of the questions shown, for the field ``asked``."""
        return " ".join(question.path for question in self.questions)

    @property
    def questions(self) -> list[Question]:
        """Every question shown, in the order of the page."""
        return list(forms.questions(self.shown))

    @property
    def unasked_errors(self) -> list[tuple[str, FieldError]]:
        """What is wrong with what no question asks for, such as a list as a whole."""
        asked = {question.path for question in self.questions}
        return [(path, error) for path, error in self.errors.items() if path not in asked]

    @property
    def is_done(self) -> bool:
        """Tell whether nothing is wrong and no question is left."""
        return not self.errors and not self.more


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form to be filled in: ``schema`` has its words in the person's language.

    ``context`` are the variables that the step sees, ``now`` is the time where the agency is. ``put_back`` returns what
    was entered with the stored values in place of masks, or raises Invalid (None: there are no masks). ``seen`` is of
    the context what the person may see (None: all of it).
    """

    form: Form
    schema: Mapping[str, Any]
    context: Mapping[str, Any]
    now: datetime
    put_back: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    seen: Mapping[str, Any] | None = None

    @property
    def known(self) -> Mapping[str, Any]:
        """What the person may see of the variables."""
        return self.context if self.seen is None else self.seen


def unfilled(sheet: Sheet) -> Filled:
    """Return a form nobody has answered: it holds what the case knows already."""
    return holding(sheet, sheet.known)


def holding(sheet: Sheet, values: Mapping[str, Any]) -> Filled:
    """Return a form that holds those of the values for which it asks."""
    data = _known(sheet.form.components, values)
    return Filled(forms.show(sheet.form, sheet.schema, data, context=sheet.context, now=sheet.now), data, {})


def filled(sheet: Sheet, pairs: Pairs, *, without_files: bool = False) -> Filled:
    """Return a form with what was sent, checked. ``without_files``: files are asked for later."""
    data = entered(sheet.form, pairs, sheet.now, known=sheet.known)
    held = _with_unasked(sheet, data)
    shown = forms.show(sheet.form, sheet.schema, held, context=sheet.context, now=sheet.now)
    asked = list(forms.questions(shown))
    later = {each.path for each in asked if without_files and each.field.type is FieldType.FILEPICKER}
    unseen = {each.path for each in asked} - set(dict(pairs).get(ASKED, "").split()) - later
    errors: dict[str, FieldError] = {}
    for error in _faults(sheet, data):
        if error.path not in unseen | later:
            errors.setdefault(error.path, error)
    return Filled(shown, data, errors, more=bool(unseen))


def _with_unasked(sheet: Sheet, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what was entered, with what is only shown, as the person may see it."""
    held = dict(data)
    for path, field in sheet.form.fields():
        if field.disabled and "[]" not in path:
            key = tuple(path.split("."))
            value = _at(sheet.known, key)
            if value is not MISSING:
                put(held, key, value)
    return held


def _faults(sheet: Sheet, data: Mapping[str, Any]) -> Sequence[FieldError]:
    try:
        real = data if sheet.put_back is None else sheet.put_back(data)
    except Invalid as error:
        return [FieldError(**each) for each in error.facts["fields"]]
    return forms.check(sheet.form, real, context=sheet.context, now=sheet.now).errors


def entered(
    form: Form, pairs: Pairs, now: datetime, *, known: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    """Return what was sent as the form's data; ``now`` gives times their offset.

    Fields left empty are left out; None says that the person emptied one that held something: a default, or what was
    ``known``.
    """
    sent: dict[str, list[str]] = {}
    for name, text in pairs:
        sent.setdefault(name, []).append(text.replace("\r\n", "\n"))
    asked = frozenset(" ".join(sent.get(ASKED, ())).split())
    return _Reading(sent, now, asked, known).all(form.components, "")


def changed(pairs: Pairs, step: str) -> Pairs:
    """Return what was sent with an item of a list added or removed: ``add PATH PLACE`` or ``remove PATH PLACE``.

    Another step changes nothing.
    """
    act, _, rest = step.partition(" ")
    path, _, place = rest.rpartition(" ")
    if act == "add":
        return [*pairs, (path, place)]
    if act == "remove":
        return [pair for pair in pairs if pair != (path, place)]
    return pairs


@dataclass(frozen=True, slots=True)
class _Reading:
    sent: Mapping[str, list[str]]
    now: datetime
    asked: frozenset[str]
    known: Mapping[str, Any]

    def all(self, components: Iterable[Component], prefix: str) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for component in components:
            if isinstance(component, Field):
                self._field(component, prefix, data)
            elif isinstance(component, ListGroup):
                _put(data, component.path, self._items(component, prefix + ".".join(component.path)))
            else:
                inner = self.all(component.components, prefix + "".join(f"{part}." for part in component.path))
                if inner or not component.path:
                    _put(data, component.path, inner)
        return data

    def _items(self, group: ListGroup, path: str) -> Any:
        """Return the items of a list. Each sends its place, so that one left empty is an item too.

        A list with masks in it sends a mask: it stays as it is.
        """
        if MASK in self.sent.get(path, ()):
            return MASK
        places = sorted({int(text) for text in self.sent.get(path, ()) if text.isdigit() and len(text) <= 4})
        return [self.all(group.components, f"{path}[{place}].") for place in places[:_MOST_ITEMS]]

    def _field(self, asked: Field, prefix: str, data: dict[str, Any]) -> None:
        if asked.disabled:
            return  # it is shown, and never what the person enters
        path = prefix + ".".join(asked.key)
        texts = [text for text in self.sent.get(path, ()) if text.strip()]
        if not texts and self._is_emptied(asked, path):
            _put(data, asked.key, None)
        elif not texts and (asked.readonly is True or self._is_unseen(asked, path)):
            return
        elif texts == [MASK]:
            _put(data, asked.key, MASK)
        elif asked.type is FieldType.CHECKBOX:
            _put(data, asked.key, "true" in texts)
        elif asked.type in _SEVERAL:
            if texts:
                _put(data, asked.key, [_chosen(asked, text) for text in texts])
        elif texts:
            _put(data, asked.key, self._value(asked, texts[-1]))

    def _is_emptied(self, asked: Field, path: str) -> bool:
        """Tell whether a person emptied a field; one that it may not change, or was not shown, it did not."""
        if path not in self.asked or asked.readonly is not False or asked.type is FieldType.CHECKBOX:
            return False
        return asked.default is not None or _at(self.known, tuple(path.split("."))) not in (MISSING, None)

    def _is_unseen(self, asked: Field, path: str) -> bool:
        """Tell whether a field with a default was not shown yet: then its default counts."""
        return asked.default is not None and bool(self.asked) and path not in self.asked

    def _value(self, asked: Field, text: str) -> Any:
        if asked.type is FieldType.NUMBER:
            return _number(asked, text.strip())
        if asked.type is FieldType.DATETIME:
            return self._moment(asked, text.strip())
        return _chosen(asked, text) if asked.options is not None else text

    def _moment(self, asked: Field, text: str) -> str:
        if asked.date_kind is DateKind.DATE or asked.zone is TimeZoneKind.NONE:
            return text
        if asked.zone is TimeZoneKind.OFFSET:
            offset = self.now.strftime("%z")
            return f"{text}{offset[:3]}:{offset[3:]}"
        return f"{text}Z"


def _number(asked: Field, text: str) -> Any:
    """Return a number; the text as it is if it is none: the check says so."""
    if _NUMBER.fullmatch(text) is None:
        return text
    plain = text.replace(",", ".")
    if asked.as_text:
        return plain
    return float(plain) if "." in plain else int(plain)


def _chosen(asked: Field, text: str) -> Any:
    """Return the value of the option that was sent as ``text``; the text itself if it is none of those declared."""
    declared = () if asked.options is None or asked.options.values is None else asked.options.values
    return next((value for value in declared if forms.sent_as(value) == text), text)


def _known(components: Iterable[Component], context: Any) -> dict[str, Any]:
    """Return what the variables hold already of what a form asks; None for what has a default and was emptied."""
    data: dict[str, Any] = {}
    for component in components:
        path = component.key if isinstance(component, Field) else component.path
        if isinstance(component, Group) and not component.path:
            data |= _known(component.components, context)
            continue
        value = _at(context, path)
        if isinstance(component, Group) and (isinstance(value, Mapping) or value == MASK):
            value = _known(component.components, value)
        is_emptied = value is None and isinstance(component, Field) and component.default is not None
        if is_emptied or (value is not MISSING and value is not None and value != {}):
            _put(data, path, value)
    return data


def _at(values: Any, key: Sequence[str]) -> Any:
    """Return what stands at a key, MISSING if nothing does; within what is masked as a whole, the mask."""
    for part in key:
        if values == MASK:
            return MASK
        values = values.get(part, MISSING) if isinstance(values, Mapping) else MISSING
    return values


def _put(data: dict[str, Any], key: Sequence[str], value: Any) -> None:
    if not key:
        data |= value
        return
    for part in key[:-1]:
        data = data.setdefault(part, {})
    data[key[-1]] = value


def answers(shown: Iterable[Shown]) -> list[tuple[str, str, Question]]:
    """Return section, label and question of everything that was asked, for a page that shows the answers again."""
    found: list[tuple[str, str, Question]] = []
    for each in shown:
        if isinstance(each, Question):
            found.append(("", each.label, each))
        elif isinstance(each, forms.Section):
            found += [(section or each.label, label, question) for section, label, question in answers(each.shown)]
        elif isinstance(each, forms.Listing):
            for number, item in enumerate(each.items, 1):
                found += [(f"{each.label} {number}", label, question) for _none, label, question in answers(item)]
    return found


def is_masked(shown: Shown) -> bool:
    """Tell whether confidential values stand masked in what is shown."""
    if isinstance(shown, Question):
        return hides(shown.value)
    return any(hides(question.value) for question in forms.questions((shown,)))
