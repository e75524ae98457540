"""What of a form a person is asked now, and in which words: for pages that are made without a script."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.feel import Expression, FeelError
from engine.forms.model import PLAIN, Component, Field, Form, Group, ListGroup
from engine.forms.values import MISSING, Scope, get, option_value, with_defaults

_WRITTEN = {"text", "html"}


@dataclass(frozen=True, slots=True)
class Option:
    """A choice. ``text`` is how a page sends ``value``."""

    text: str
    value: Any
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """A field that is asked. ``path`` is dotted, with ``[n]`` for list items, as errors name it.

    ``value`` None: nothing is entered. ``is_fixed``: shown, but not to be changed.
    """

    field: Field
    path: str
    label: str
    hint: str
    value: Any
    options: tuple[Option, ...]
    is_fixed: bool
    kind: str = "question"


@dataclass(frozen=True, slots=True)
class Section:
    """Questions that belong together. ``label`` may be empty."""

    path: str
    label: str
    shown: "tuple[Shown, ...]"
    kind: str = "section"


@dataclass(frozen=True, slots=True)
class Listing:
    """Questions that repeat: one tuple of them for each item."""

    path: str
    label: str
    items: "tuple[tuple[Shown, ...], ...]"
    kind: str = "listing"


@dataclass(frozen=True, slots=True)
class Written:
    """A text between the questions, without its marks."""

    text: str
    kind: str = "written"


Shown = Question | Section | Listing | Written


def show(
    form: Form, schema: Mapping[str, Any], data: Mapping[str, Any], *, context: Mapping[str, Any], now: datetime
) -> tuple[Shown, ...]:
    """Return what ``form`` asks, given what is entered so far, in the words of ``schema``: its own, or translated.

    ``context`` and ``now`` are those of ``check``. A condition that cannot be evaluated hides nothing: the check names
    it.
    """
    entered = with_defaults(form.components, data)
    showing = _Showing(now)
    return tuple(showing.all(schema, form.components, Scope({**context, **entered}, entered, ""), entered, ""))


def questions(shown: tuple[Shown, ...]) -> Iterator[Question]:
    """Yield every question, in the order of the page."""
    for each in shown:
        if isinstance(each, Question):
            yield each
        elif isinstance(each, Section):
            yield from questions(each.shown)
        elif isinstance(each, Listing):
            for item in each.items:
                yield from questions(item)


def sent_as(value: Any) -> str:
    """Return how a page sends the value of an option."""
    return value if isinstance(value, str) else json.dumps(value)


@dataclass(frozen=True, slots=True)
class _Showing:
    now: datetime

    def all(
        self,
        owner: Mapping[str, Any],
        components: Sequence[Component],
        scope: Scope,
        values: Mapping[str, Any],
        prefix: str,
    ) -> Iterator[Shown]:
        """Yield what is asked. ``owner`` is their part of the schema: there stand also those that hold no data."""
        left = iter(components)
        for item in owner.get("components", ()):
            if item.get("type") in PLAIN:
                if item.get("type") in _WRITTEN:
                    yield Written(_text(item, "text" if "text" in item else "content"))
                continue
            component = next(left)
            if component.hide is None or self._evaluate(component.hide, scope) is not True:
                yield from self._one(item, component, scope, values, prefix)

    def _one(
        self, item: Mapping[str, Any], component: Component, scope: Scope, values: Mapping[str, Any], prefix: str
    ) -> Iterator[Shown]:
        if isinstance(component, Field):
            if component.computed is None:
                yield self._question(item, component, scope, values, prefix)
        elif isinstance(component, Group):
            inner = get(values, component.path)
            start = prefix + "".join(f"{part}." for part in component.path)
            known = inner if isinstance(inner, Mapping) else {}
            shown = tuple(self.all(item, component.components, scope, known, start))
            if shown:
                yield Section(start.rstrip("."), _text(item, "label"), shown)
        else:
            yield self._listing(item, component, scope, values, prefix)

    def _listing(
        self, item: Mapping[str, Any], group: ListGroup, scope: Scope, values: Mapping[str, Any], prefix: str
    ) -> Listing:
        path, found = prefix + ".".join(group.path), get(values, group.path)
        entries = [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []
        if found is MISSING:
            entries = [{}] * int(item.get("defaultRepetitions", 1))
        items = []
        for index, entry in enumerate(entries):
            entered = with_defaults(group.components, entry)
            inner = scope.item(entered, f"{path}[{index}]", index + 1)
            items.append(tuple(self.all(item, group.components, inner, entered, inner.prefix)))
        return Listing(path, _text(item, "label"), tuple(items))

    def _question(
        self, item: Mapping[str, Any], asked: Field, scope: Scope, values: Mapping[str, Any], prefix: str
    ) -> Question:
        name, value = ".".join(asked.key), get(values, asked.key)
        if asked.disabled and value is MISSING:
            value = get(scope.names, tuple((prefix + name).split(".")))  # shown, not entered: the case knows it
        label = next((key for key in ("label", "dateLabel", "timeLabel") if item.get(key)), "label")
        fixed = asked.readonly if isinstance(asked.readonly, bool) else self._evaluate(asked.readonly, scope) is True
        return Question(
            field=asked,
            path=prefix + name,
            label=_text(item, label),
            hint=_text(item, "description"),
            value=None if value is MISSING else value,
            options=tuple(self._options(item, asked, scope)),
            is_fixed=asked.disabled or fixed,
        )

    def _options(self, item: Mapping[str, Any], asked: Field, scope: Scope) -> Iterator[Option]:
        if asked.options is None:
            return
        given: Any = item.get("values")
        if asked.options.expression is not None:
            given = self._evaluate(asked.options.expression, scope)
        elif asked.options.key is not None:
            given = scope.names.get(asked.options.key)
        for each in given if isinstance(given, list) else ():
            value = option_value(each)
            sent = sent_as(value)
            label = each.get("label", sent) if isinstance(each, Mapping) else sent
            yield Option(sent, value, str(label))

    def _evaluate(self, expression: Expression, scope: Scope) -> Any:
        try:
            return expression.evaluate_json(scope.names, now=self.now)
        except FeelError:
            return None


def _text(item: Mapping[str, Any], of: str) -> str:
    return str(item.get(of) or "")
