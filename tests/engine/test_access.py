"""Who may see and do what."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from engine import access, definitions, instances, tasks
from engine.access import PUBLIC, SYSTEM, Actor, ActorKind, OwnRole, Scope
from engine.errors import Invalid, NotAllowed, NotFound
from engine.models import Instance, Job, JobKind, Task

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
TEXT = {"id": "x", "en": "x"}
ROLES = {
    "applicant": {"title": TEXT, "kind": "applicant"},
    "officer": {"title": TEXT, "kind": "office"},
    "decider": {"title": TEXT, "kind": "office", "not_same_as": ["officer"]},
}
IN_LANES = (
    '+<laneSet id="lanes"><lane id="officer"><flowNodeRef>check</flowNodeRef></lane>'
    '<lane id="decider"><flowNodeRef>decide</flowNodeRef></lane></laneSet>'
)


def person(agency_id: UUID | None, *roles: str, name: str = "ani") -> Actor:
    return Actor(name, ActorKind.USER, agency_id, frozenset(roles))


def key(agency_id: UUID, *scopes: Scope, roles: tuple[str, ...] = ()) -> Actor:
    return Actor("key:k", ActorKind.KEY, agency_id, frozenset(roles), frozenset(scopes))


def manifest_of(world: Any, version: Any) -> Any:
    with world.sessions() as session:
        return definitions.compiled(session, version.id).manifest


def sees(world: Any, viewer: Actor, instance_id: UUID) -> bool:
    with world.sessions() as session:
        query = select(Instance.id).where(Instance.id == instance_id, access.visible_instances(viewer))
        return session.scalar(query) is not None


def test_people_of_the_agency_see_its_cases_and_others_do_not(world: Any, user_task: Any) -> None:
    world.deploy(BEGIN, user_task("check"), END)
    case = world.start().instance_id

    seen = {
        "officer": sees(world, world.siti, case),
        "auditor": sees(world, person(world.agency, OwnRole.AUDITOR), case),
        "reading key": sees(world, key(world.agency, Scope.INSTANCES_READ), case),
        "Alur": sees(world, SYSTEM, case),
        "stranger": sees(world, world.stranger, case),
        "key without the scope": sees(world, key(world.agency, Scope.TASKS_READ), case),
        "nobody's officer": sees(world, person(None, "officer"), case),
        "public": sees(world, PUBLIC, case),
    }

    assert {who for who, does in seen.items() if does} == {"officer", "auditor", "reading key", "Alur"}


@pytest.mark.parametrize("role", [OwnRole.ADMIN, OwnRole.DESIGNER, OwnRole.APPROVER, OwnRole.PLATFORM])
def test_who_only_runs_the_installation_sees_no_cases(world: Any, user_task: Any, role: OwnRole) -> None:
    world.deploy(BEGIN, user_task("check"), END)
    moved = world.start()

    only = person(world.agency, role)
    both = person(world.agency, role, "officer")

    assert not sees(world, only, moved.instance_id)
    assert sees(world, both, moved.instance_id)
    with world.sessions() as session, pytest.raises(NotFound):
        tasks.task(session, moved.tasks[0], viewer=only)


def test_an_applicant_sees_only_the_own_case(world: Any, user_task: Any) -> None:
    world.deploy(BEGIN, user_task("check"), END)
    own, other = world.start().instance_id, world.start().instance_id

    applicant = Actor("applicant:1", ActorKind.APPLICANT, instance_id=own)

    assert sees(world, applicant, own)
    assert not sees(world, applicant, other)


def test_giver_and_taker_of_a_case_see_it_but_only_the_taker_acts(world: Any, user_task: Any) -> None:
    world.deploy(BEGIN, user_task("check"), END)
    moved = world.start()
    with world.sessions.begin() as session:
        instances.hand_over(
            session, moved.instance_id, world.other_agency, actor=world.heni, now=world.now, reason="wewenang"
        )

    assert sees(world, world.siti, moved.instance_id)
    assert sees(world, world.stranger, moved.instance_id)
    with world.sessions.begin() as session, pytest.raises(NotFound):
        tasks.claim(session, moved.tasks[0], actor=world.siti, now=world.now)
    with world.sessions.begin() as session:
        assert tasks.claim(session, moved.tasks[0], actor=world.stranger, now=world.now).assignee == "joko"


def test_a_process_is_started_by_its_roles_in_the_own_agency(world: Any, user_task: Any) -> None:
    manifest = manifest_of(world, world.deploy(BEGIN, user_task("check"), END, roles=ROLES))

    access.may_start(world.siti, manifest, world.agency)
    access.may_start(key(world.agency, Scope.INSTANCES_START), manifest, world.agency)

    for refused, agency in (
        (world.siti, world.other_agency),
        (person(world.agency, "decider"), world.agency),
        (key(world.agency, Scope.TASKS_WORK), world.agency),
        (PUBLIC, world.agency),
    ):
        with pytest.raises(NotAllowed):
            access.may_start(refused, manifest, agency)


def test_the_public_starts_what_applicants_may_start(world: Any, user_task: Any) -> None:
    start = {"by": ["applicant", "officer"]}
    manifest = manifest_of(world, world.deploy(BEGIN, user_task("check"), END, roles=ROLES, start=start))

    access.may_start(PUBLIC, manifest, world.agency)


def test_who_did_one_step_may_not_do_the_step_that_must_be_anothers(world: Any, user_task: Any) -> None:
    steps = (BEGIN, user_task("check", "officer"), user_task("decide", "decider"), END, IN_LANES)
    world.deploy(*steps, roles=ROLES)
    both = Actor("rani", ActorKind.USER, world.agency, frozenset({"officer", "decider"}))
    moved = world.start()
    (decide,) = world.complete(moved.tasks[0], actor=both).tasks

    with pytest.raises(NotAllowed) as refused:
        world.complete(decide, actor=both)
    done = world.complete(decide, actor=person(world.agency, "decider", name="tuti"))

    assert refused.value.facts == {"because": "not_same_as", "step": "check"}
    assert done.status == "completed"


def test_separation_of_duties_holds_whichever_step_comes_first(world: Any, user_task: Any) -> None:
    steps = (BEGIN, user_task("decide", "decider"), user_task("check", "officer"), END, IN_LANES)
    world.deploy(*steps, roles=ROLES)
    both = Actor("rani", ActorKind.USER, world.agency, frozenset({"officer", "decider"}))
    (check,) = world.complete(world.start().tasks[0], actor=both).tasks

    with pytest.raises(NotAllowed, match="rani"):
        world.complete(check, actor=both)


def test_another_case_of_the_same_people_is_not_concerned(world: Any, user_task: Any) -> None:
    world.deploy(BEGIN, user_task("check", "officer"), user_task("decide", "decider"), END, IN_LANES, roles=ROLES)
    both = Actor("rani", ActorKind.USER, world.agency, frozenset({"officer", "decider"}))
    world.complete(world.start().tasks[0], actor=both)
    (decide,) = world.complete(world.start().tasks[0]).tasks

    assert world.complete(decide, actor=both).status == "completed"


def test_a_role_is_needed_for_a_task_and_a_head_to_assign_it(world: Any, user_task: Any) -> None:
    world.deploy(BEGIN, user_task("check"), END)
    (task_id,) = world.start().tasks

    for actor in (person(world.agency, "decider"), key(world.agency, Scope.TASKS_READ, roles=("officer",))):
        with world.sessions.begin() as session, pytest.raises(NotAllowed):
            tasks.claim(session, task_id, actor=actor, now=world.now)
    with world.sessions() as session:
        task = session.get_one(Task, task_id)
        for actor in (world.siti, key(world.agency, *Scope)):
            with pytest.raises(NotAllowed):
                access.may_assign(actor, task)
        access.may_assign(world.heni, task)


def test_only_external_jobs_of_the_own_agency_are_there_to_be_answered(world: Any, service_task: Any) -> None:
    calls = {"paint": {"title": TEXT, "connector": "external"}}
    world.deploy(BEGIN, service_task("ask", "paint"), END, calls=calls)
    world.start()
    (job,) = world.claim(JobKind.EXTERNAL)

    with world.sessions() as session:
        access.may_work_job(session, world.worker, job.id)
        access.may_work_job(session, world.heni, job.id)
        for stranger in (world.stranger, key(world.other_agency, Scope.JOBS_WORK)):
            with pytest.raises(NotFound):
                access.may_work_job(session, stranger, job.id)
        with pytest.raises(NotFound):
            access.may_work_job(session, world.worker, uuid4())
        with pytest.raises(NotAllowed):
            access.may_work_job(session, world.siti, job.id)


def test_a_worker_outside_cannot_answer_a_job_of_alurs_own(world: Any, user_task: Any, boundary: Any) -> None:
    world.deploy(BEGIN, user_task("check"), END, boundary("late", "check", "PT1M"))
    world.start()
    with world.sessions.begin() as session:
        timer = session.scalars(select(Job.id).where(Job.kind == JobKind.TIMER)).one()

        with pytest.raises(NotFound):
            access.may_work_job(session, world.worker, timer)


def test_two_people_publish_and_only_the_platform_for_all_agencies(world: Any) -> None:
    designer, approver = person(world.agency, OwnRole.DESIGNER), person(world.agency, OwnRole.APPROVER)
    platform = person(world.agency, OwnRole.PLATFORM)

    access.may_deploy(designer, world.agency)
    access.may_approve(approver, world.agency)
    access.may_deploy(platform, None)
    access.may_approve(platform, None)

    for refused in (
        lambda: access.may_deploy(designer, None),
        lambda: access.may_deploy(designer, world.other_agency),
        lambda: access.may_deploy(approver, world.agency),
        lambda: access.may_approve(designer, world.agency),
        lambda: access.may_approve(approver, None),
        lambda: access.may_approve(key(world.agency, *Scope), world.agency),
    ):
        with pytest.raises(NotAllowed):
            refused()


def test_a_version_is_approved_by_another_person_than_who_deployed_it(world: Any, user_task: Any) -> None:
    both = person(world.agency, OwnRole.DESIGNER, OwnRole.APPROVER)
    with world.sessions.begin() as session:
        package = world.package(BEGIN, user_task("check"), END)
        version = definitions.deploy(session, package, actor=both, now=world.now, agency_id=world.agency)

        with pytest.raises(NotAllowed, match="Expected another person"):
            definitions.approve(session, version.id, actor=both, now=world.now)


def test_an_administrator_manages_the_own_agency_and_makes_nobody_of_the_platform(world: Any) -> None:
    admin, platform = person(world.agency, OwnRole.ADMIN), person(world.agency, OwnRole.PLATFORM)

    access.may_manage(admin, world.agency)
    access.may_manage(platform, world.other_agency)
    access.may_grant(admin, ["officer", OwnRole.HEAD])
    access.may_grant(platform, [OwnRole.PLATFORM], [Scope.METRICS_READ])

    with pytest.raises(NotFound):
        access.may_manage(admin, world.other_agency)
    with pytest.raises(NotAllowed):
        access.may_manage(world.siti, world.agency)
    with pytest.raises(NotAllowed):
        access.may_grant(admin, [OwnRole.PLATFORM])
    with pytest.raises(NotAllowed):
        access.may_grant(admin, [], [Scope.METRICS_READ])
    with pytest.raises(Invalid, match="alur:king"):
        access.may_grant(platform, ["alur:king"])


def test_figures_of_the_installation_are_the_platforms(world: Any) -> None:
    access.may_measure(person(world.agency, OwnRole.PLATFORM))
    access.may_measure(key(world.agency, Scope.METRICS_READ))

    with pytest.raises(NotAllowed):
        access.may_measure(person(world.agency, OwnRole.ADMIN))
    with pytest.raises(NotAllowed):
        access.may_measure(key(world.agency, Scope.TASKS_READ))
