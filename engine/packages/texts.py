"""The texts of a package in all its languages: which people read, and whether each is translated."""

from collections.abc import Iterator

from engine.bpmn.model import Flow, Process
from engine.findings import Finding, Place, Severity
from engine.packages.contents import Contents
from engine.translations import Wanted, check_translation


def check_translations(contents: Contents) -> Iterator[Finding]:
    """Yield what is missing in a language of the package, and what nobody needs."""
    languages = contents.manifest.languages
    wanted = wanted_texts(contents)
    for language in languages:
        translation = contents.translations.get(language)
        if translation is not None:
            yield from check_translation(translation, wanted, is_first=language == languages[0])
        elif language != languages[0] or wanted.outcomes:
            file = f"translations/{language}.yaml"
            indonesian, english = f"Diharapkan berkas {file}.", f"Expected the file {file}."
            yield _fault("package.translation-missing", file, indonesian, english)
    for language, translation in contents.translations.items():
        if language not in languages:
            indonesian = f"Diharapkan bahasa yang dinyatakan ({', '.join(languages)}), ditemukan {language}."
            english = f"Expected a declared language ({', '.join(languages)}), found {language}."
            yield _fault("package.translation-language", translation.document.file, indonesian, english)


def wanted_texts(contents: Contents) -> Wanted:
    """Return every text of the first language that people read. Of two elements with one id and different texts the
    second is named ``process:id``."""
    steps: dict[str, str] = {}
    for owner, key, name in _named_elements(contents):
        if name.strip():
            steps[key if steps.get(key, name) == name else f"{owner}:{key}"] = name
    forms = {form.id: {key: texts for key, texts in form.texts.items() if texts} for form in contents.forms.values()}
    return Wanted(steps, frozenset(contents.manifest.outcomes.values()), forms)


def _named_elements(contents: Contents) -> Iterator[tuple[str, str, str]]:
    main = contents.manifest.id
    for model in sorted(contents.models, key=lambda model: main not in model.processes):
        for process in model.processes.values():
            yield process.id, process.id, process.name
            yield from ((process.id, lane.id, lane.name) for lane in process.lanes.values())
            yield from ((process.id, node.id, node.name) for _, node in process.scope.everything())
            yield from ((process.id, flow.id, flow.name) for flow in _flows(process))
        yield from ((model.file, item.id, item.name) for item in model.participants.values())
        yield from ((model.file, item.id, item.name) for item in model.message_flows)


def _flows(process: Process) -> Iterator[Flow]:
    scopes = {id(process.scope): process.scope} | {id(scope): scope for scope, _ in process.scope.everything()}
    for scope in scopes.values():
        yield from scope.flows.values()


def _fault(rule: str, file: str, indonesian: str, english: str) -> Finding:
    return Finding(rule, Severity.ERROR, {"id": indonesian, "en": english}, Place(file))
