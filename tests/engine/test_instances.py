"""Instances: start, move, end; what belongs to them is stored all or nothing."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from engine import instances
from engine.access import SYSTEM
from engine.database import Page
from engine.errors import Invalid, NotAllowed, NotFound, NotPossibleNow, Stale
from engine.instances import Filters
from engine.instances.retention import keep_until
from engine.models import Instance, InstanceStatus, Job, JobKind, JournalEntry, Task, TaskCandidate, TaskStatus, Webhook

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="granted"/>'


def test_a_started_instance_waits_at_its_first_task(world, user_task):
    world.deploy(BEGIN, user_task("check"), END)

    moved = world.start({"nik": "3171"})

    assert moved.status is InstanceStatus.RUNNING
    assert moved.revision == 1
    assert world.open_steps(moved.instance_id) == ["check"]
    assert world.journal(moved.instance_id) == ["instance.started"]


def test_an_instance_that_waits_for_nothing_is_completed_at_once(world):
    words = {"translations/id.yaml": b"outcomes: {granted: diberikan}"}
    world.deploy(BEGIN, END, files=words, outcomes={"granted": "granted"})

    moved = world.start()

    assert (moved.status, moved.outcome) == (InstanceStatus.COMPLETED, "granted")
    assert world.journal(moved.instance_id) == ["instance.started", "instance.completed"]


def test_an_ended_instance_is_kept_as_long_as_the_manifest_says(world):
    world.deploy(BEGIN, END)

    moved = world.start()

    with world.sessions() as session:
        assert session.get_one(Instance, moved.instance_id).keep_until == date(2031, 3, 2)


@pytest.mark.parametrize(
    ("ended_on", "period", "expected"),
    [
        (date(2024, 2, 29), "P1Y", date(2025, 2, 28)),
        (date(2026, 1, 31), "P1M", date(2026, 2, 28)),
        (date(2026, 12, 31), "P1Y2M3D", date(2028, 3, 3)),
    ],
)
def test_periods_of_retention_count_as_the_calendar_does(ended_on, period, expected):
    assert keep_until(ended_on, period) == expected


def test_an_unknown_process_cannot_be_started(world):
    with pytest.raises(NotFound, match="Expected an approved version of permit in force on 2026-03-02"):
        world.start()


def test_a_version_that_is_not_in_force_yet_is_not_started(world, user_task):
    world.deploy(BEGIN, user_task("check"), END)
    world.deploy(BEGIN, user_task("check_twice"), END, in_force_from="2026-04-01")

    now = world.start()
    later = world.start(now=world.now + timedelta(days=40))

    assert world.open_steps(now.instance_id) == ["check"]
    assert world.open_steps(later.instance_id) == ["check_twice"]


def test_only_the_roles_that_the_manifest_names_may_start(world, user_task):
    world.deploy(BEGIN, user_task("check"), END)

    with pytest.raises(NotAllowed):
        world.start(actor=world.heni)


def test_what_the_start_form_refuses_starts_nothing(world, user_task, form_file):
    world.deploy(BEGIN, user_task("check"), END, files=form_file("request", "name"), start=_start_with("request"))

    with pytest.raises(Invalid) as refusal:
        world.start({"other": 1})

    assert {field["path"] for field in refusal.value.facts["fields"]} == {"name", "other"}
    with world.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Instance)) == 0


def _start_with(form):
    return {"by": ["officer"], "form": form}


def test_receipts_count_without_gaps_for_each_agency_and_year(world):
    world.deploy(BEGIN, END, start={"by": ["officer"], "receipt": "IZIN/{agency}/{year}/{number:04d}"})

    receipts = [world.start().receipt, world.start().receipt]
    next_year = world.start(now=world.now + timedelta(days=365)).receipt

    assert receipts == ["IZIN/DKI/2026/0001", "IZIN/DKI/2026/0002"]
    assert next_year == "IZIN/DKI/2027/0001"


def test_the_year_of_a_receipt_is_that_of_the_agency(world):
    world.deploy(BEGIN, END, start={"by": ["officer"], "receipt": "{year}/{month}/{number}"})
    new_year_in_jakarta = world.now.replace(year=2026, month=12, day=31, hour=17)

    receipt = world.start(now=new_year_in_jakarta).receipt

    assert receipt == "2027/01/1"


def test_a_case_is_found_by_receipt_and_secret_and_by_nothing_else(world):
    world.deploy(BEGIN, END)
    moved = world.start()

    with world.sessions() as session:
        found = instances.track(session, moved.receipt, moved.secret)

        assert found.id == moved.instance_id
        with pytest.raises(NotFound):
            instances.track(session, moved.receipt, "guessed")
        with pytest.raises(NotFound):
            instances.track(session, "IZIN/1", moved.secret)


def test_parameters_of_the_manifest_are_variables_that_nobody_sets(world, user_task):
    law = {"basis": "law", "article": "3", "status": "confirmed"}
    world.deploy(BEGIN, user_task("check"), END, parameters={"max_rounds": {"value": 5, "law": law}})

    moved = world.start({"parameter": {"max_rounds": 500}})

    with world.sessions() as session:
        seen = instances.look(session, moved.instance_id, lambda workflow: workflow.variables())
    assert seen["parameter"] == {"max_rounds": 5}


def test_a_failure_while_moving_leaves_everything_as_it_was(world, user_task):
    world.deploy(BEGIN, user_task("check"), END)
    moved = world.start()

    def break_down(workflow):
        workflow.cancel(now=world.now)
        raise RuntimeError("the power fails")

    with pytest.raises(RuntimeError), world.sessions.begin() as session:
        instances.move(session, moved.instance_id, break_down, kind="tried", actor=SYSTEM, now=world.now)

    assert world.open_steps(moved.instance_id) == ["check"]
    assert world.journal(moved.instance_id) == ["instance.started"]


def test_an_act_on_an_old_revision_is_refused(world, user_task):
    world.deploy(BEGIN, user_task("check"), user_task("decide"), END)
    moved = world.start()
    world.complete(moved.tasks[0])

    with pytest.raises(Stale) as refusal, world.sessions.begin() as session:
        instances.cancel(
            session, moved.instance_id, actor=world.heni, now=world.now, reason="late", expected_revision=1
        )

    assert refusal.value.facts["revision"] == 2


def test_cancelling_withdraws_tasks_and_drops_jobs(world, user_task, boundary):
    world.deploy(BEGIN, user_task("check"), END, boundary("late", "check", "PT60S"))
    moved = world.start()

    with world.sessions.begin() as session:
        ended = instances.cancel(session, moved.instance_id, actor=world.heni, now=world.now, reason="withdrawn")

    assert ended.status is InstanceStatus.CANCELLED
    assert world.journal(moved.instance_id) == ["instance.started", "instance.cancelled", "task.withdrawn"]
    with world.sessions() as session:
        task = session.scalars(select(Task)).one()
        assert (task.status, task.ended_by, task.withdrawn_because) == (
            TaskStatus.WITHDRAWN,
            "heni",
            "instance.cancelled",
        )
        assert session.scalars(select(TaskCandidate)).all() == []
        assert session.scalars(select(Job)).all() == []


def test_an_ended_instance_cannot_be_moved(world):
    world.deploy(BEGIN, END)
    moved = world.start()

    with pytest.raises(NotPossibleNow, match="but it was completed at") as refusal, world.sessions.begin() as session:
        instances.cancel(session, moved.instance_id, actor=world.heni, now=world.now, reason="late")

    assert refusal.value.facts["status"] == "completed"


def test_another_agency_neither_sees_nor_cancels_a_case(world, user_task):
    world.deploy(BEGIN, user_task("check"), END)
    moved = world.start()

    with world.sessions.begin() as session:
        assert instances.instances(session, world.stranger, Filters(), Page()).items == []
        with pytest.raises(NotFound):
            instances.instance(session, moved.instance_id, viewer=world.stranger)
        with pytest.raises(NotFound):
            instances.cancel(session, moved.instance_id, actor=world.stranger, now=world.now, reason="mine")


def test_corrected_variables_are_journalled_with_what_they_were(world, user_task):
    world.deploy(BEGIN, user_task("check"), END)
    moved = world.start({"fee": 10})

    with world.sessions.begin() as session:
        instances.set_variables(
            session, moved.instance_id, {"fee": 20}, actor=world.heni, now=world.now, reason="typing error"
        )

    with world.sessions() as session:
        entry = session.scalars(select(JournalEntry).where(JournalEntry.kind == "variables.set")).one()
    assert (entry.data["before"], entry.data["after"]) == ({"fee": 10}, {"fee": 20})


def test_a_case_that_is_handed_over_goes_on_there_and_stays_readable_here(world, user_task):
    world.deploy(BEGIN, user_task("check"), user_task("decide"), END)
    moved = world.start()

    with world.sessions.begin() as session:
        instances.hand_over(
            session, moved.instance_id, world.other_agency, actor=world.heni, now=world.now, reason="not ours"
        )
    world.complete(moved.tasks[0], actor=world.stranger)

    with world.sessions() as session:
        agencies = session.scalars(select(Task.agency_id).distinct()).all()
        assert agencies == [world.other_agency]
        assert instances.instance(session, moved.instance_id, viewer=world.siti).agency_id == world.other_agency
        assert session.scalars(select(TaskCandidate.agency_id)).all() == [world.other_agency]
    assert world.journal(moved.instance_id) == ["instance.started", "instance.handed_over", "task.completed"]
    with pytest.raises(NotFound):
        world.complete(moved.tasks[0])


def test_a_group_of_another_agency_gives_only_its_task_away(world, user_task):
    world.deploy(BEGIN, user_task("advise", "=&quot;JABAR:officer&quot;"), user_task("decide"), END)

    moved = world.start()
    with pytest.raises(NotFound):
        world.complete(moved.tasks[0])
    world.complete(moved.tasks[0], actor=world.stranger)

    assert world.open_steps(moved.instance_id) == ["decide"]
    assert world.journal(moved.instance_id) == ["instance.started", "task.handed_over", "task.completed"]


def test_lists_of_instances_are_filtered_and_go_on_where_they_ended(world, user_task):
    world.deploy(BEGIN, user_task("check"), END)
    started = [world.start(business_key=f"key-{n}", now=world.now + timedelta(seconds=n)).instance_id for n in range(5)]

    with world.sessions() as session:
        first = instances.instances(session, world.siti, Filters(), Page(limit=3))
        rest = instances.instances(session, world.siti, Filters(), Page(limit=3, after=first.next))
        one = instances.instances(session, world.siti, Filters(text="key-2"), Page())

    assert [found.id for found in first.items + rest.items] == started[::-1]
    assert rest.next is None
    assert [found.business_key for found in one.items] == ["key-2"]


def test_citizens_see_the_status_of_the_last_step_that_has_one(world, user_task):
    text = {"id": "x", "en": "x"}
    world.deploy(BEGIN, user_task("check"), user_task("note"), END, citizen_status={"check": text, "granted": text})
    moved = world.start()
    world.complete(moved.tasks[0])

    with world.sessions() as session:
        assert session.get_one(Instance, moved.instance_id).citizen_step == "check"


def test_webhooks_are_told_of_the_kinds_that_they_want(world, user_task):
    world.deploy(BEGIN, user_task("check"), END)
    with world.sessions.begin() as session:
        session.add(
            Webhook(
                id=uuid4(),
                agency_id=world.agency,
                url="https://example.org",
                secret=b"s",
                kinds=["task.completed"],
                active=True,
                created_at=world.now,
                created_by="heni",
            )
        )
    moved = world.start()

    world.complete(moved.tasks[0])

    with world.sessions() as session:
        job = session.scalars(select(Job)).one()
        assert (job.kind, job.payload["sequence"]) == (JobKind.DELIVERY, 2)


def test_a_case_is_destroyed_only_after_its_retention_and_leaves_a_record(world):
    world.deploy(BEGIN, END)
    moved = world.start()

    with world.sessions.begin() as session:
        with pytest.raises(NotPossibleNow, match="is kept until 2031-03-02"):
            instances.remove(session, moved.instance_id, actor=SYSTEM, today=date(2031, 3, 2), now=world.now)
        assert instances.expired(session, today=date(2031, 3, 2)) == []
        assert instances.expired(session, today=date(2031, 3, 3)) == [moved.instance_id]
        removal = instances.remove(session, moved.instance_id, actor=SYSTEM, today=date(2031, 3, 3), now=world.now)

    assert (removal.journal_length, removal.retention) == (2, "P5Y")
    with world.sessions() as session:
        # What administrators did, such as deploying, stays.
        entries = select(JournalEntry).where(JournalEntry.instance_id == moved.instance_id)
        assert session.scalars(entries).all() == []
        assert session.scalars(select(Instance)).all() == []
