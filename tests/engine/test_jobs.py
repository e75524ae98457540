"""Jobs: taken under a lease, fenced, tried again, given up."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import incidents, instances, jobs
from engine.access import SYSTEM
from engine.database import Page
from engine.errors import NotAllowed, NotFound, NotPossibleNow
from engine.models import Incident, IncidentStatus, InstanceStatus, Job, JobKind, JobStatus, JournalEntry

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="granted"/>'
MINUTE = timedelta(minutes=1)


CALLED = {"registry.lookup": {"title": {"id": "x", "en": "x"}, "connector": "http"}}
OUTSIDE = {"registry.lookup": {"title": {"id": "x", "en": "x"}, "connector": "external"}}


@pytest.fixture
def calling(world, service_task):
    """Deploys a process whose service step is called through a connector."""
    world.deploy(BEGIN, service_task("look_up"), END, calls=CALLED)


@pytest.fixture
def outside(world, service_task):
    """Deploys a process whose service step a worker outside does."""
    world.deploy(BEGIN, service_task("look_up"), END, calls=OUTSIDE)


def test_a_service_step_becomes_a_job_with_its_inputs(world, calling):
    moved = world.start({"nik": "3171"})

    (job,) = world.claim(JobKind.CALL)

    assert (job.instance_id, job.step, job.job_type) == (moved.instance_id, "look_up", "registry.lookup")
    assert job.payload["inputs"]["nik"] == "3171"
    assert (job.fence, job.attempt, job.lease_until) == (1, 1, world.now + MINUTE)


def test_an_answered_job_moves_its_instance_and_is_gone(world, calling):
    moved = world.start()
    (job,) = world.claim(JobKind.CALL)

    with world.sessions.begin() as session:
        ended = jobs.complete(session, job.id, job.fence, {"name": "Ani"}, actor=SYSTEM, now=world.now)

    assert ended.status is InstanceStatus.COMPLETED
    assert world.journal(moved.instance_id) == ["instance.started", "job.completed", "instance.completed"]
    with world.sessions() as session:
        assert session.scalars(select(Job)).all() == []
        assert instances.look(session, moved.instance_id, lambda workflow: workflow.variables())["name"] == "Ani"


def test_a_job_is_not_taken_before_it_is_due_nor_while_it_is_held(world, calling):
    world.start(now=world.now + MINUTE)

    early = world.claim(JobKind.CALL)
    taken = world.claim(JobKind.CALL, now=world.now + MINUTE)
    again = world.claim(JobKind.CALL, now=world.now + MINUTE)

    assert (len(early), len(taken), len(again)) == (0, 1, 0)


def test_those_due_first_are_taken_first_and_no_more_than_asked(world, calling):
    late = [world.start(now=world.now + timedelta(seconds=n)).instance_id for n in (3, 1, 2)]

    taken = world.claim(JobKind.CALL, now=world.now + MINUTE, limit=2)

    assert [job.instance_id for job in taken] == [late[1], late[2]]


def test_a_job_whose_worker_died_is_taken_again_under_a_new_fence(world, calling):
    world.start()
    (lost,) = world.claim(JobKind.CALL)

    (job,) = world.claim(JobKind.CALL, now=world.now + 2 * MINUTE, owner="w2")

    assert (job.id, job.fence, job.attempt) == (lost.id, 2, 2)
    with pytest.raises(NotPossibleNow, match="held under fence 1") as refusal, world.sessions.begin() as session:
        jobs.complete(session, lost.id, lost.fence, {}, actor=SYSTEM, now=world.now)
    assert refusal.value.facts["owner"] == "w2"


def test_an_answer_after_the_job_was_done_is_refused(world, calling):
    world.start()
    (job,) = world.claim(JobKind.CALL)
    with world.sessions.begin() as session:
        jobs.complete(session, job.id, job.fence, {}, actor=SYSTEM, now=world.now)

    with pytest.raises(NotPossibleNow, match="it is done"), world.sessions.begin() as session:
        jobs.complete(session, job.id, job.fence, {}, actor=SYSTEM, now=world.now)


def test_workers_at_once_never_take_the_same_job(world, calling):
    for _ in range(20):
        world.start()
    start, taken = threading.Barrier(4, timeout=10), []

    def work(owner):
        start.wait()
        while found := world.claim(JobKind.CALL, owner=owner, limit=3):
            taken.extend(job.id for job in found)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert len(taken) == len(set(taken)) == 20


def test_a_renewed_lease_keeps_others_away(world, calling):
    world.start()
    (job,) = world.claim(JobKind.CALL)

    with world.sessions.begin() as session:
        jobs.renew(session, job.id, job.fence, lease=5 * MINUTE, actor=SYSTEM, now=world.now)

    assert world.claim(JobKind.CALL, now=world.now + 2 * MINUTE) == []
    with pytest.raises(NotPossibleNow), world.sessions.begin() as session:
        jobs.renew(session, job.id, 7, lease=MINUTE, actor=SYSTEM, now=world.now)


def test_a_failed_try_is_repeated_after_a_pause_that_doubles(world, calling):
    world.start()
    pauses, now = [], world.now
    for _ in range(4):
        (job,) = world.claim(JobKind.CALL, now=now)
        with world.sessions.begin() as session:
            again = jobs.fail(session, job.id, job.fence, "no answer", actor=SYSTEM, now=now)
        pauses.append((again - now).total_seconds())
        now = again

    assert [round(pause / base, 1) for pause, base in zip(pauses, (2, 4, 8, 16), strict=True)] == [
        pytest.approx(1, abs=0.26)
    ] * 4
    assert len({pause / base for pause, base in zip(pauses, (2, 4, 8, 16), strict=True)}) == 4


def test_a_job_whose_tries_are_used_up_becomes_an_incident_that_an_operator_resolves(world, calling):
    moved = world.start()
    (job,) = world.claim(JobKind.CALL)

    with world.sessions.begin() as session:
        again = jobs.fail(session, job.id, job.fence, "no such host", actor=SYSTEM, now=world.now, attempts_left=0)
        (incident,) = incidents.incidents(session, world.heni, Page()).items

    assert again is None
    assert (incident.kind, incident.message, incident.step) == ("job.call", "no such host", "look_up")
    assert world.claim(JobKind.CALL, now=world.now + MINUTE) == []
    with world.sessions.begin() as session:
        incidents.retry(session, incident.id, actor=world.heni, now=world.now)
    (retried,) = world.claim(JobKind.CALL)
    assert (retried.id, retried.attempt) == (job.id, 1)
    assert world.journal(moved.instance_id) == ["instance.started", "incident.opened", "incident.resolved"]


def test_a_job_that_kills_every_worker_becomes_an_incident(world, calling):
    world.start()
    now = world.now
    for _ in range(5):
        assert len(world.claim(JobKind.CALL, now=now)) == 1
        now += 2 * MINUTE

    assert world.claim(JobKind.CALL, now=now) == []

    with world.sessions() as session:
        assert session.scalars(select(Job.status)).one() is JobStatus.FAILED
        assert "Its lease ended 5 times" in session.scalars(select(Incident.message)).one()


def test_a_business_error_that_is_caught_goes_its_own_way(world, service_task):
    declared = '<error id="e" name="not found" errorCode="NOT_FOUND"/>'
    caught = (
        '+<boundaryEvent id="missing" attachedToRef="look_up"><errorEventDefinition errorRef="e"/></boundaryEvent>'
        '<sequenceFlow id="missing_flow" sourceRef="missing" targetRef="unknown"/><endEvent id="unknown"/>'
    )
    world.deploy(BEGIN, service_task("look_up"), END, caught, declared=declared, calls=OUTSIDE)
    moved = world.start()
    (job,) = _taken_outside(world)

    with world.sessions.begin() as session:
        jobs.throw_error(session, job.id, job.fence, "NOT_FOUND", {}, actor=world.worker, now=world.now)

    assert world.journal(moved.instance_id) == ["instance.started", "job.refused", "instance.completed"]


def test_a_worker_outside_takes_jobs_of_its_types_and_of_its_agency_only(world, outside):
    world.start()

    (job,) = _taken_outside(world)

    assert job.kind is JobKind.EXTERNAL
    with world.sessions.begin() as session:
        with pytest.raises(NotAllowed):
            _claim_outside(session, world, world.budi)
        with pytest.raises(NotFound):
            jobs.complete(session, job.id, job.fence, {}, actor=world.stranger, now=world.now)
        with pytest.raises(NotFound):
            jobs.fail(session, job.id, job.fence, "mine", actor=world.stranger, now=world.now)
        with pytest.raises(NotPossibleNow):
            jobs.renew(session, job.id, job.fence, lease=MINUTE, actor=world.stranger, now=world.now)
        assert _claim_outside(session, world, world.worker, "other.type") == []
        ended = jobs.complete(session, job.id, job.fence, {}, actor=world.worker, now=world.now)
    assert ended.status is InstanceStatus.COMPLETED


def _taken_outside(world):
    with world.sessions.begin() as session:
        return _claim_outside(session, world, world.worker)


def _claim_outside(session, world, actor, job_type="registry.lookup"):
    return jobs.claim_external(session, [job_type], owner="w", limit=5, lease=MINUTE, actor=actor, now=world.now)


def test_the_next_due_time_tells_how_long_a_worker_may_rest(world, calling):
    with world.sessions() as session:
        nothing = jobs.next_due(session, [JobKind.CALL, JobKind.DELIVERY])
    world.start(now=world.now + MINUTE)

    with world.sessions() as session:
        something = jobs.next_due(session, [JobKind.CALL, JobKind.DELIVERY])

    assert (nothing, something) == (None, world.now + MINUTE)


def test_a_cancelled_instance_leaves_no_jobs_and_no_open_incidents(world, calling):
    moved = world.start()
    (job,) = world.claim(JobKind.CALL)
    with world.sessions.begin() as session:
        jobs.fail(session, job.id, job.fence, "no answer", actor=SYSTEM, now=world.now, attempts_left=0)

    with world.sessions.begin() as session:
        instances.cancel(session, moved.instance_id, actor=world.heni, now=world.now, reason="gone")

    with world.sessions() as session:
        assert session.scalars(select(Job)).all() == []
        assert session.scalars(select(Incident.status)).all() == [IncidentStatus.RESOLVED]


def test_kinds_of_two_queues_cannot_be_taken_together(world):
    with world.sessions() as session, pytest.raises(ValueError, match="of one queue"):
        jobs.next_due(session, [JobKind.CALL, JobKind.TIMER])


def test_an_answer_is_journalled_with_the_job_and_its_try(world, calling):
    world.start()
    (job,) = world.claim(JobKind.CALL)

    with world.sessions.begin() as session:
        jobs.complete(session, job.id, job.fence, {}, actor=SYSTEM, now=world.now)

    with world.sessions() as session:
        entry = session.scalars(select(JournalEntry).where(JournalEntry.kind == "job.completed")).one()
    assert (entry.step, entry.actor, entry.data["job"], entry.data["attempt"]) == ("look_up", "system", str(job.id), 1)
