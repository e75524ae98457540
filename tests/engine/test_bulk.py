"""Many instances from one file: each line once, whatever happens on the way."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from engine import bulk, definitions
from engine.access import SYSTEM, Actor
from engine.bulk import Line
from engine.database import Page
from engine.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from engine.models import BulkContent, BulkStatus, Instance, Job, JobKind, JournalEntry, Task

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'


@pytest.fixture
def deployed(world: Any, user_task: Any, form_file: Any) -> Any:
    start = {"by": ["officer"], "form": "request", "receipt": "R-{number}"}
    return world.deploy(BEGIN, user_task("check"), END, files=form_file("request", "name"), start=start)


def requested(world: Any, variables: list[Mapping[str, Any]], actor: Actor | None = None) -> Any:
    lines = [Line(dict(each), f"key-{number}") for number, each in enumerate(variables)]
    with world.sessions.begin() as session:
        return bulk.request(session, "permit", lines, agency_id=world.agency, actor=actor or world.siti, now=world.now)


def advanced(world: Any, found: Any, most: int = 10) -> Any:
    with world.sessions.begin() as session:
        return bulk.advance(session, found.id, bulk.lines(session, found.id), most, now=world.now)


def keys(world: Any) -> list[str | None]:
    with world.sessions() as session:
        return list(session.scalars(select(Instance.business_key).order_by(Instance.id)))


@pytest.mark.usefixtures("deployed")
def test_each_line_is_started_once_in_batches(world: Any) -> None:
    found = requested(world, [{"name": f"n{number}"} for number in range(5)])

    steps = [advanced(world, found, 2) for _ in range(4)]

    assert [step.position for step in steps] == [2, 4, 5, 5]
    assert [step.status for step in steps] == [BulkStatus.RUNNING] * 2 + [BulkStatus.COMPLETED] * 2
    assert keys(world) == [f"key-{number}" for number in range(5)]
    with world.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Task)) == 5
        started = select(JournalEntry.actor).where(JournalEntry.kind == "instance.started")
        assert set(session.scalars(started)) == {"siti"}
        assert session.scalars(select(BulkContent)).all() == []
        assert session.scalars(select(Job.payload).where(Job.kind == JobKind.BULK)).all() == [{"bulk": str(found.id)}]


@pytest.mark.usefixtures("deployed")
def test_a_line_that_the_form_refuses_is_noted_and_the_others_are_started_without_a_gap(world: Any) -> None:
    found = requested(world, [{"name": "a"}, {}, {"name": "c"}, {"name": ""}, {"name": "e"}])

    end = advanced(world, found)

    with world.sessions() as session:
        refused = bulk.refusals(session, found.id, Page(), viewer=world.siti).items
        receipts = session.scalars(select(Instance.receipt).order_by(Instance.id)).all()
    assert (end.status, end.position, end.refused) == (BulkStatus.COMPLETED, 5, 2)
    assert keys(world) == ["key-0", "key-2", "key-4"]
    assert receipts == ["R-1", "R-2", "R-3"]
    assert [(each.line, "the form request" in each.message) for each in refused] == [(2, True), (4, True)]


@pytest.mark.usefixtures("deployed")
def test_a_batch_that_breaks_off_starts_nothing_and_is_started_again(world: Any) -> None:
    found = requested(world, [{"name": "a"}, {"name": "b"}, {"name": "c"}])
    advanced(world, found, 1)

    def break_off() -> None:
        with world.sessions.begin() as session:
            bulk.advance(session, found.id, bulk.lines(session, found.id), 2, now=world.now)
            raise RuntimeError("the machine stops")

    with pytest.raises(RuntimeError):
        break_off()
    advanced(world, found)

    assert keys(world) == ["key-0", "key-1", "key-2"]


@pytest.mark.usefixtures("deployed")
def test_a_cancelled_bulk_start_takes_no_more_lines(world: Any) -> None:
    found = requested(world, [{"name": "a"}, {"name": "b"}])
    advanced(world, found, 1)

    with world.sessions.begin() as session:
        cancelled = bulk.cancel(session, found.id, actor=world.siti, now=world.now)
        with pytest.raises(NotPossibleNow, match="cancelled"):
            bulk.cancel(session, found.id, actor=world.siti, now=world.now)
    after = advanced(world, found)

    assert (cancelled.status, after.status, after.position) == (BulkStatus.CANCELLED, BulkStatus.CANCELLED, 1)
    assert keys(world) == ["key-0"]


@pytest.mark.usefixtures("deployed")
def test_only_who_may_start_the_process_starts_many_and_only_the_agency_sees_it(world: Any) -> None:
    with pytest.raises(NotAllowed):
        requested(world, [{"name": "a"}], replace(world.siti, roles=frozenset({"clerk"})))
    with pytest.raises(NotAllowed):
        requested(world, [{"name": "a"}], world.stranger)
    found = requested(world, [{"name": "a"}])

    with world.sessions.begin() as session:
        with pytest.raises(NotFound):
            bulk.bulk_start(session, found.id, viewer=world.stranger)
        with pytest.raises(NotAllowed):
            bulk.cancel(session, found.id, actor=world.budi, now=world.now)
        assert bulk.cancel(session, found.id, actor=world.heni, now=world.now).status is BulkStatus.CANCELLED


@pytest.mark.usefixtures("deployed")
def test_a_file_without_lines_is_refused(world: Any) -> None:
    with pytest.raises(Invalid, match="Expected 1 to"):
        requested(world, [])


def test_all_lines_run_on_the_version_that_was_in_force_when_it_was_requested(
    world: Any, deployed: Any, user_task: Any
) -> None:
    found = requested(world, [{"name": "a"}, {"name": "b"}])
    advanced(world, found, 1)
    world.deploy(BEGIN, user_task("other"), END)

    advanced(world, found)

    with world.sessions() as session:
        assert set(session.scalars(select(Instance.version_id))) == {deployed.id}


def test_a_version_that_is_retired_meanwhile_starts_nothing_more(world: Any, deployed: Any) -> None:
    found = requested(world, [{"name": "a"}, {"name": "b"}])
    advanced(world, found, 1)
    with world.sessions.begin() as session:
        definitions.retire(session, deployed.id, actor=SYSTEM, now=world.now)

    end = advanced(world, found)

    assert (end.status, end.refused) == (BulkStatus.COMPLETED, 1)


@pytest.mark.usefixtures("deployed")
def test_instances_that_are_started_together_are_what_each_alone_would_be(world: Any) -> None:
    found = requested(world, [{"name": "a"}, {"name": "b"}])
    advanced(world, found)
    alone = [world.start({"name": name}, business_key=f"key-{number}") for number, name in enumerate("ab")]

    with world.sessions() as session:
        rows = session.scalars(select(Instance).order_by(Instance.id)).all()
        tasks = session.scalars(select(Task).order_by(Task.id)).all()
        shown = [
            (row.version_id, row.status, row.revision, row.business_key, row.started_by, row.journal_length)
            for row in rows
        ]
        opened = [(task.step, task.name, task.candidates, task.status, task.search[:9]) for task in tasks]
    assert len(alone) == 2
    assert shown[:2] == shown[2:]
    assert [each[:4] for each in opened[:2]] == [each[:4] for each in opened[2:]]
    assert [world.journal(row.id) for row in rows] == [["instance.started"]] * 4
    assert [world.variables(row.id)["name"] for row in rows] == ["a", "b", "a", "b"]
