"""Read a package. What can be read is read, and every fault is found at once."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TypeVar

from engine.archives import checksum, read_files
from engine.bpmn.model import Model, Node, Process
from engine.bpmn.reader import read_bpmn
from engine.dmn import Decisions, DmnFile, compile_decisions, read_dmn
from engine.errors import Invalid
from engine.findings import Finding, Place, Severity, errors_of
from engine.forms import Form, read_form
from engine.manifest import FILE as MANIFEST
from engine.manifest import Manifest, ReadManifest, read_manifest
from engine.notation import read_yaml
from engine.packages.checking import check_contents
from engine.packages.contents import Contents
from engine.stories import Story, read_story
from engine.translations import Translation, read_translation

Read = TypeVar("Read")

_KINDS = {
    "manifest": re.compile(r"process\.yaml"),
    "bpmn": re.compile(r"[^/]+\.bpmn"),
    "dmn": re.compile(r"[^/]+\.dmn"),
    "form": re.compile(r"forms/[^/]+\.json"),
    "scenario": re.compile(r"scenarios/[^/]+\.yaml"),
    "translation": re.compile(r"translations/[a-z]{2,3}\.yaml"),
    "text": re.compile(r"[^/]+\.md"),
}


@dataclass(frozen=True)
class Package:
    """A package. ``files`` are all its files by name; the rest is what they say.

    ``findings`` holds everything that was found, errors first seen first; with errors among them the other fields hold
    only what could be read. ``decisions`` is None for a package without decision tables.
    """

    files: Mapping[str, bytes]
    sha256: str
    manifest: Manifest
    models: tuple[Model, ...]
    decisions: Decisions | None
    forms: Mapping[str, Form]
    stories: tuple[Story, ...]
    translations: Mapping[str, Translation]
    findings: tuple[Finding, ...]

    @cached_property
    def processes(self) -> Mapping[str, Process]:
        """The processes of all models, by id."""
        return {process.id: process for model in self.models for process in model.processes.values()}

    def nodes(self) -> Iterator[tuple[Process, Node]]:
        """Yield every flow node with its process."""
        for process in self.processes.values():
            for _scope, node in process.scope.everything():
                yield process, node


def read_package(source: Path | bytes, *, checked: bool = False) -> Package:
    """Read and check the package in a folder or a zip (bytes).

    ``checked`` says that it was checked before (when it was deployed) and need not be again. Raises Invalid, with every
    finding, if there is no package to speak of: the files or the manifest cannot be read.
    Other faults stand in the package's ``findings``.
    """
    reading = _Reading(read_files(source))
    folder = source.resolve().name if isinstance(source, Path) else None
    return reading.package(folder, checked=checked)


class _Reading:
    """Reads the files of a package and gathers what is wrong with them."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.findings: list[Finding] = []

    def package(self, folder: str | None, *, checked: bool) -> Package:
        """Return the package. Raises Invalid without a manifest."""
        manifest = self.manifest()
        models = tuple(filter(None, self._each("bpmn", lambda data, file: read_bpmn(data, file=file))))
        tables = [table for table in self._each("dmn", lambda data, file: read_dmn(data, file=file)) if table]
        forms = [form for form in self._each("form", self._form) if form]
        stories = tuple(filter(None, self._each("scenario", self._story)))
        translations = [item for item in self._each("translation", self._translation) if item]
        self._note_strangers()
        if manifest is None:
            raise Invalid(f"Expected a package, found {len(self.findings)} faults", self.findings)
        contents = Contents(
            files=self.files,
            folder=folder,
            manifest=manifest.manifest,
            document=manifest.document,
            models=models,
            decisions=self._decisions(tables),
            forms={form.id: form for form in forms},
            stories=stories,
            translations={item.language: item for item in translations},
        )
        findings = [*self.findings]
        if not checked:
            findings += check_contents(contents, sound=not errors_of(self.findings))
        return Package(
            files=self.files,
            sha256=checksum(self.files),
            manifest=contents.manifest,
            models=models,
            decisions=contents.decisions,
            forms=contents.forms,
            stories=stories,
            translations=contents.translations,
            findings=tuple(findings),
        )

    def manifest(self) -> ReadManifest | None:
        """Return the manifest, if it can be read."""
        if MANIFEST not in self.files:
            names = ", ".join(list(self.files)[:5]) or "-"
            message = {
                "id": f"Diharapkan berkas {MANIFEST}, ditemukan {names}.",
                "en": f"Expected the file {MANIFEST}, found {names}.",
            }
            self.findings.append(Finding("package.no-manifest", Severity.ERROR, message, Place(MANIFEST)))
            return None
        read = self._tried(lambda: read_manifest(self.files[MANIFEST]))
        self.findings.extend(read.findings if read else ())
        return read

    def _each(self, kind: str, read: Callable[[bytes, str], Read]) -> Iterator[Read | None]:
        for name in sorted(self.files):
            if _KINDS[kind].fullmatch(name):
                yield self._tried(lambda name=name: read(self.files[name], name))  # type: ignore[misc]

    def _tried(self, read: Callable[[], Read]) -> Read | None:
        try:
            return read()
        except Invalid as refusal:
            self.findings.extend(refusal.findings)
            return None

    def _form(self, data: bytes, file: str) -> Form:
        form, findings = read_form(data, file=file)
        self.findings.extend(findings)
        return form

    def _story(self, data: bytes, file: str) -> Story:
        return read_story(read_yaml(data, file=file))

    def _translation(self, data: bytes, file: str) -> Translation:
        translation, findings = read_translation(read_yaml(data, file=file), PurePosixPath(file).stem)
        self.findings.extend(findings)
        return translation

    def _decisions(self, tables: list[DmnFile]) -> Decisions | None:
        return self._tried(lambda: compile_decisions(tables)) if tables else None

    def _note_strangers(self) -> None:
        for name in self.files:
            if not any(pattern.fullmatch(name) for pattern in _KINDS.values()):
                message = {
                    "id": f"Diharapkan berkas yang termasuk paket proses, ditemukan {name}.",
                    "en": f"Expected a file that belongs to a process package, found {name}.",
                }
                self.findings.append(Finding("package.file-unknown", Severity.ERROR, message, Place(name)))
