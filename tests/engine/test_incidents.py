"""Incidents: seen by the agency's operators, resolved by trying again."""

import pytest

from engine import incidents, instances
from engine.database import Page
from engine.errors import NotAllowed, NotFound, NotPossibleNow
from engine.models import IncidentStatus

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="granted"/>'


@pytest.fixture
def stuck(world, user_task):
    """An instance with an incident in its step ``compute``."""
    gateway = '<exclusiveGateway id="choose" default="choose_to_granted"/>'
    flow = (
        '+<sequenceFlow id="high" sourceRef="choose" targetRef="dear"><conditionExpression>=fee &gt; 100'
        '</conditionExpression></sequenceFlow><endEvent id="dear"/>'
    )
    world.deploy(BEGIN, gateway, END, flow)
    return world.start({"fee": "many"})


def test_a_step_that_cannot_go_on_is_an_incident_with_step_and_reason(world, stuck):
    with world.sessions() as session:
        (incident,) = incidents.incidents(session, world.heni, Page()).items

    assert (incident.instance_id, incident.step) == (stuck.instance_id, "choose")
    assert world.journal(stuck.instance_id) == ["instance.started", "incident.opened"]


def test_a_mended_instance_goes_on_when_it_is_tried_again(world, stuck):
    with world.sessions.begin() as session:
        instances.set_variables(
            session, stuck.instance_id, {"fee": 10}, actor=world.heni, now=world.now, reason="not a number"
        )
        moved = instances.retry(session, stuck.instance_id, actor=world.heni, now=world.now)

        assert incidents.incidents(session, world.heni, Page()).items == []
        (resolved,) = incidents.incidents(session, world.heni, Page(), status=IncidentStatus.RESOLVED).items

    assert moved.status == "completed"
    assert (resolved.resolved_by, resolved.resolved_at) == ("heni", world.now)


def test_what_fails_again_is_a_new_incident(world, stuck):
    with world.sessions.begin() as session:
        (incident,) = incidents.incidents(session, world.heni, Page()).items
        incidents.retry(session, incident.id, actor=world.heni, now=world.now)

        (again,) = incidents.incidents(session, world.heni, Page()).items

    assert again.id != incident.id


def test_an_incident_is_resolved_once(world, stuck):
    with world.sessions.begin() as session:
        (incident,) = incidents.incidents(session, world.heni, Page()).items
        incidents.retry(session, incident.id, actor=world.heni, now=world.now)

        with pytest.raises(NotPossibleNow, match="heni resolved it") as refusal:
            incidents.retry(session, incident.id, actor=world.heni, now=world.now)

    assert refusal.value.facts == {"by": "heni", "at": world.now}


def test_incidents_of_another_agency_are_not_there_and_officers_do_not_resolve_them(world, stuck):
    with world.sessions.begin() as session:
        (incident,) = incidents.incidents(session, world.heni, Page()).items

        assert incidents.incidents(session, world.stranger, Page()).items == []
        with pytest.raises(NotFound):
            incidents.retry(session, incident.id, actor=world.stranger, now=world.now)
        with pytest.raises(NotAllowed):
            incidents.retry(session, incident.id, actor=world.siti, now=world.now)


def test_an_instance_without_incidents_has_nothing_to_try_again(world, user_task):
    world.deploy(BEGIN, user_task("check"), END)
    moved = world.start()

    with pytest.raises(NotPossibleNow, match="there are none"), world.sessions.begin() as session:
        instances.retry(session, moved.instance_id, actor=world.heni, now=world.now)


def test_incidents_are_narrowed_and_counted_by_process_and_kind(world, stuck):
    with world.sessions() as session:

        def found(**narrowed):
            return len(incidents.incidents(session, world.heni, Page(), **narrowed).items)

        assert found(process_id="permit") == found(kind="expression") == 1
        assert found(process_id="other") == found(kind="job.call") == 0
        assert incidents.open_counts(session, world.heni) == [("permit", "expression", 1)]
        (incident,) = incidents.incidents(session, world.heni, Page()).items
        assert set(incidents.cases_of(session, world.heni, [incident])) == {stuck.instance_id}
