"""Values of a case that a supervisor corrects: what may be, what the form and the kind of a value refuse."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from engine import instances
from engine.errors import Invalid, NotAllowed, NotFound, NotPossibleNow, Stale
from engine.models import JournalEntry

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
TEXT = {"id": "x", "en": "x"}
FORM = {
    "id": "ask",
    "type": "default",
    "components": [
        {"type": "textfield", "key": "applicant.name", "id": "a", "validate": {"required": True, "maxLength": 20}},
        {"type": "textfield", "key": "applicant.nik", "id": "b"},
        {"type": "number", "key": "floors", "id": "c", "validate": {"max": 100}},
        {"type": "textfield", "key": "note", "id": "d"},
    ],
}
DATA = {"applicant": {"name": "Siti", "nik": "3273"}, "floors": 2}


@pytest.fixture
def case(world, user_task):
    """A running case with a form; the applicant's nik is for registrars."""
    roles = {name: {"title": TEXT, "kind": "office"} for name in ("officer", "registrar")}
    world.deploy(
        BEGIN,
        user_task("check"),
        END,
        files={"forms/ask.json": json.dumps(FORM).encode()},
        roles=roles,
        start={"by": ["officer"], "form": "ask"},
        confidential=[{"applicant.nik": ["registrar"]}],
    )
    moved = world.start(DATA)
    with world.sessions.begin() as session:
        more = {"fee": 1.5, "is_paid": False, "found": {"by": "registry"}, "items": [1]}
        options = {"actor": world.heni, "now": world.now, "reason": "more"}
        return instances.set_variables(session, moved.instance_id, more, **options)


@pytest.fixture
def correct(world, case):
    """Corrects values of the case."""

    def act(values, actor=None, **more):
        with world.sessions.begin() as session:
            options = {"actor": actor or world.heni, "now": world.now, "reason": "typing", **more}
            return instances.correct(session, case.instance_id, values, **options)

    return act


def listed(world, case, viewer=None):
    with world.sessions() as session:
        found = instances.correctable(session, case.instance_id, viewer=viewer or world.heni)
        return {each.path: each.value for each in found}


def test_values_of_the_form_come_first_and_what_is_masked_a_list_or_ours_is_left_out(world, case):
    others = {"fee": 1.5, "found.by": "registry", "is_paid": False}
    assert listed(world, case) == {"applicant.name": "Siti", "floors": 2, "note": None, **others}

    registrar = replace(world.heni, roles=world.heni.roles | {"registrar"})
    assert listed(world, case, registrar)["applicant.nik"] == "3273"


def test_a_value_is_corrected_and_its_neighbours_stay(world, case, correct):
    moved = correct({"applicant.name": "Siti Rahma", "floors": 3, "note": "x", "fee": 2, "is_paid": True})

    variables = world.variables(case.instance_id)
    assert variables["applicant"] == {"name": "Siti Rahma", "nik": "3273"}
    assert (variables["floors"], variables["note"], variables["fee"], variables["is_paid"]) == (3, "x", 2, True)
    assert moved.revision == case.revision + 1
    with world.sessions() as session:
        query = (
            select(JournalEntry.data).where(JournalEntry.kind == "variables.set").order_by(JournalEntry.sequence.desc())
        )
        data = session.scalars(query).first()
    assert (data["before"]["applicant"]["name"], data["after"]["applicant"]["name"]) == ("Siti", "Siti Rahma")


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"applicant.name": "x" * 21}, "applicant.name"),
        ({"applicant.name": None}, "applicant.name"),
        ({"floors": 101}, "floors"),
        ({"floors": "many"}, "floors"),
        ({"fee": "free"}, "fee"),
        ({"is_paid": 1}, "is_paid"),
        ({"applicant.nik": "1"}, "applicant.nik"),
        ({"receipt": "1"}, "receipt"),
        ({"items": [2]}, "items"),
        ({"nowhere": "x"}, "nowhere"),
    ],
)
def test_what_the_form_or_the_kind_of_a_value_refuses_changes_nothing(world, case, correct, values, path):
    before = world.variables(case.instance_id)

    with pytest.raises(Invalid) as refusal:
        correct(values)

    assert {field["path"] for field in refusal.value.facts["fields"]} == {path}
    assert world.variables(case.instance_id) == before


def test_an_old_fault_hinders_no_correction_of_another_value(world, case, correct):
    with world.sessions.begin() as session:
        wrong = {"floors": 500}
        options = {"actor": world.heni, "now": world.now, "reason": "by the API"}
        instances.set_variables(session, case.instance_id, wrong, **options)

    correct({"note": "better"})

    assert world.variables(case.instance_id)["note"] == "better"


def test_who_saw_an_older_case_corrects_nothing(world, case, correct):
    with pytest.raises(Stale):
        correct({"fee": 3.0}, expected_revision=case.revision - 1)


def test_only_operators_of_the_agency_correct_and_only_while_it_runs(world, case, correct):
    with pytest.raises(NotAllowed):
        correct({"fee": 3.0}, world.siti)
    with pytest.raises(NotFound):
        correct({"fee": 3.0}, world.stranger)
    with world.sessions.begin() as session:
        instances.cancel(session, case.instance_id, actor=world.heni, now=world.now, reason="double")
    with pytest.raises(NotPossibleNow):
        correct({"fee": 3.0})
