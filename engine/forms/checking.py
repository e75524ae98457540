"""Check entered data against a form, as form-js does in the browser, and return what may become variables."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.errors import Invalid
from engine.feel import Expression, FeelError
from engine.forms.model import Bound, Component, DateKind, Field, FieldType, Form, Group, Key, ListGroup, TimeZoneKind
from engine.forms.values import MISSING, Scope, get, merge, option_value, put, with_defaults

MAX_TEXT = 50_000
MAX_ITEMS = 500
MAX_FILES = 50

Texts = Mapping[str, str]

_TEXTUAL = {FieldType.TEXTFIELD, FieldType.TEXTAREA}
_SEVERAL = {FieldType.CHECKLIST, FieldType.TAGLIST}
# The address grammar of HTML's email input; it is what people's browsers check.
_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-zA-Z0-9-]{1,63}(?:\.[a-zA-Z0-9-]{1,63})*", re.ASCII)
# ITU-T E.164: at most fifteen digits after the international prefix.
_PHONE = re.compile(r"(?:\+|00)[1-9][0-9]{5,14}")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?(Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?")


@dataclass(frozen=True, slots=True)
class FieldError:
    """Why one value was not accepted. ``path`` is dotted, with ``[n]`` counting list items from 0."""

    path: str
    rule: str
    message: Texts

    def as_dict(self) -> dict[str, Any]:
        """Return the error as plain JSON."""
        return {"path": self.path, "rule": self.rule, "message": dict(self.message)}


@dataclass(frozen=True, slots=True)
class Checked:
    """What remains of entered data (hidden and disabled fields left out, defaults and computed values put in)
    and what is wrong with it. ``data`` may become variables only if there are no errors."""

    data: dict[str, Any]
    errors: tuple[FieldError, ...]


def check(form: Form, data: Mapping[str, Any], *, context: Mapping[str, Any], now: datetime) -> Checked:
    """Check ``data`` against ``form``.

    ``context`` holds the variables that the person sees: expressions, options and unchangeable fields take values from
    it. ``now`` is aware, in the agency's time zone: its day is today. A field that is hidden by its condition is left
    out unchecked, as the browser does; what the form does not ask is an error.
    """
    checking = _Checking(form, dict(context), now)
    entered = with_defaults(form.components, data)
    clean = checking.components(form.components, Scope({**context, **entered}, entered, ""), entered)
    checking.refuse_unknown(data, _asked(form.components), "")
    return Checked(clean, tuple(checking.errors))


def accepted(form: Form, data: Mapping[str, Any], *, context: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return ``data`` as ``check`` leaves it. Raises Invalid if the form refuses it (facts: ``fields``)."""
    checked = check(form, data, context=context, now=now)
    if checked.errors:
        fields = [error.as_dict() for error in checked.errors]
        raise Invalid(f"Expected data that the form {form.id} accepts, found {len(fields)} faults", fields=fields)
    return checked.data


class _Unevaluable(Exception):
    """An expression of the form could not be evaluated."""


@dataclass(slots=True)
class _Checking:
    form: Form
    context: Mapping[str, Any]
    now: datetime
    errors: list[FieldError] = field(default_factory=list)

    def components(
        self, components: Iterable[Component], scope: Scope, values: Mapping[str, Any], prefix: str | None = None
    ) -> dict[str, Any]:
        """Check ``components`` against ``values`` and return what remains."""
        start = scope.prefix if prefix is None else prefix
        clean: dict[str, Any] = {}
        for component in components:
            if self._is_hidden(component, scope, start):
                continue
            if isinstance(component, Field):
                self._field(component, scope, values, start, clean)
            elif isinstance(component, ListGroup):
                self._list(component, scope, values, start, clean)
            else:
                self._group(component, scope, values, start, clean)
        return clean

    def _is_hidden(self, component: Component, scope: Scope, prefix: str) -> bool:
        if component.hide is None:
            return False
        try:
            return self._evaluate(component.hide, scope) is True
        except _Unevaluable as fault:
            own = component.key if isinstance(component, Field) else component.path
            self._refuse(prefix + ".".join(own), "expression", _unevaluable(fault))
            return False

    def _group(self, group: Group, scope: Scope, values: Mapping[str, Any], prefix: str, clean: dict[str, Any]) -> None:
        inner = get(values, group.path)
        path = prefix + ".".join(group.path)
        if inner is MISSING or inner is None:
            inner = {}
        if not isinstance(inner, Mapping):
            self._refuse(path, "type", _not("kumpulan isian", "a group of entries"))
            return
        start = f"{path}." if group.path else prefix
        remaining = self.components(group.components, scope, inner, start)
        if not group.path:
            merge(clean, remaining)
        elif remaining:
            put(clean, group.path, remaining)

    def _list(
        self, group: ListGroup, scope: Scope, values: Mapping[str, Any], prefix: str, clean: dict[str, Any]
    ) -> None:
        items = get(values, group.path)
        path = prefix + ".".join(group.path)
        if items is MISSING or items is None:
            items = []
        if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
            self._refuse(path, "type", _not("daftar", "a list"))
            return
        if len(items) > MAX_ITEMS:
            self._refuse(path, "too-many", _at_most(MAX_ITEMS))
            return
        remaining = []
        for index, item in enumerate(items):
            inner = scope.item(item, f"{path}[{index}]", index + 1)
            entered = with_defaults(group.components, item)
            remaining.append(self.components(group.components, inner, entered))
        put(clean, group.path, remaining)

    def _field(self, asked: Field, scope: Scope, values: Mapping[str, Any], prefix: str, clean: dict[str, Any]) -> None:
        path = prefix + ".".join(asked.key)
        value = get(values, asked.key)
        try:
            if asked.computed is not None:
                put(clean, asked.key, self._evaluate(asked.computed, scope))
            elif asked.disabled or self._evaluate_truth(asked.readonly, scope):
                self._keep(asked, value, path, clean)
            elif value is MISSING:
                if asked.rules.required:
                    self._refuse(path, "required", _REQUIRED)
            elif self._accepts(asked, value, scope, path):
                put(clean, asked.key, value)
        except _Unevaluable as fault:
            self._refuse(path, "expression", _unevaluable(fault))

    def _keep(self, asked: Field, value: Any, path: str, clean: dict[str, Any]) -> None:
        """Let an unchangeable field through only with the value it was shown with."""
        shown = get(self.context, tuple(path.split(".")))
        shown = asked.default if shown is MISSING else shown
        if value is MISSING or asked.disabled:
            return
        if value != shown and not _is_empty(value):
            self._refuse(path, "readonly", _READONLY)
        else:
            put(clean, asked.key, value)

    def _accepts(self, asked: Field, value: Any, scope: Scope, path: str) -> bool:
        """Note every fault of ``value``; return whether there was none."""
        before = len(self.errors)
        if _is_empty(value) or (asked.type is FieldType.CHECKBOX and value is False):
            if asked.rules.required:
                self._refuse(path, "required", _REQUIRED)
        elif asked.type in _TEXTUAL:
            self._text(asked, value, scope, path)
        elif asked.type is FieldType.NUMBER:
            self._number(asked, value, scope, path)
        elif asked.type is FieldType.CHECKBOX:
            if not isinstance(value, bool):
                self._refuse(path, "type", _not("ya atau tidak", "yes or no"))
        elif asked.type is FieldType.DATETIME:
            self._moment(asked, value, path)
        elif asked.type is FieldType.FILEPICKER:
            self._files(asked, value, path)
        else:
            self._chosen(asked, value, scope, path)
        return len(self.errors) == before

    def _text(self, asked: Field, value: Any, scope: Scope, path: str) -> None:
        if not isinstance(value, str):
            self._refuse(path, "type", _not("teks", "a text"))
            return
        rules, length = asked.rules, len(value.strip())
        least, most = self._bound(rules.min_length, scope), self._bound(rules.max_length, scope)
        if "\0" in value:
            self._refuse(path, "characters", _not("teks tanpa karakter NUL", "a text without the character NUL"))
        if least is not None and length < least:
            self._refuse(path, "min-length", _length("Paling sedikit", "At least", least))
        if length > (MAX_TEXT if most is None else min(most, MAX_TEXT)):
            self._refuse(path, "max-length", _length("Paling banyak", "At most", MAX_TEXT if most is None else most))
        if rules.pattern is not None and not rules.pattern.search(value):
            own = rules.pattern_message
            self._refuse(path, "pattern", {"id": own, "en": own} if own else _PATTERN)
        if rules.kind == "email" and not _EMAIL.fullmatch(value):
            self._refuse(
                path, "email", _not("alamat surel seperti nama@contoh.id", "an address such as name@example.org")
            )
        if rules.kind == "phone" and not _PHONE.fullmatch(value):
            self._refuse(path, "phone", _not("nomor seperti +628123456789", "a number such as +628123456789"))

    def _number(self, asked: Field, value: Any, scope: Scope, path: str) -> None:
        wanted = (str,) if asked.as_text else (int, float)
        if isinstance(value, bool) or not isinstance(value, wanted) or not _is_number(str(value)):
            self._refuse(path, "type", _not("bilangan", "a number"))
            return
        number = Decimal(str(value))
        exponent = number.normalize().as_tuple().exponent
        if asked.decimals is not None and isinstance(exponent, int) and -exponent > asked.decimals:
            self._refuse(path, "decimals", _decimals(asked.decimals))
        if asked.step is not None and number % Decimal(str(asked.step)) != 0:
            self._refuse(path, "step", _not(f"kelipatan {asked.step}", f"a multiple of {asked.step}"))
        least, most = self._bound(asked.rules.minimum, scope), self._bound(asked.rules.maximum, scope)
        if least is not None and number < least:
            self._refuse(path, "min", {"id": f"Paling kecil {least}.", "en": f"At least {least}."})
        if most is not None and number > most:
            self._refuse(path, "max", {"id": f"Paling besar {most}.", "en": f"At most {most}."})

    def _chosen(self, asked: Field, value: Any, scope: Scope, path: str) -> None:
        options = self._options(asked, scope)
        if asked.type not in _SEVERAL:
            if not _holds(options, value):
                self._refuse(path, "choice", _CHOICE)
            return
        if not isinstance(value, list) or len(value) > MAX_ITEMS:
            self._refuse(path, "type", _not("daftar pilihan", "a list of choices"))
            return
        for index, item in enumerate(value):
            if not _holds(options, item):
                self._refuse(f"{path}[{index}]", "choice", _CHOICE)
            elif _holds(value[:index], item):
                self._refuse(f"{path}[{index}]", "choice-twice", _not("pilihan satu kali", "a choice once"))

    def _options(self, asked: Field, scope: Scope) -> Sequence[Any]:
        options = asked.options
        if options is None:
            return ()
        if options.values is not None:
            return options.values
        given = (
            self._evaluate(options.expression, scope)
            if options.expression is not None
            else scope.names.get(options.key or "")
        )
        return [option_value(option) for option in given] if isinstance(given, list) else ()

    def _moment(self, asked: Field, value: Any, path: str) -> None:
        day = _day_of(asked, value) if isinstance(value, str) else None
        if day is None:
            self._refuse(path, "date", _MOMENTS[asked.date_kind])
        elif asked.no_past and asked.date_kind is not DateKind.TIME and day < self.now.date():
            self._refuse(path, "past", _not("hari ini atau sesudahnya", "today or later"))

    def _files(self, asked: Field, value: Any, path: str) -> None:
        ids = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) and 0 < len(item) <= 100 and item.isprintable() for item in ids):
            self._refuse(path, "type", _not("berkas yang sudah diunggah", "documents that were uploaded"))
        elif len(ids) > (MAX_FILES if asked.multiple else 1):
            self._refuse(path, "too-many", _at_most(MAX_FILES if asked.multiple else 1))

    def refuse_unknown(self, data: Any, asked: Mapping[str, Any] | None, prefix: str) -> None:
        """Refuse keys that the form does not ask. ``asked`` None: everything below belongs to one field."""
        if asked is None:
            return
        if isinstance(data, list):
            for index, item in enumerate(data):
                self.refuse_unknown(item, asked, f"{prefix}[{index}]")
        elif isinstance(data, Mapping):
            for key, value in data.items():
                path = f"{prefix}.{key}" if prefix else str(key)
                if key not in asked:
                    self._refuse(path, "unknown", _UNKNOWN)
                else:
                    self.refuse_unknown(value, asked[key], path)

    def _bound(self, bound: Bound, scope: Scope) -> int | float | None:
        value = self._evaluate(bound, scope) if isinstance(bound, Expression) else bound
        if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
            return value
        raise _Unevaluable(f"{value!r}")

    def _evaluate_truth(self, value: bool | Expression, scope: Scope) -> bool:
        return value if isinstance(value, bool) else self._evaluate(value, scope) is True

    def _evaluate(self, expression: Expression, scope: Scope) -> Any:
        try:
            return expression.evaluate_json(scope.names, now=self.now)
        except FeelError as error:
            raise _Unevaluable(str(error)) from error

    def _refuse(self, path: str, rule: str, message: Texts) -> None:
        self.errors.append(FieldError(path, rule, message))


def _asked(components: Iterable[Component]) -> dict[str, Any]:
    """Return what the form asks as nested keys; None ends where a field holds its value."""
    asked: dict[str, Any] = {}
    for component in components:
        if isinstance(component, Field):
            put(asked, component.key, None)
        elif component.path:
            put(asked, component.path, {**(_found(asked, component.path)), **_asked(component.components)})
        else:
            merge(asked, _asked(component.components))
    return asked


def _found(asked: Mapping[str, Any], path: Key) -> Mapping[str, Any]:
    value = get(asked, path)
    return value if isinstance(value, Mapping) else {}


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or value == []


def _is_number(text: str) -> bool:
    return re.fullmatch(r"-?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?", text) is not None


def _holds(options: Sequence[Any], value: Any) -> bool:
    """Tell whether ``value`` is one of ``options``; true is not 1."""
    return any(value == option and isinstance(value, bool) == isinstance(option, bool) for option in options)


def _day_of(asked: Field, value: str) -> date | None:
    """Return the day of a date or moment, today's stand-in for a time, or None if ``value`` is none of them."""
    day, _, clock = value.partition("T") if asked.date_kind is not DateKind.TIME else ("", "", value)
    if asked.date_kind is DateKind.DATE and "T" in value:
        return None
    if asked.date_kind is not DateKind.DATE and not _is_time(clock, asked.zone):
        return None
    try:
        return date.fromisoformat(day) if asked.date_kind is not DateKind.TIME else date.max
    except ValueError:
        return None


def _is_time(text: str, zone: TimeZoneKind) -> bool:
    match = _TIME.fullmatch(text)
    if match is None:
        return False
    suffix = match[2]
    wanted = {
        TimeZoneKind.NONE: suffix is None,
        TimeZoneKind.UTC: suffix == "Z",
        TimeZoneKind.OFFSET: suffix is not None,
    }
    return wanted[zone]


_REQUIRED: Texts = {"id": "Wajib diisi.", "en": "This is required."}
_READONLY: Texts = {"id": "Nilai ini tidak dapat diubah.", "en": "This value cannot be changed."}
_CHOICE: Texts = {"id": "Pilih salah satu pilihan yang tersedia.", "en": "Choose one of the options."}
_PATTERN: Texts = {"id": "Bentuk isian tidak sesuai.", "en": "This does not have the expected form."}
_UNKNOWN: Texts = {"id": "Formulir ini tidak menanyakan isian ini.", "en": "The form does not ask for this."}
_MOMENTS: Mapping[DateKind, Texts] = {
    DateKind.DATE: {"id": "Isi tanggal seperti 2026-01-31.", "en": "Enter a date such as 2026-01-31."},
    DateKind.TIME: {"id": "Isi waktu seperti 09:30.", "en": "Enter a time such as 09:30."},
    DateKind.DATETIME: {"id": "Isi tanggal dan waktu.", "en": "Enter a date and a time."},
}


def _not(indonesian: str, english: str) -> Texts:
    return {"id": f"Isi dengan {indonesian}.", "en": f"Enter {english}."}


def _at_most(number: int) -> Texts:
    return {"id": f"Paling banyak {number}.", "en": f"At most {number}."}


def _length(indonesian: str, english: str, length: float) -> Texts:
    return {"id": f"{indonesian} {length:g} karakter.", "en": f"{english} {length:g} characters."}


def _decimals(digits: int) -> Texts:
    if digits == 0:
        return _not("bilangan bulat", "a whole number")
    return _not(f"bilangan dengan paling banyak {digits} angka desimal", f"a number with at most {digits} decimals")


def _unevaluable(fault: _Unevaluable) -> Texts:
    return {
        "id": f"Aturan isian ini tidak dapat dihitung: {fault}.",
        "en": f"The rule of this entry could not be evaluated: {fault}.",
    }
