"""The pages of calendars: who may store which, and what is refused before anything is stored."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from engine import calendars
from engine.models import Calendar, CalendarStatus

OURS = {"Sec-Fetch-Site": "same-origin"}
DAY = {"day": "2026-08-20", "kind": "holiday", "name": "Hari daerah", "source": "SK 1/2026"}


@pytest.fixture
def signed(callers: Any) -> Any:
    """Returns a browser of somebody who signed in."""

    def browser(name: str) -> TestClient:
        client = TestClient(callers.app, raise_server_exceptions=False, follow_redirects=False)
        token = client.post("/v1/sessions", json={"name": name, "password": "a password of a test"}).json()["token"]
        client.cookies.set("alur_session", token)
        return client

    return browser


def stored(callers: Any) -> list[tuple[bool, int, int, CalendarStatus]]:
    """Return whether each calendar is the nation's, its year and number, and how sure it is."""
    with callers.world.sessions() as session:
        rows = session.execute(
            select(Calendar.agency_id, Calendar.year, Calendar.number, Calendar.status).where(Calendar.year == 2026)
        )
        return sorted((row.agency_id is None, row.year, row.number, row.status) for row in rows)


def put(client: TestClient, query: str, fields: dict[str, Any]) -> Any:
    return client.post(f"/operations/calendars?year=2026{query}", data=fields, headers=OURS)


def test_days_are_stored_only_after_they_were_seen(callers: Any, signed: Any) -> None:
    adm, before = signed("adm"), stored(callers)

    seen = put(adm, "", {**DAY, "act": "preview", "number": "0"})
    assert seen.status_code == 200
    assert stored(callers) == before

    saved = put(adm, "", {**DAY, "act": "save", "number": "0", "confirmed": "yes", "weekday": ["0", "5"]})
    assert saved.status_code == 303
    assert (False, 2026, 1, CalendarStatus.CONFIRMED) in stored(callers)
    with callers.world.sessions() as session:
        found = calendars.calendar_of(session, callers.world.agency)
        assert found.weekdays_of[2026] == {0, 5}
        assert "Hari daerah" in found.days_off.values()


def test_a_calendar_that_another_changed_meanwhile_is_refused(callers: Any, signed: Any) -> None:
    adm = signed("adm")
    put(adm, "", {**DAY, "act": "save", "number": "0"})
    before = stored(callers)

    late = put(adm, "", {**DAY, "name": "Lain", "act": "save", "number": "0"})

    assert late.status_code == 409
    assert stored(callers) == before


@pytest.mark.parametrize(
    "wrong", [{"day": "2027-01-01"}, {"day": "soon"}, {"name": ""}, {"source": ""}, {"kind": "feast"}]
)
def test_a_wrong_line_is_told_and_nothing_is_stored(callers: Any, signed: Any, wrong: dict[str, str]) -> None:
    before = stored(callers)

    answer = put(signed("adm"), "", {**DAY, **wrong, "act": "save", "number": "0"})

    assert answer.status_code == 422
    assert "govuk-error-summary" in answer.text
    assert stored(callers) == before


def test_the_nations_calendar_is_read_by_all_who_manage_and_stored_by_the_platform_alone(
    callers: Any, signed: Any
) -> None:
    before = stored(callers)
    number = max((row[2] for row in before if row[0]), default=0)
    wanted = {**DAY, "act": "save", "number": str(number)}

    assert signed("adm").get("/operations/calendars?year=2026&national=1").status_code == 200
    assert put(signed("adm"), "&national=1", wanted).status_code == 403
    assert put(signed("ofi"), "", wanted).status_code == 403
    assert stored(callers) == before
    assert put(signed("pla"), "&national=1", wanted).status_code == 303
    assert len(stored(callers)) == len(before) + 1
