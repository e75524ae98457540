"""Versions: the same content is the same version, two people publish, instances keep theirs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from engine import definitions, messages, timers
from engine.access import SYSTEM, Actor, ActorKind, OwnRole
from engine.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from engine.models import Instance, Job, JobKind, MessageStatus, Subscription, Task, Version, VersionStatus

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="granted"/>'


@pytest.fixture
def designer():
    """Somebody who deploys for all agencies and may approve what others deployed."""
    return Actor("dewi", ActorKind.USER, None, frozenset({OwnRole.PLATFORM}))


def test_the_same_content_is_the_same_version_and_a_changed_one_the_next(world, user_task):
    first = world.package(BEGIN, user_task("check"), END)
    changed = world.package(BEGIN, user_task("decide"), END)
    with world.sessions.begin() as session:
        versions = [
            definitions.deploy(session, package, actor=SYSTEM, now=world.now)
            for package in (first, first, changed, first)
        ]

    assert [version.number for version in versions] == [1, 1, 2, 1]


def test_two_agencies_with_the_same_content_have_a_version_each_and_share_what_is_for_all(world, user_task):
    package, shared = (world.package(BEGIN, user_task(step), END) for step in ("check", "decide"))

    def deployed(package, agency_id):
        with world.sessions.begin() as session:
            return definitions.deploy(session, package, actor=SYSTEM, now=world.now, agency_id=agency_id)

    own = [deployed(package, agency_id) for agency_id in (world.agency, world.other_agency, world.agency)]
    national = [deployed(shared, agency_id) for agency_id in (None, world.agency)]
    adopted = deployed(package, None)

    assert [(version.number, version.agency_id) for version in own] == [
        *((1, world.agency), (2, world.other_agency), (1, world.agency))
    ]
    assert [(version.number, version.agency_id) for version in national] == [(3, None), (3, None)]
    assert (adopted.number, adopted.agency_id) == (4, None)


def test_content_that_all_agencies_retired_may_be_an_agencys_own(world, user_task):
    package = world.package(BEGIN, user_task("check"), END)
    with world.sessions.begin() as session:
        national = definitions.deploy(session, package, actor=SYSTEM, now=world.now)
        definitions.retire(session, national.id, actor=SYSTEM, now=world.now)
        own = definitions.deploy(session, package, actor=SYSTEM, now=world.now, agency_id=world.agency)

    assert (own.number, own.agency_id) == (2, world.agency)


def test_versions_that_are_deployed_at_once_take_different_numbers(world, user_task):
    packages = [world.package(BEGIN, user_task(step), END) for step in ("check", "decide", "file", "sign")]

    def deployed(package):
        with world.sessions.begin() as session:
            return definitions.deploy(session, package, actor=SYSTEM, now=world.now).number

    with ThreadPoolExecutor(4) as pool:
        numbers = sorted(pool.map(deployed, packages))

    assert numbers == [1, 2, 3, 4]


def test_a_package_with_errors_is_refused_with_its_findings_and_stores_nothing(world):
    package = world.package(BEGIN, '<userTask id="lost"/>')

    with pytest.raises(Invalid) as refusal, world.sessions.begin() as session:
        definitions.deploy(session, package, actor=SYSTEM, now=world.now)

    assert refusal.value.findings
    with world.sessions() as session:
        assert session.scalars(select(Version)).all() == []


def test_who_deployed_a_version_does_not_approve_it(world, designer, user_task):
    package = world.package(BEGIN, user_task("check"), END)
    with world.sessions.begin() as session:
        version = definitions.deploy(session, package, actor=designer, now=world.now)

        with pytest.raises(NotAllowed, match="Expected another person than dewi"):
            definitions.approve(session, version.id, actor=designer, now=world.now)
        approved = definitions.approve(session, version.id, actor=SYSTEM, now=world.now)

    assert (approved.status, approved.approved_by) == (VersionStatus.APPROVED, "system")


def test_officers_deploy_nothing(world, user_task):
    package = world.package(BEGIN, user_task("check"), END)

    with pytest.raises(NotAllowed), world.sessions.begin() as session:
        definitions.deploy(session, package, actor=world.siti, now=world.now)


def test_a_draft_is_started_only_by_its_number(world, user_task):
    world.deploy(BEGIN, user_task("check"), END)
    with world.sessions.begin() as session:
        package = world.package(BEGIN, user_task("decide"), END)
        definitions.deploy(session, package, actor=SYSTEM, now=world.now)

    in_force, draft = world.start(), world.start(number=2)

    assert world.open_steps(in_force.instance_id) == ["check"]
    assert world.open_steps(draft.instance_id) == ["decide"]


def test_running_instances_keep_their_version(world, user_task):
    old = world.deploy(BEGIN, user_task("check"), user_task("file"), END)
    running = world.start()
    world.deploy(BEGIN, user_task("decide"), END)

    world.complete(running.tasks[0])

    assert world.open_steps(running.instance_id) == ["file"]
    with world.sessions() as session:
        assert session.get_one(Instance, running.instance_id).version_id == old.id


def test_a_retired_version_starts_nothing_and_ends_what_runs_on_it(world, user_task):
    version = world.deploy(BEGIN, user_task("check"), END)
    running = world.start()
    with world.sessions.begin() as session:
        definitions.retire(session, version.id, actor=SYSTEM, now=world.now)

    with pytest.raises(NotFound):
        world.start()
    with pytest.raises(NotPossibleNow, match="is retired"):
        world.start(number=1)
    with pytest.raises(NotPossibleNow, match="system retired it"), world.sessions.begin() as session:
        definitions.retire(session, version.id, actor=SYSTEM, now=world.now)

    assert world.complete(running.tasks[0]).status == "completed"


def test_a_version_of_one_agency_is_not_there_for_another(world, user_task):
    world.deploy(BEGIN, user_task("check"), END, agency_id=world.other_agency)

    with pytest.raises(NotFound):
        world.start()
    with pytest.raises(NotFound):
        world.start(number=1)
    world.start(actor=world.stranger, agency_id=world.other_agency)


def test_a_called_process_of_another_package_is_the_one_that_was_there_at_deployment(world, user_task):
    world.deploy(BEGIN, user_task("check"), END, process_id="checking")
    call = (
        '<callActivity id="call"><extensionElements><zeebe:calledElement processId="checking"/></extensionElements>'
        "</callActivity>"
    )
    world.deploy(BEGIN, call, END)
    world.deploy(BEGIN, user_task("check_twice"), END, process_id="checking")

    definitions.forget()
    moved = world.start()

    assert world.open_steps(moved.instance_id) == ["checking:check"]


def test_a_message_starts_the_process_that_begins_with_it(world, user_task):
    declared = '<message id="m" name="application"/>'
    begin = '<startEvent id="applied"><messageEventDefinition messageRef="m"/></startEvent>'
    version = world.deploy(begin, user_task("check"), END, declared=declared)

    with world.sessions.begin() as session:
        published = messages.publish(
            session, "application", "A1", {"nik": "3171"}, agency_id=world.agency, actor=world.worker, now=world.now
        )

    assert published.status is MessageStatus.DELIVERED
    assert world.open_steps(published.instances[0]) == ["check"]
    with world.sessions.begin() as session:
        assert session.get_one(Instance, published.instances[0]).business_key == "A1"
        definitions.retire(session, version.id, actor=SYSTEM, now=world.now)
        assert session.scalars(select(Subscription)).all() == []


def test_a_clock_starts_an_instance_again_and_again(world, user_task):
    begin = (
        '<startEvent id="monthly"><timerEventDefinition><timeCycle>R2/PT1H</timeCycle></timerEventDefinition>'
        "</startEvent>"
    )
    world.deploy(begin, user_task("check"), END, agency_id=world.agency)

    started = [_start_by_clock(world, world.now + timedelta(hours=hours)) for hours in (0, 1, 2, 3)]

    assert started == [0, 1, 1, 0]
    with world.sessions() as session:
        assert session.scalars(select(Job)).all() == []


def test_a_clock_starts_instances_of_the_version_in_force_alone(world, user_task):
    begin = (
        '<startEvent id="daily"><timerEventDefinition><timeCycle>R/P1D</timeCycle></timerEventDefinition></startEvent>'
    )
    world.deploy(begin, user_task("check"), END, agency_id=world.agency)
    first_day = (world.now + timedelta(days=3)).date()
    with world.sessions.begin() as session:
        package = world.package(begin, user_task("verify"), END)
        made = definitions.deploy(session, package, actor=SYSTEM, now=world.now, agency_id=world.agency)
        definitions.approve(session, made.id, actor=SYSTEM, now=world.now, in_force_from=first_day)

    for days in (1, 2, 3, 4):
        _start_by_clock(world, world.now + timedelta(days=days))

    with world.sessions() as session:
        found = session.execute(select(Task.step, Instance.started_at).join(Instance, Task.instance_id == Instance.id))
        steps = [step for step, _at in sorted(found, key=lambda each: each[1])]
    assert steps == ["check", "check", "verify", "verify"]


def _start_by_clock(world, at):
    taken = world.claim(JobKind.START, now=at)
    for job in taken:
        with world.sessions.begin() as session:
            timers.start(session, job, now=at)
    return len(taken)


def test_a_called_process_is_the_one_in_force_and_never_another_agencys(world, user_task):
    call = (
        '<callActivity id="call"><extensionElements><zeebe:calledElement processId="checking"/></extensionElements>'
        "</callActivity>"
    )
    world.deploy(BEGIN, user_task("theirs"), END, process_id="checking", agency_id=world.other_agency)
    with pytest.raises(NotFound, match="checking"):
        world.deploy(BEGIN, call, END)
    world.deploy(BEGIN, user_task("now"), END, process_id="checking")
    with world.sessions.begin() as session:
        package = world.package(BEGIN, user_task("later"), END, process_id="checking")
        made = definitions.deploy(session, package, actor=SYSTEM, now=world.now)
        definitions.approve(session, made.id, actor=SYSTEM, now=world.now, in_force_from=date(2031, 1, 1))
    world.deploy(BEGIN, call, END)

    assert world.open_steps(world.start().instance_id) == ["checking:now"]


def test_a_clock_cannot_start_instances_for_nobody(world, user_task):
    begin = (
        '<startEvent id="monthly"><timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition>'
        "</startEvent>"
    )

    with pytest.raises(NotPossibleNow, match="Expected the version to belong to an agency"):
        world.deploy(begin, user_task("check"), END)


def test_expressions_read_the_terms_of_their_instance(world, user_task):
    law = {"basis": "law", "article": "4", "status": "confirmed"}
    term = {
        "title": {"id": "x", "en": "x"},
        "amount": 2,
        "unit": "calendar_days",
        "starts": {"entered": "check"},
        "ends": {"completed": "note"},
        "silence": "none",
        "law": law,
    }
    script = (
        '<scriptTask id="look"><extensionElements><zeebe:script expression="=term.answer.due_on" '
        'resultVariable="until"/></extensionElements></scriptTask>'
    )
    world.deploy(BEGIN, user_task("check"), script, user_task("note"), END, terms={"answer": term})
    moved = world.start()

    world.complete(moved.tasks[0])

    assert world.variables(moved.instance_id)["until"] == "2026-03-04"


def test_steps_and_outcomes_have_names_in_each_language_of_the_process(world, user_task):
    text = b"steps: {check: Examine}\noutcomes: {granted: Granted}\n"
    version = world.deploy(
        BEGIN,
        user_task("check"),
        END,
        outcomes={"granted": "granted"},
        languages=["id", "en"],
        files={"translations/en.yaml": text, "translations/id.yaml": b"outcomes: {granted: Dikabulkan}\n"},
    )

    with world.sessions() as session:
        compiled = definitions.compiled(session, version.id)

    assert [compiled.step_name("check", language) for language in ("id", "en")] == ["Check", "Examine"]
    assert [compiled.outcome_name("granted", language) for language in ("id", "en")] == ["Dikabulkan", "Granted"]
    assert compiled.diagrams == {"permit": "permit.bpmn"}
