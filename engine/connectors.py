"""The operator's connectors file: which systems service steps may call, and how."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator

from engine.calls import Connector
from engine.errors import Invalid
from engine.findings import Finding, Severity
from engine.notation import Document, read_yaml
from engine.shapes import check_shape, load_schema

_SECRET = re.compile(r"\$\{([A-Z_][A-Z0-9_]*)\}")


def read_connectors(path: Path, environment: Mapping[str, str]) -> dict[str, Connector]:
    """Read the connectors file (YAML or JSON), which connectors.schema.json describes.

    ``${NAME}`` in a header is taken from ``environment``, so that secrets stay out of the file. Raises Invalid with
    every fault: file, line, key, what was expected and what was found.
    """
    try:
        document = read_yaml(path.read_bytes(), file=str(path))
    except OSError as error:
        raise Invalid(f"Expected to read the connectors file {path}, found: {error.strerror}") from error
    if document.value is None:
        return {}
    findings = check_shape(_schema(), document, prefix="connectors") or list(_unknown_secrets(document, environment))
    if findings:
        raise Invalid(f"Expected connectors in {path}, found {len(findings)} faults", findings)
    return {name: _connector(name, entry, environment) for name, entry in document.value.items()}


@cache
def _schema() -> Draft202012Validator:
    return load_schema("connectors")


def _unknown_secrets(document: Document, environment: Mapping[str, str]) -> Iterator[Finding]:
    for name, entry in document.value.items():
        for header, text in entry.get("headers", {}).items():
            for secret in _SECRET.findall(text):
                if secret not in environment:
                    yield _no_secret(document, name, header, secret)


def _no_secret(document: Document, name: str, header: str, secret: str) -> Finding:
    path = (name, "headers", header)
    message = {
        "id": f"Diharapkan variabel lingkungan {secret}, ditemukan tidak ada.",
        "en": f"Expected the environment to have {secret}, found nothing.",
    }
    return Finding("connectors.secret", Severity.ERROR, message, document.place(path), ".".join(path))


def _connector(name: str, entry: Mapping[str, Any], environment: Mapping[str, str]) -> Connector:
    host = urlsplit(entry["base_url"]).hostname or ""
    return Connector(
        name=name,
        base_url=entry["base_url"].rstrip("/"),
        hosts=frozenset(each.lower() for each in entry.get("hosts", [host])),
        headers={
            key: _SECRET.sub(lambda secret: environment[secret[1]], text)
            for key, text in entry.get("headers", {}).items()
        },
        timeout=float(entry.get("timeout", 10)),
        max_bytes=entry.get("max_bytes", 1_000_000),
        private=entry.get("private", False),
    )
