"""What stands still is tried again with other inputs: seen, checked, journalled, and nothing confidential is told."""

import json

import pytest
from sqlalchemy import select

from engine import incidents, instances, jobs
from engine.access import SYSTEM
from engine.database import Page
from engine.errors import Invalid, NotAllowed, NotFound, NotPossibleNow, Stale
from engine.models import JobKind, JournalEntry

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
TEXT = {"id": "x", "en": "x"}
CALLED = {"registry.lookup": {"title": TEXT, "connector": "http"}}
MAPPED = """<zeebe:ioMapping>
<zeebe:input source="=applicant.nik" target="number"/>
<zeebe:input source="=&quot;NIK &quot; + applicant.nik" target="query"/>
<zeebe:input source="=fee" target="amount"/></zeebe:ioMapping>"""
DATA = {"applicant": {"nik": "3273014107900001", "name": "Siti"}, "fee": 10}
SECRET = "3273014107900001"
ROLES = {name: {"title": TEXT, "kind": "office"} for name in ("officer", "registrar")}
FORM = {
    "id": "ask",
    "type": "default",
    "components": [{"type": "number", "key": "fee", "id": "c", "validate": {"max": 100}}],
}


@pytest.fixture
def fail(world):
    """Lets the open calls fail for good, and returns the incident."""

    def act():
        with world.sessions.begin() as session:
            for job in world.claim(JobKind.CALL):
                jobs.fail(session, job.id, job.fence, "no", actor=SYSTEM, now=world.now, attempts_left=0)
            return incidents.incidents(session, world.heni, Page()).items[0].id

    return act


@pytest.fixture
def called(world, service_task, fail):
    """A case whose call was given up; it maps its inputs. The applicant's nik is for registrars."""
    made = {"calls": CALLED, "roles": ROLES, "confidential": [{"applicant.nik": ["registrar"]}]}
    world.deploy(BEGIN, service_task("look_up", inside=MAPPED), END, **made)
    moved = world.start(DATA)
    return moved.instance_id, fail()


def retry(world, incident, values, actor=None, **more):
    with world.sessions.begin() as session:
        incidents.retry_with(
            session, incident, values, actor=actor or world.heni, now=world.now, reason="typing", **more
        )


def given(world, incident, viewer=None):
    with world.sessions() as session:
        return incidents.inputs(session, incident, viewer=viewer or world.heni)


def told(world, instance_id):
    with world.sessions() as session:
        query = select(JournalEntry).where(JournalEntry.instance_id == instance_id)
        return session.scalars(query.order_by(JournalEntry.sequence.desc())).first().data


def test_an_operator_sees_what_a_job_was_given_and_nothing_confidential(world, called):
    _case, incident = called

    assert given(world, incident).values == {"number": "•••", "query": "•••", "amount": 10}


def test_a_job_is_tried_again_with_other_inputs(world, called):
    case, incident = called
    retry(world, incident, {**given(world, incident).values, "amount": 12, "note": "again"})

    (job,) = world.claim(JobKind.CALL)
    assert job.payload["inputs"] == {"number": SECRET, "query": f"NIK {SECRET}", "amount": 12, "note": "again"}
    assert job.attempt == 1
    assert world.variables(case)["fee"] == 10
    assert told(world, case) == {
        "steps": ["look_up"],
        "reason": "typing",
        "before": {"amount": 10, "note": None},
        "after": {"amount": 12, "note": "again"},
    }


def test_the_journal_never_tells_a_confidential_input(world, called):
    case, incident = called
    retry(world, incident, {"number": "3171010101010001", "query": "NIK 3171010101010001"})

    (job,) = world.claim(JobKind.CALL)
    assert job.payload["inputs"]["number"] == "3171010101010001"
    facts = told(world, case)
    assert facts["before"] == facts["after"] == {"number": "•••", "query": "•••"}


def test_inputs_without_mappings_are_the_variables_of_the_case(world, service_task, fail):
    files = {"forms/ask.json": json.dumps(FORM).encode()}
    start = {"by": ["officer"], "form": "ask"}
    world.deploy(BEGIN, service_task("look_up"), END, calls=CALLED, roles=ROLES, files=files, start=start)
    case = world.start({"fee": 10}).instance_id
    incident = fail()

    assert {"fee", "receipt", "instance_id"} <= given(world, incident).values.keys()
    with pytest.raises(Invalid) as refused:
        retry(world, incident, {"fee": 101})
    assert [fault["path"] for fault in refused.value.facts["fields"]] == ["fee"]
    retry(world, incident, {"fee": 12})

    (job,) = world.claim(JobKind.CALL)
    assert job.payload["inputs"]["fee"] == world.variables(case)["fee"] == 12


@pytest.mark.parametrize(
    ("sent", "path"),
    [({"receipt": "X"}, "receipt"), ({"two words": 1}, "two words"), ({"amount": "•••"}, "amount")],
)
def test_what_may_not_stand_there_is_refused_by_its_name(world, called, sent, path):
    _case, incident = called
    with pytest.raises(Invalid) as refused:
        retry(world, incident, sent)

    assert [fault["path"] for fault in refused.value.facts["fields"]] == [path]
    assert given(world, incident).values["amount"] == 10


def test_a_step_that_failed_goes_on_with_a_variable_of_another_kind(world):
    gateway = '<exclusiveGateway id="choose" default="choose_to_granted"/>'
    flow = (
        '+<sequenceFlow id="high" sourceRef="choose" targetRef="dear"><conditionExpression>=fee &gt; 100'
        '</conditionExpression></sequenceFlow><endEvent id="dear"/>'
    )
    world.deploy(BEGIN, gateway, '<endEvent id="granted"/>', flow)
    case = world.start({"fee": "many"}).instance_id
    with world.sessions() as session:
        (incident,) = incidents.incidents(session, world.heni, Page()).items

    retry(world, incident.id, {"fee": 10})

    assert world.journal(case)[-1] == "instance.completed"
    assert world.variables(case)["fee"] == 10


def test_a_step_with_its_own_inputs_is_tried_again_with_others(world, user_task):
    """A script without a result variable needs a context."""
    script = """<scriptTask id="take"><extensionElements><zeebe:script expression="=answer"/>
    <zeebe:ioMapping><zeebe:input source="=sent" target="answer"/></zeebe:ioMapping></extensionElements></scriptTask>"""
    world.deploy(BEGIN, script, user_task("check"), END)
    case = world.start({"sent": "yes"}).instance_id
    with world.sessions() as session:
        (incident,) = incidents.incidents(session, world.heni, Page()).items
    assert given(world, incident.id).values["answer"] == "yes"

    retry(world, incident.id, {"answer": {"agreed": True}})

    assert world.open_steps(case) == ["check"]
    assert {name: world.variables(case).get(name) for name in ("sent", "agreed", "answer")} == {
        "sent": "yes",
        "agreed": True,
        "answer": None,
    }


def test_only_operators_of_the_agency_see_and_change_inputs_and_only_of_what_they_saw(world, called):
    case, incident = called
    revision = given(world, incident).revision
    for act in (lambda actor: given(world, incident, actor), lambda actor: retry(world, incident, {}, actor)):
        with pytest.raises(NotFound):
            act(world.stranger)
        with pytest.raises(NotAllowed):
            act(world.siti)
    with world.sessions.begin() as session:
        instances.set_variables(session, case, {"x": 1}, actor=world.heni, now=world.now, reason="r")

    with pytest.raises(Stale):
        retry(world, incident, {"amount": 1}, expected_revision=revision)
    retry(world, incident, {"amount": 1}, expected_revision=revision + 1)
    with pytest.raises(NotPossibleNow, match="heni resolved it"):
        retry(world, incident, {"amount": 1})
    assert given(world, incident).values is None


@pytest.mark.parametrize("name", ["receipt", "instance_id", "parameter", "term"])
def test_nobody_overwrites_what_alur_itself_writes(world, called, name):
    case, _incident = called
    with pytest.raises(Invalid) as refused, world.sessions.begin() as session:
        instances.set_variables(session, case, {name: "x", "fee": 1}, actor=world.heni, now=world.now, reason="r")

    assert [fault["path"] for fault in refused.value.facts["fields"]] == [name]
    assert world.variables(case)["fee"] == 10
