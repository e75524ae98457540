"""What a form asks, as typed values, free of layout."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from engine.feel import Expression

Key = tuple[str, ...]
Bound = int | float | Expression | None

# Components of form-js that hold no data.
PLAIN = frozenset({"html", "text", "image", "separator", "spacer", "button", "table", "documentPreview"})


class FieldType(StrEnum):
    """The components of form-js that hold data."""

    TEXTFIELD = "textfield"
    TEXTAREA = "textarea"
    NUMBER = "number"
    CHECKBOX = "checkbox"
    RADIO = "radio"
    SELECT = "select"
    CHECKLIST = "checklist"
    TAGLIST = "taglist"
    DATETIME = "datetime"
    FILEPICKER = "filepicker"
    EXPRESSION = "expression"


class DateKind(StrEnum):
    """What a datetime field asks for."""

    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"


class TimeZoneKind(StrEnum):
    """How a datetime field writes its time: with an offset, as UTC with Z, or local without any."""

    OFFSET = "utc_offset"
    UTC = "utc_normalized"
    NONE = "no_timezone"


class Pattern(Protocol):
    """A compiled regular expression that takes time linear in the text."""

    pattern: str

    def search(self, text: str) -> Any:
        """Return a match anywhere in ``text``, or None."""


@dataclass(frozen=True, slots=True)
class Options:
    """What may be chosen: fixed values, values under a key of the data, or what an expression gives."""

    values: tuple[Any, ...] | None = None
    key: str | None = None
    expression: Expression | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What an entered value must fulfil. A bound None, or an expression that gives null, binds nothing."""

    required: bool = False
    minimum: Bound = None
    maximum: Bound = None
    min_length: Bound = None
    max_length: Bound = None
    pattern: Pattern | None = None
    pattern_message: str | None = None
    kind: str | None = None  # "email" or "phone"


@dataclass(frozen=True, slots=True)
class Field:
    """A component that holds a value under ``key`` (a dotted key gives nested objects).

    ``disabled`` fields are shown but never sent. ``readonly`` is a truth or an expression that gives one.
    ``decimals`` and ``step`` bind numbers; ``as_text`` keeps a number as text. ``no_past`` forbids days gone by.
    ``multiple`` lets a file picker hold several documents. ``computed`` is the value of an expression field.
    """

    id: str
    type: FieldType
    key: Key
    label: str
    hide: Expression | None
    rules: Rules
    disabled: bool = False
    readonly: bool | Expression = False
    options: Options | None = None
    default: Any = None
    decimals: int | None = None
    step: float | None = None
    as_text: bool = False
    date_kind: DateKind = DateKind.DATE
    zone: TimeZoneKind = TimeZoneKind.OFFSET
    no_past: bool = False
    multiple: bool = False
    computed: Expression | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Components that are hidden together, and nested under ``path`` if it is not empty."""

    id: str
    path: Key
    hide: Expression | None
    components: "tuple[Component, ...]"


@dataclass(frozen=True, slots=True)
class ListGroup:
    """Components that repeat: a list of objects under ``path``."""

    id: str
    path: Key
    hide: Expression | None
    components: "tuple[Component, ...]"


Component = Field | Group | ListGroup


@dataclass(frozen=True, slots=True)
class Form:
    """A form. ``schema`` is the form-js JSON as handed in, for the browser. ``texts`` are the texts people read,
    by component (its key; its id where it has none) and then by property; option labels by ``values.<value>``."""

    id: str
    file: str
    schema: Mapping[str, Any]
    components: tuple[Component, ...]
    texts: Mapping[str, Mapping[str, str]]

    def fields(self) -> Iterator[tuple[str, Field]]:
        """Yield every field with its dotted path; ``[]`` marks a list."""
        yield from _fields(self.components, "")


def _fields(components: Sequence[Component], prefix: str) -> Iterator[tuple[str, Field]]:
    for component in components:
        if isinstance(component, Field):
            yield prefix + ".".join(component.key), component
        elif isinstance(component, ListGroup):
            yield from _fields(component.components, f"{prefix}{'.'.join(component.path)}[].")
        else:
            yield from _fields(component.components, prefix + "".join(f"{part}." for part in component.path))
