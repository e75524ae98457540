"""The interchange references beside a process: imported, shown, linted as what does not run, and given out whole."""

from pathlib import Path
from typing import Any

import pytest

from engine import definitions
from engine.archives import read_files
from engine.bpmn.lint import LintContext, lint_models
from engine.bpmn.reader import read_bpmn
from engine.bpmn.words import BPMN
from engine.findings import Severity, errors_of

REFERENCES = Path(__file__).resolve().parents[3] / "shared" / "conformance" / "miwg"
FILES = sorted(REFERENCES.glob("*.bpmn"))
BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
# They say that they can be executed, but what they say is not enough to be.
ONLY_CLAIMED = {"C.1.0", "C.1.1", "C.3.0", "C.8.1"}

pytestmark = pytest.mark.skipif(not FILES, reason=f"The interchange references are not at {REFERENCES}")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_everything_that_a_reference_says_is_in_the_model(file: Path) -> None:
    model = read_bpmn(file.read_bytes(), file=file.name)

    drawn = {
        element.get("id")
        for element in model.root.walk()
        if element.namespace == BPMN and element.name in _STEPS and element.get("id")
    }
    read = {node.id for process in model.processes.values() for _scope, node in process.scope.everything()}
    assert drawn - read == set()
    assert {
        each.get("id") for each in model.root.walk() if each.namespace == BPMN and each.name == "participant"
    } == set(model.participants)
    assert model.has_diagram


_STEPS = frozenset(
    "task userTask manualTask serviceTask scriptTask businessRuleTask sendTask receiveTask subProcess transaction "
    "adHocSubProcess callActivity exclusiveGateway parallelGateway inclusiveGateway complexGateway eventBasedGateway "
    "startEvent endEvent intermediateCatchEvent intermediateThrowEvent boundaryEvent".split()
)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_reference_is_linted_as_what_it_is(file: Path) -> None:
    model = read_bpmn(file.read_bytes(), file=file.name)
    alone = lint_models([model], context=LintContext())
    beside = lint_models([model], context=LintContext(), executed=())

    assert errors_of(beside) == []
    is_executable = any(process.executable for process in model.processes.values())
    assert bool(errors_of(alone)) == (file.stem in ONLY_CLAIMED)
    not_executable = [finding for finding in alone if finding.rule == "bpmn.not-executable"]
    assert [finding.severity for finding in not_executable] == ([] if is_executable else [Severity.WARNING])


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_all_references_are_kept_whole_through_import_and_export(world: Any, user_task: Any) -> None:
    kept = {}
    for file in FILES:
        version = world.deploy(BEGIN, user_task("check"), END, files={file.name: file.read_bytes()})
        with world.sessions() as session:
            package = definitions.version(session, "permit", version.number).package
        kept[file] = read_files(package)[file.name]

    assert [file.name for file in FILES if kept[file] != file.read_bytes()] == []
    assert len(kept) == 21
