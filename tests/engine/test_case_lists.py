"""Lists of cases: what finds one, who sees it, and that long lists are read from their index."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text, update

from engine import instances
from engine.access import SYSTEM, OwnRole
from engine.database import Page, is_postgresql, uuid7
from engine.instances import Filters
from engine.models import Instance, InstanceStatus, Term

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
SUBJECT = {"subject": ["applicant.name", "request"]}
TERM = {
    "terms": {
        "answer": {
            "title": {"id": "x", "en": "x"},
            "amount": 2,
            "unit": "working_days",
            "starts": {"entered": "check"},
            "ends": {"completed": "check"},
            "silence": "none",
            "law": {"basis": "law", "article": "1", "status": "confirmed"},
        }
    }
}


@pytest.fixture
def found(world):
    """Returns the receipts on a list, all pages of it."""

    def act(viewer=None, limit=50, **filters):
        receipts, after = [], None
        while True:
            with world.sessions() as session:
                part = instances.instances(session, viewer or world.siti, Filters(**filters), Page(limit, after))
            receipts += [case.receipt for case in part.items]
            if part.next is None:
                return receipts
            after = part.next

    return act


def start(world, *, name="Siti Rahma", request="Laporan anggaran", **more):
    return world.start({"applicant": {"name": name}, "request": request}, **more).receipt


def test_a_case_is_found_by_words_of_its_number_its_key_and_what_it_is_about(world, user_task, found):
    world.deploy(BEGIN, user_task("check"), END, **SUBJECT)
    siti = start(world, business_key="SURAT-17")
    budi = start(world, name="Budi Santoso", request="100% benar_benar")

    assert found(text=siti[-12:]) == [siti]
    assert found(text="surat-17") == [siti]
    assert found(text="anggaran SITI") == [siti]
    assert found(text="siti santoso") == []
    assert found(text="0% r_b") == [budi]
    assert found(text="%") == [budi]


def test_what_a_case_is_about_follows_a_correction(world, user_task, found):
    world.deploy(BEGIN, user_task("check"), END, **SUBJECT)
    moved = world.start({"applicant": {"name": "Sitti"}, "request": "  Laporan\n anggaran "})

    with world.sessions.begin() as session:
        right = {"applicant": {"name": "Siti"}}
        instances.set_variables(session, moved.instance_id, right, actor=world.heni, now=world.now, reason="typing")

    assert (found(text="sitti"), found(text="siti")) == ([], [moved.receipt])
    with world.sessions() as session:
        assert session.get_one(Instance, moved.instance_id).subject == "Siti, Laporan anggaran"


def test_a_subject_that_is_long_or_no_text_is_taken_as_far_as_it_goes(world, user_task):
    world.deploy(BEGIN, user_task("check"), END, **SUBJECT)

    long = world.start({"applicant": {"name": "Ē" * 300}, "request": {"no": "text"}}, business_key="K" * 200)
    none = world.start({"applicant": "x"})

    with world.sessions() as session:
        assert session.get_one(Instance, long.instance_id).subject == "Ē" * 200
        assert session.get_one(Instance, none.instance_id).subject is None


def test_cases_are_narrowed_by_process_and_status(world, user_task, found):
    world.deploy(BEGIN, user_task("check"), END)
    world.deploy(BEGIN, user_task("check"), END, process_id="other")
    running, other = world.start(), world.start(process_id="other")
    ended = world.start()
    world.complete(ended.tasks[0])

    assert found(process_id="permit") == [ended.receipt, running.receipt]
    assert found(status=InstanceStatus.COMPLETED) == [ended.receipt]
    assert found(process_id="other", status=InstanceStatus.COMPLETED) == []
    assert found(limit=1) == [ended.receipt, other.receipt, running.receipt]


def test_cases_whose_term_is_passed_are_overdue_until_it_ends(world, user_task, found):
    world.deploy(BEGIN, user_task("check"), END, **TERM)
    moved = world.start()
    late = world.now + timedelta(days=7)

    assert found(overdue_at=world.now + timedelta(days=1)) == []
    assert found(overdue_at=late) == [moved.receipt]
    world.complete(moved.tasks[0], now=late)
    assert found(overdue_at=late) == []


def test_a_case_that_was_handed_over_is_on_both_lists_once_and_overdue_only_where_it_is(world, user_task, found):
    world.deploy(BEGIN, user_task("check"), END, **TERM)
    moved, kept = world.start(), world.start()
    with world.sessions.begin() as session:
        options = {"actor": world.heni, "now": world.now, "reason": "not ours"}
        instances.hand_over(session, moved.instance_id, world.other_agency, **options)

    late = world.now + timedelta(days=7)
    assert found() == [kept.receipt, moved.receipt]
    assert found(world.stranger) == [moved.receipt]
    assert found(overdue_at=late) == [kept.receipt]
    assert found(world.stranger, overdue_at=late) == [moved.receipt]
    assert found(SYSTEM) == [kept.receipt, moved.receipt]


def test_who_does_no_casework_sees_no_list_of_cases(world, user_task, found):
    world.deploy(BEGIN, user_task("check"), END)
    world.start()

    maker = type(world.siti)("dewi", world.siti.kind, world.agency, frozenset({OwnRole.DESIGNER}))
    assert (found(maker), found(world.worker)) == ([], [])


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"text": "nowhere"},
        {"status": InstanceStatus.FAILED},
        {"process_id": "other", "status": InstanceStatus.RUNNING},
        {"overdue_at": True},
    ],
    ids=lambda filters: ",".join(filters) or "none",
)
def test_a_long_list_is_read_from_the_index_alone(world, user_task, filters):
    world.deploy(BEGIN, user_task("check"), END, **TERM)
    _copy(world, world.start().instance_id, 3000)
    if "overdue_at" in filters:
        filters = {"overdue_at": world.now}

    plan = _plan(world, Filters(**filters))

    assert "ix_instances_agency" in plan, plan
    assert "SCAN instances" not in plan, plan
    assert "Seq Scan on instances" not in plan, plan


def _copy(world, instance_id: Any, count: int) -> None:
    """Add ``count`` cases like one, of two agencies by turns, each with its term; a few are overdue now."""
    with world.sessions.begin() as session:
        case = session.execute(select(Instance.__table__).where(Instance.id == instance_id)).mappings().one()
        term = session.execute(select(Term.__table__).where(Term.instance_id == instance_id)).mappings().one()
        state, ids = bytes(range(250)) * 8, [uuid7(world.now) for _ in range(count)]
        owners = dict(zip(ids, itertools.cycle((world.agency, world.other_agency)), strict=False))
        cases = [{**case, "id": each, "agency_id": owners[each], "receipt": str(each), "state": state} for each in ids]
        session.execute(insert(Instance), cases)
        terms = [{**term, "id": each, "instance_id": each, "agency_id": owners[each]} for each in ids]
        session.execute(insert(Term), terms)
        session.execute(update(Term).where(Term.id.in_(ids[:5])).values(due_at=world.now))
    if "postgresql" in str(world.sessions.kw["bind"].url):  # as its own service does; nobody does so on SQLite
        with world.sessions.kw["bind"].connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _plan(world, filters: Filters) -> str:
    """Return how the database reads the list, as it says itself."""
    asked: list[tuple[str, Any]] = []
    bind = world.sessions.kw["bind"]

    def note(_connection, _cursor, statement, parameters, _context, _many):
        asked.append((statement, parameters))

    event.listen(bind, "before_cursor_execute", note)
    with world.sessions() as session:
        instances.instances(session, world.siti, filters, Page())
    event.remove(bind, "before_cursor_execute", note)
    statement, parameters = asked[-1]
    with world.sessions() as session:
        explain = "EXPLAIN " if is_postgresql(session) else "EXPLAIN QUERY PLAN "
        rows = session.connection().exec_driver_sql(explain + statement, parameters)
        return "\n".join(str(row[-1]) for row in rows)
