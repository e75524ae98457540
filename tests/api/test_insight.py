"""Insight over HTTP: the numbers of the pages, for those who see the pages."""

from datetime import timedelta
from typing import Any

import pytest

from engine import tasks
from engine.access import SYSTEM
from engine.models import Rating

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
TEXT = {"id": "x", "en": "x"}
LAW = {"basis": "law", "article": "1", "status": "confirmed"}
TERM = {"title": TEXT, "amount": 2, "unit": "calendar_days", "starts": {"entered": "check"}, "silence": "none"}
PATHS = ["workload", "terms", "processes/permit/steps", "compliance", "trend", "ratings", "cases?behind=waiting"]
DAY = timedelta(days=1)


@pytest.fixture
def worked(callers: Any, user_task: Any) -> Any:
    """Two cases of five days ago, one answered late and rated, one overdue."""
    world = callers.world
    world.deploy(
        *(BEGIN, user_task("check"), END), terms={"answer": {**TERM, "ends": {"completed": "check"}, "law": LAW}}
    )
    before = world.now - 5 * DAY
    answered, _waits = world.start({}, now=before), world.start({}, now=before)
    with world.sessions.begin() as session:
        tasks.complete(session, answered.tasks[0], {}, actor=SYSTEM, now=before + 3 * DAY)
        session.add(Rating(instance_id=answered.instance_id, score=3, comment=None, at=before + 4 * DAY))
    return callers


def test_a_head_reads_the_numbers_of_the_pages(worked: Any) -> None:
    told = {path: worked.head("GET", f"/insight/{path}").json() for path in PATHS}

    officer = {"key": "officer", "open": 1, "free": 1, "overdue": 1, "soon": 0}
    assert told["workload"] == {"roles": [officer | {"key": None}], "people": [officer | {"key": None}]}
    assert told["terms"]["items"] == [{"process_id": "permit", "running": 1, "overdue": 1, "soon": 0, "stopped": 0}]
    assert told["processes/permit/steps"]["items"] == [
        {"step": "check", "is_task": True, "done": 1, "median": 72.0, "slow": 72.0, "waiting": 1, "overdue": 1}
    ]
    assert told["compliance"]["items"] == [{"group": "permit", "term": "answer", "ended": 1, "late": 1, "kept": 0.0}]
    assert told["trend"]["items"][-2] == {"month": "2026-02", "started": 2, "ended": 1, "terms": 1, "late": 1}
    assert told["ratings"]["items"] == [
        {"process_id": "permit", "count": 1, "average": 3.0, "scores": {"1": 0, "2": 0, "3": 1, "4": 0}}
    ]
    assert [case["what"] for case in told["cases?behind=waiting"]["items"]] == ["check"]


def test_each_number_leads_to_its_cases(worked: Any) -> None:
    def behind(query: str) -> int:
        return len(worked.head("GET", f"/insight/cases?{query}").json()["items"])

    assert behind("behind=overdue&process_id=permit") == 1
    assert behind("behind=late&term=answer&days=30") == 1
    assert behind("behind=late&days=1") == 0
    assert behind("behind=waiting&step=check&late=true") == 1


@pytest.mark.parametrize("path", PATHS)
def test_others_than_heads_and_auditors_are_refused_and_keys_too(worked: Any, path: str) -> None:
    for caller in (worked.officer, worked.admin, worked.designer, worked.platform, worked.key):
        assert caller("GET", f"/insight/{path}").status_code == 403
    assert worked.nobody("GET", f"/insight/{path}").status_code == 401


def test_the_platform_compares_agencies_and_nobody_else_does(worked: Any) -> None:
    (kept,) = worked.platform("GET", "/insight/compliance/agencies").json()["items"]

    assert (kept["group"], kept["late"]) == ("DKI", 1)
    assert worked.head("GET", "/insight/compliance/agencies").status_code == 403
