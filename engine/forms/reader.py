"""Read a form-js schema and refuse what the server could not check. Every fault has a line and the component's id."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import re2

from engine.errors import Invalid
from engine.feel import Expression, FeelSyntaxError, compile_expression
from engine.findings import Finding, Severity, errors_of
from engine.forms.model import (
    PLAIN,
    Bound,
    Component,
    DateKind,
    Field,
    FieldType,
    Form,
    Group,
    Key,
    ListGroup,
    Options,
    Pattern,
    Rules,
    TimeZoneKind,
)
from engine.notation import Document, Path, dotted, read_json

MAX_COMPONENTS = 300
MAX_PATTERN = 500
# A pattern may not grow beyond this while it is compiled or run (bytes).
PATTERN_MEMORY = 4 << 20

_LISTED = {FieldType.RADIO, FieldType.SELECT, FieldType.CHECKLIST, FieldType.TAGLIST}
_KEY = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_RULE_KEYS = {"required", "min", "max", "minLength", "maxLength", "pattern", "patternErrorMessage", "validationType"}
_RULES_OF = {
    "min": {FieldType.NUMBER},
    "max": {FieldType.NUMBER},
    "minLength": {FieldType.TEXTFIELD, FieldType.TEXTAREA},
    "maxLength": {FieldType.TEXTFIELD, FieldType.TEXTAREA},
    "pattern": {FieldType.TEXTFIELD, FieldType.TEXTAREA},
    "validationType": {FieldType.TEXTFIELD},
}
_TEXT_KEYS = ("label", "description", "text", "content", "alt", "dateLabel", "timeLabel")


def read_form(data: bytes, *, file: str) -> tuple[Form, tuple[Finding, ...]]:
    """Read a form; return it with warnings. Raises Invalid with every fault."""
    document = read_json(data, file=file)
    reader = _Reader(document)
    form = reader.form()
    if errors := errors_of(reader.findings):
        raise Invalid(f"Expected a form in {file}, found {len(errors)} faults", reader.findings)
    return form, tuple(reader.findings)


@dataclass(slots=True)
class _Reader:
    document: Document
    findings: list[Finding] = field(default_factory=list)
    _ids: dict[str, Path] = field(default_factory=dict)
    _paths: dict[str, Path] = field(default_factory=dict)
    _texts: dict[str, dict[str, str]] = field(default_factory=dict)

    def form(self) -> Form:
        schema = self.document.value
        if not isinstance(schema, Mapping):
            self._fault((), "type", "kumpulan kunci, ditemukan yang lain", "a group of keys, found something else")
            schema = {}
        form_id = schema.get("id")
        if not isinstance(form_id, str) or not re.fullmatch(r"[A-Za-z_][\w.-]{0,127}", form_id):
            self._fault(("id",), "id", f"id formulir, ditemukan {form_id!r}", f"the form's id, found {form_id!r}")
            form_id = ""
        components = tuple(self._components(schema, (), ""))
        return Form(form_id, self.document.file, schema, components, self._texts)

    def _components(self, owner: Mapping[str, Any], path: Path, prefix: str) -> Iterator[Component]:
        listed = owner.get("components", [])
        if not isinstance(listed, list):
            self._fault((*path, "components"), "type", "daftar komponen", "a list of components")
            return
        for index, item in enumerate(listed):
            here: Path = (*path, "components", index)
            if not isinstance(item, Mapping):
                self._fault(here, "type", "komponen", "a component")
                continue
            component = self._component(item, here, prefix)
            if component is not None:
                yield component

    def _component(self, item: Mapping[str, Any], path: Path, prefix: str) -> Component | None:
        component_id = self._id(item, path)
        kind = item.get("type")
        if kind in PLAIN:
            self._note_texts(component_id, item)
            return None
        hide = self._hide(item, path)
        if kind == "group":
            own = self._path_key(item, path, "path")
            inner = prefix + "".join(f"{part}." for part in own)
            self._note_texts(component_id, item)
            return Group(component_id, own, hide, tuple(self._components(item, path, inner)))
        if kind == "dynamiclist":
            own = self._path_key(item, path, "path", needed=True)
            name = prefix + ".".join(own)
            self._claim(name, path)
            self._note_texts(component_id, item)
            return ListGroup(component_id, own, hide, tuple(self._components(item, path, f"{name}[].")))
        if kind not in set(FieldType):
            known = ", ".join([*FieldType, "group", "dynamiclist", *sorted(PLAIN)])
            self._fault(
                (*path, "type"),
                "component",
                f"salah satu dari {known}, ditemukan {kind!r}",
                f"one of {known}, found {kind!r}",
            )
            return None
        return self._field(item, path, prefix, component_id, FieldType(kind), hide)

    def _id(self, item: Mapping[str, Any], path: Path) -> str:
        component_id = item.get("id")
        if not isinstance(component_id, str):
            # The Modeler writes ids; by hand one may leave them out where there is a key.
            return str(item.get("key") or dotted(path))
        if component_id in self._ids:
            first = self.document.place(self._ids[component_id]).line
            self._fault(
                (*path, "id"),
                "id-twice",
                f"id yang lain, ditemukan {component_id} lagi (pertama di baris {first})",
                f"another id, found {component_id} again (first in line {first})",
            )
        self._ids[component_id] = path
        if len(self._ids) > MAX_COMPONENTS:
            self._fault(
                path, "too-many", f"paling banyak {MAX_COMPONENTS} komponen", f"at most {MAX_COMPONENTS} components"
            )
        return component_id

    def _path_key(self, item: Mapping[str, Any], path: Path, name: str, *, needed: bool = False) -> Key:
        text = item.get(name, "")
        if text == "" and not needed:
            return ()
        if not isinstance(text, str) or not _KEY.fullmatch(text):
            self._fault(
                (*path, name),
                "key",
                f"kunci seperti pemohon.nama, ditemukan {text!r}",
                f"a key such as applicant.name, found {text!r}",
            )
            return ()
        return tuple(text.split("."))

    def _claim(self, name: str, path: Path) -> None:
        """Note that a component owns ``name``; a value can neither stand twice nor hold other values."""
        for other, at in self._paths.items():
            if name == other or name.startswith(f"{other}.") or other.startswith(f"{name}."):
                line = self.document.place(at).line
                self._fault(
                    path,
                    "key-twice",
                    f"kunci sendiri, ditemukan {name} di samping {other} (baris {line})",
                    f"a key of its own, found {name} beside {other} (line {line})",
                )
        self._paths[name] = path

    def _field(
        self,
        item: Mapping[str, Any],
        path: Path,
        prefix: str,
        component_id: str,
        kind: FieldType,
        hide: Expression | None,
    ) -> Field:
        key = self._path_key(item, path, "key", needed=True)
        self._claim(prefix + ".".join(key), path)
        label = item.get("label") or item.get("dateLabel") or item.get("timeLabel") or ""
        if not label and kind is not FieldType.EXPRESSION:
            self._fault(path, "label", "label, ditemukan tidak ada", "a label, found none", severity=Severity.WARNING)
        self._note_texts(str(item.get("key", component_id)), item)
        return Field(
            id=component_id,
            type=kind,
            key=key,
            label=str(label),
            hide=hide,
            rules=self._rules(item, path, kind),
            disabled=item.get("disabled") is True,
            readonly=self._truth(item.get("readonly", False), (*path, "readonly")),
            options=self._options(item, path, kind),
            default=item.get("defaultValue"),
            decimals=self._whole(item, path, "decimalDigits"),
            step=self._step(item, path),
            as_text=item.get("serializeToString") is True,
            date_kind=DateKind(self._choice(item, path, "subtype", list(DateKind), "date")),
            zone=TimeZoneKind(self._choice(item, path, "timeSerializingFormat", list(TimeZoneKind), "utc_offset")),
            no_past=item.get("disallowPassedDates") is True,
            multiple=item.get("multiple") is True,
            computed=self._computed(item, path, kind),
        )

    def _rules(self, item: Mapping[str, Any], path: Path, kind: FieldType) -> Rules:
        rules = item.get("validate", {})
        here = (*path, "validate")
        if not isinstance(rules, Mapping):
            self._fault(here, "type", "kumpulan aturan", "a group of rules")
            return Rules()
        for name in rules:
            if name not in _RULE_KEYS or kind not in _RULES_OF.get(name, {kind}):
                self._fault(
                    (*here, name),
                    "rule",
                    f"aturan yang berlaku untuk {kind}, ditemukan {name}",
                    f"a rule that applies to a {kind}, found {name}",
                )
        return Rules(
            required=rules.get("required") is True,
            minimum=self._bound(rules, here, "min"),
            maximum=self._bound(rules, here, "max"),
            min_length=self._bound(rules, here, "minLength"),
            max_length=self._bound(rules, here, "maxLength"),
            pattern=self._pattern(rules, here),
            pattern_message=rules.get("patternErrorMessage"),
            kind=self._choice(rules, here, "validationType", ["email", "phone", "custom", "", None], None) or None,
        )

    def _bound(self, rules: Mapping[str, Any], path: Path, name: str) -> Bound:
        value = rules.get(name)
        if isinstance(value, str) and value.startswith("="):
            return self._feel(value, (*path, name))
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,10})?", value):
            return float(value) if "." in value else int(value)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self._fault(
                (*path, name),
                "bound",
                f"bilangan atau =ungkapan FEEL, ditemukan {value!r}",
                f"a number or =a FEEL expression, found {value!r}",
            )
            return None
        return value

    def _pattern(self, rules: Mapping[str, Any], path: Path) -> Pattern | None:
        text = rules.get("pattern")
        if text is None or text == "":
            return None
        options = re2.Options()
        options.log_errors = False
        options.max_mem = PATTERN_MEMORY
        try:
            if not isinstance(text, str) or len(text) > MAX_PATTERN:
                raise ValueError(f"a text of at most {MAX_PATTERN} characters")
            return re2.compile(text, options)  # type: ignore[no-any-return]
        except (re2.error, ValueError) as error:
            self._fault(
                (*path, "pattern"),
                "pattern",
                f"pola yang dapat diperiksa dalam waktu linear (RE2), ditemukan {text!r}: {error}",
                f"a pattern that can be checked in linear time (RE2), found {text!r}: {error}",
            )
            return None

    def _options(self, item: Mapping[str, Any], path: Path, kind: FieldType) -> Options | None:
        if kind not in _LISTED:
            return None
        sources = [name for name in ("values", "valuesKey", "valuesExpression") if item.get(name) not in (None, "")]
        if len(sources) != 1:
            found = ", ".join(sources) or "-"
            self._fault(
                path,
                "options",
                f"satu dari values, valuesKey, valuesExpression, ditemukan {found}",
                f"one of values, valuesKey, valuesExpression, found {found}",
            )
            return Options(values=())
        if sources == ["valuesKey"]:
            return Options(key=str(item["valuesKey"]))
        if sources == ["valuesExpression"]:
            return Options(expression=self._feel(item["valuesExpression"], (*path, "valuesExpression")))
        return Options(values=self._values(item, path))

    def _values(self, item: Mapping[str, Any], path: Path) -> tuple[Any, ...]:
        here = (*path, "values")
        values: list[Any] = []
        for index, option in enumerate(item["values"] if isinstance(item["values"], list) else []):
            value = option.get("value") if isinstance(option, Mapping) else option
            if value in (None, "") or value in values:
                self._fault(
                    (*here, index),
                    "option",
                    f"nilai sendiri, ditemukan {value!r}",
                    f"a value of its own, found {value!r}",
                )
            values.append(value)
        if not values:
            self._fault(here, "options", "daftar pilihan yang tidak kosong", "a list of options that is not empty")
        return tuple(values)

    def _step(self, item: Mapping[str, Any], path: Path) -> float | None:
        step = self._bound(item, path, "increment")
        if isinstance(step, Expression) or (step is not None and step <= 0):
            self._fault((*path, "increment"), "bound", "bilangan di atas nol", "a number above zero")
            return None
        return step

    def _whole(self, item: Mapping[str, Any], path: Path, name: str) -> int | None:
        value = item.get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 20):
            return value
        self._fault((*path, name), "bound", f"0 sampai 20, ditemukan {value!r}", f"0 to 20, found {value!r}")
        return None

    def _choice(self, item: Mapping[str, Any], path: Path, name: str, known: list[Any], default: Any) -> Any:
        value = item.get(name, default)
        if value in known:
            return value
        listed = ", ".join(str(one) for one in known if one)
        self._fault(
            (*path, name),
            "choice",
            f"salah satu dari {listed}, ditemukan {value!r}",
            f"one of {listed}, found {value!r}",
        )
        return default

    def _computed(self, item: Mapping[str, Any], path: Path, kind: FieldType) -> Expression | None:
        return self._feel(item.get("expression"), (*path, "expression")) if kind is FieldType.EXPRESSION else None

    def _hide(self, item: Mapping[str, Any], path: Path) -> Expression | None:
        conditional = item.get("conditional")
        if not conditional:
            return None
        if not isinstance(conditional, Mapping) or set(conditional) != {"hide"}:
            self._fault((*path, "conditional"), "condition", "{hide: =ungkapan}", "{hide: =expression}")
            return None
        return self._feel(conditional["hide"], (*path, "conditional", "hide"))

    def _truth(self, value: Any, path: Path) -> bool | Expression:
        if isinstance(value, bool):
            return value
        return self._feel(value, path) or False

    def _feel(self, text: Any, path: Path) -> Expression | None:
        if not isinstance(text, str) or not text.startswith("="):
            self._fault(
                path,
                "feel",
                f"ungkapan yang diawali =, ditemukan {text!r}",
                f"an expression that starts with =, found {text!r}",
            )
            return None
        try:
            return compile_expression(text[1:])
        except FeelSyntaxError as error:
            self._fault(path, "feel", f"ungkapan FEEL yang benar: {error}", f"a correct FEEL expression: {error}")
            return None

    def _note_texts(self, key: str, item: Mapping[str, Any]) -> None:
        """Keep the texts that a translation must give; expressions are none."""
        texts = self._texts.setdefault(key, {})
        for name in _TEXT_KEYS:
            if isinstance(item.get(name), str) and item[name] and not item[name].startswith("="):
                texts[name] = item[name]
        rules = item.get("validate")
        if isinstance(rules, Mapping) and isinstance(rules.get("patternErrorMessage"), str):
            texts["patternErrorMessage"] = rules["patternErrorMessage"]
        for option in item.get("values") or []:
            if isinstance(option, Mapping) and isinstance(option.get("label"), str):
                value = option.get("value")
                texts[f"values.{value if isinstance(value, str) else json.dumps(value)}"] = option["label"]

    def _fault(
        self, path: Path, rule: str, indonesian: str, english: str, *, severity: Severity = Severity.ERROR
    ) -> None:
        element, key = self._component_at(path)
        message = {
            "id": f"Diharapkan di {dotted(path) or 'formulir'} {indonesian}.",
            "en": f"Expected in {dotted(path) or 'the form'} {english}.",
        }
        place = self.document.place(path)
        self.findings.append(Finding(f"form.{rule}", severity, message, place, element, key))

    def _component_at(self, path: Path) -> tuple[str | None, str | None]:
        """Return the id of the component that ``path`` lies in (else its key, else the path), and its key."""
        value, found, key = self.document.value, None, None
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                break
            if isinstance(value, Mapping) and ("id" in value or "key" in value):
                found = str(value.get("id") or value["key"])
                key = str(value["key"]) if "key" in value else None
        return found or dotted(path) or None, key
