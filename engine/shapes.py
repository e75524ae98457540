"""Check plain values against a JSON Schema (2020-12) and say in two languages where they differ.

A schema may explain itself: ``expected`` beside a pattern or an ``anyOf`` maps a language to what should stand there.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator

from engine.findings import Finding, Severity
from engine.notation import Document, Path, dotted

Texts = Mapping[str, str]

_TYPES: Mapping[str, Texts] = {
    "object": {"id": "kumpulan kunci", "en": "a group of keys"},
    "array": {"id": "daftar", "en": "a list"},
    "string": {"id": "teks", "en": "a text"},
    "integer": {"id": "bilangan bulat", "en": "a whole number"},
    "number": {"id": "bilangan", "en": "a number"},
    "boolean": {"id": "true atau false", "en": "true or false"},
    "null": {"id": "null", "en": "null"},
}
_RULES = {"type": "type", "enum": "choice", "const": "choice", "pattern": "format", "anyOf": "shape", "oneOf": "shape"}
_NOTHING: Texts = {"id": "tidak ada", "en": "nothing"}


def load_schema(name: str) -> Draft202012Validator:
    """Return the checker for ``engine/<name>.schema.json``."""
    schema = json.loads(files("engine").joinpath(f"{name}.schema.json").read_bytes())
    return Draft202012Validator(schema)


def check_shape(validator: Draft202012Validator, document: Document, *, prefix: str) -> list[Finding]:
    """Return how ``document`` differs from the schema, in the order of its lines. Rules start with ``prefix``."""
    faults = [fault for error in validator.iter_errors(document.value) for fault in _faults(error, document, prefix)]
    return sorted(faults, key=lambda fault: (fault.place.line or 0, fault.place.column or 0, fault.element or ""))


def _faults(error: Any, document: Document, prefix: str, expected: Texts | None = None) -> Iterator[Finding]:
    """Yield what a fault of the schema's checker means; ``expected`` explains the alternative that it stands in."""
    path: Path = tuple(error.absolute_path)
    kind = str(error.validator)
    if kind in ("anyOf", "oneOf") and (inner := _only_fitting(error)) is not None:
        same_place = inner.absolute_path == error.absolute_path
        yield from _faults(inner, document, prefix, error.schema.get("expected") if same_place else None)
    elif kind == "additionalProperties" and isinstance(error.instance, Mapping):
        known = list(error.schema.get("properties", {}))
        for key in error.instance:
            if key not in known:
                yield _unknown_key(document, (*path, key), known, prefix)
    elif "propertyNames" in error.absolute_schema_path:
        key = str(error.instance)
        yield _finding(document, (*path, key), f"{prefix}.key-name", _expected(error), _quoted(key), within=path)
    elif kind == "required" and isinstance(error.instance, Mapping):
        missing = next(key for key in error.validator_value if f"'{key}' is" in error.message)
        wanted = {"id": f"kunci {missing}", "en": f"the key {missing}"}
        yield _finding(document, (*path, missing), f"{prefix}.required", wanted, _NOTHING, within=path)
    else:
        expected = error.schema.get("expected") or expected or _expected(error)
        yield _finding(document, path, f"{prefix}.{_RULES.get(kind, 'range')}", expected, _found(error.instance))


def _only_fitting(error: Any) -> Any | None:
    """Return the first fault within the alternative that the value's type points to; None if it points to none."""
    fitting = [inner for inner in error.context or () if inner.validator != "type" or inner.path]
    return fitting[0] if len({inner.schema_path[0] for inner in fitting}) == 1 else None


def _unknown_key(document: Document, path: Path, known: Sequence[str], prefix: str) -> Finding:
    listed = ", ".join(known)
    expected = {"id": f"salah satu dari {listed}", "en": f"one of {listed}"}
    near = get_close_matches(str(path[-1]), known, n=1)
    mend = {"id": f"Maksudnya {near[0]}?", "en": f"Did you mean {near[0]}?"} if near else {}
    found = _quoted(str(path[-1]))
    return _finding(document, path, f"{prefix}.unknown-key", expected, found, within=path[:-1], mend=mend)


def _finding(
    document: Document,
    path: Path,
    rule: str,
    expected: Texts,
    found: Texts,
    *,
    within: Path | None = None,
    mend: Texts | None = None,
) -> Finding:
    where = dotted(path if within is None else within)
    message = {
        "id": f"Diharapkan {expected['id']} di {where or 'berkas'}, ditemukan {found['id']}.",
        "en": f"Expected {expected['en']} in {where or 'the file'}, found {found['en']}.",
    }
    return Finding(rule, Severity.ERROR, message, document.place(path), dotted(path) or None, mend=mend or {})


def _expected(error: Any) -> Texts:
    if "expected" in error.schema:
        return error.schema["expected"]  # type: ignore[no-any-return]
    kind, value = str(error.validator), error.validator_value
    if kind == "type":
        names = [value] if isinstance(value, str) else list(value)
        return {
            "id": " atau ".join(_TYPES[name]["id"] for name in names),
            "en": " or ".join(_TYPES[name]["en"] for name in names),
        }
    if kind == "enum":
        listed = ", ".join(str(item) for item in value)
        return {"id": f"salah satu dari {listed}", "en": f"one of {listed}"}
    if kind in ("minItems", "minProperties", "minLength"):
        return {"id": f"paling sedikit {value}", "en": f"at least {value}"}
    if kind in ("maxItems", "maxProperties", "maxLength"):
        return {"id": f"paling banyak {value}", "en": f"at most {value}"}
    if kind == "minimum":
        return {"id": f"bilangan mulai {value}", "en": f"a number from {value} up"}
    if kind == "maximum":
        return {"id": f"bilangan sampai {value}", "en": f"a number up to {value}"}
    if kind == "uniqueItems":
        return {"id": "setiap nilai satu kali", "en": "every value once"}
    return {"id": f"yang sesuai dengan {kind} {value}", "en": f"what fits {kind} {value}"}


def _found(value: Any) -> Texts:
    if isinstance(value, Mapping):
        keys = ", ".join(list(value)[:6])
        return {"id": f"kunci {keys or '(kosong)'}", "en": f"the keys {keys or '(none)'}"}
    if isinstance(value, list):
        return {"id": f"daftar berisi {len(value)}", "en": f"a list of {len(value)}"}
    if value is None:
        return _NOTHING
    return _quoted(json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value)


def _quoted(text: str) -> Texts:
    shown = text if len(text) <= 60 else f"{text[:57]}…"
    return {"id": f'"{shown}"', "en": f'"{shown}"'}
