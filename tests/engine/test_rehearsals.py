"""Scenarios of uploads are played apart, under limits."""

from datetime import timedelta
from pathlib import Path

import pytest

from engine.archives import write_zip
from engine.cli.templates import template
from engine.errors import Invalid
from engine.examination import Limits
from engine.rehearsals import rehearse_safely

NATIONAL = Path(__file__).parents[2] / "processes" / "information_request"


def _zipped(folder: Path) -> bytes:
    names = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return write_zip({str(path.relative_to(folder)): path.read_bytes() for path in names})


def test_a_national_process_is_played_within_the_limits_and_passes_everything() -> None:
    told = rehearse_safely(_zipped(NATIONAL))

    assert [one["failures"] for one in told["scenarios"]] == [[]] * 15
    assert told["all"]["flows"]["missed"] == []
    assert told["coverage"][0]["process"] == "information_request"


def test_what_takes_too_much_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        rehearse_safely(write_zip(template("data_request")), limits=Limits(wall=timedelta(milliseconds=50)))

    assert refused.value.findings[0].rule == "package.too-costly"


def test_a_package_that_calls_what_it_does_not_hold_is_told_so(world) -> None:
    call = (
        '<callActivity id="call"><extensionElements><zeebe:calledElement processId="elsewhere"/></extensionElements>'
        "</callActivity>"
    )
    told = "name: Panggilan ke tempat lain\nsource: UU 1/2000 pasal 1\n"
    story = told + "start: {at: 2026-03-02T09:00:00+07:00, by: siti, data: {}}\nexpect: {status: running}\n"
    files = {"scenarios/x.yaml": story.encode()}
    package = world.package('<startEvent id="begin"/>', call, '<endEvent id="end"/>', files=files)

    with pytest.raises(Invalid) as refused:
        rehearse_safely(write_zip(package.files))

    [finding] = refused.value.findings
    assert (finding.rule, "elsewhere" in finding.message["en"]) == ("package.unplayable", True)
