"""What applicants see and do: messages that the process offers, files, and the rating at the end."""

import pytest
from sqlalchemy import select

from engine import documents, instances, tracking
from engine.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from engine.models import Instance, JournalEntry, Task

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end" name="Granted"/>'
TEXT = {"id": "x", "en": "x"}
ROLES = {"officer": {"title": TEXT, "kind": "office"}, "citizen": {"title": TEXT, "kind": "applicant"}}
DECLARED = "".join(
    f'<message id="m_{name}" name="{name}"><extensionElements>'
    '<zeebe:subscription correlationKey="=receipt"/></extensionElements></message>'
    for name in ("objection", "ruling")
)
MESSAGES = {
    "objection": {"title": {"id": "Keberatan"}, "by": ["citizen"], "form": "objection"},
    "ruling": {"title": {"id": "Putusan"}},
}


def _aside(name):
    """Return an event sub-process that a message starts beside everything else."""
    return (
        f'+<subProcess id="{name}_handling" triggeredByEvent="true">'
        f'<startEvent id="{name}_came" isInterrupting="false"><messageEventDefinition messageRef="m_{name}"/>'
        f'</startEvent><endEvent id="{name}_done"/>'
        f'<sequenceFlow id="{name}_flow" sourceRef="{name}_came" targetRef="{name}_done"/></subProcess>'
    )


@pytest.fixture
def case(world, user_task, form_file):
    """A case that waits for its officer, and beside that for an objection and a ruling."""
    world.deploy(
        *(BEGIN, user_task("check"), END, _aside("objection"), _aside("ruling")),
        declared=DECLARED,
        roles=ROLES,
        messages=MESSAGES,
        files=form_file("objection", "grounds"),
    )
    moved = world.start()
    with world.sessions() as session:
        return session.get_one(Instance, moved.instance_id)


def _followed(world, case):
    with world.sessions() as session:
        return tracking.follow(session, session.get_one(Instance, case.id))


def test_the_applicant_sends_what_the_process_offers_and_its_form_accepts(world, case):
    offers = _followed(world, case).offers

    with world.sessions.begin() as session:
        with pytest.raises(Invalid):
            tracking.send(session, case, "objection", {}, now=world.now)
        tracking.send(session, case, "objection", {"grounds": "Terlambat"}, now=world.now)

    assert [(offer.name, offer.title, offer.form.id) for offer in offers] == [
        ("objection", {"id": "Keberatan"}, "objection")
    ]
    assert world.variables(case.id)["receipt"] == case.receipt
    with world.sessions() as session:
        entry = session.get_one(JournalEntry, (case.id, 2))
    assert (entry.kind, entry.actor, entry.step) == ("message.received", f"applicant:{case.receipt}", "objection_came")
    assert entry.data["data"] == {"grounds": "Terlambat"}


def test_the_applicant_sends_nothing_else(world, case):
    with world.sessions.begin() as session:
        for name in ("ruling", "nothing"):
            with pytest.raises(NotFound):
                tracking.send(session, case, name, {}, now=world.now)

    world.complete(_task(world, case))
    with world.sessions.begin() as session, pytest.raises(NotPossibleNow):
        tracking.send(session, case, "objection", {"grounds": "Terlambat"}, now=world.now)


def _task(world, case):
    with world.sessions() as session:
        return session.scalars(select(Task.id).where(Task.instance_id == case.id)).one()


def test_files_are_added_while_the_case_runs_and_never_to_the_agencys_tasks(world, case):
    task = _task(world, case)
    with world.sessions.begin() as session:
        made = tracking.attach(session, case, "ktp.txt", b"KTP", now=world.now)
        with pytest.raises(NotAllowed):
            tracking.attach(session, case, "x.txt", b"x", now=world.now, task_id=task)
        documents.attach(session, case.id, "nota.txt", b"nota", actor=world.siti, now=world.now)

    assert [each.id for each in _followed(world, case).documents] == [made.id]

    world.complete(task)
    with world.sessions.begin() as session:
        over = session.get_one(Instance, case.id)
        with pytest.raises(NotPossibleNow):
            tracking.attach(session, over, "late.txt", b"x", now=world.now)


def test_a_case_is_rated_once_when_it_is_over(world, case):
    with world.sessions.begin() as session, pytest.raises(NotPossibleNow):
        tracking.rate(session, case, 4, None, now=world.now)
    world.complete(_task(world, case))
    before = _followed(world, case).rating

    with world.sessions.begin() as session:
        for wrong in ((0, None), (5, None), (3, "x" * 2001)):
            with pytest.raises(Invalid):
                tracking.rate(session, case, *wrong, now=world.now)
        tracking.rate(session, case, 3, "Cepat", now=world.now)
        with pytest.raises(NotPossibleNow) as refused:
            tracking.rate(session, case, 1, None, now=world.now)

    rating = _followed(world, case).rating
    assert before is None
    assert (rating.score, rating.comment, refused.value.facts["at"]) == (3, "Cepat", world.now)
    assert world.journal(case.id)[-1] == "instance.rated"


def test_a_wrong_secret_opens_nothing(world, case):
    with world.sessions() as session, pytest.raises(NotFound):
        instances.track(session, case.receipt, "guess")


def test_what_the_applicant_sends_leaves_the_rest_of_an_object(world, user_task, form_file):
    world.deploy(
        *(BEGIN, user_task("check"), END, _aside("objection")),
        declared=DECLARED,
        roles=ROLES,
        messages=MESSAGES,
        files=form_file("objection", "applicant.phone"),
    )
    moved = world.start({"applicant": {"name": "Siti", "phone": "021"}})

    with world.sessions.begin() as session:
        case = session.get_one(Instance, moved.instance_id)
        tracking.send(session, case, "objection", {"applicant": {"phone": "022"}}, now=world.now)

    assert world.variables(moved.instance_id)["applicant"] == {"name": "Siti", "phone": "022"}
