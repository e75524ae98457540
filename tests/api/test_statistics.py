"""Public statistics over HTTP: for everybody, the same as JSON, table, file and picture, and never about a person."""

import csv
import xml.etree.ElementTree as ET
from io import StringIO
from typing import Any

import pytest
from sqlalchemy import insert

from engine import accounts
from engine.models import Measure, Tally, TallyMonth

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
TEXT = {"id": "Izin <b>", "en": "Permit <b>"}
LAW = {"basis": "law", "article": "1", "status": "confirmed"}
TERM = {"title": TEXT, "amount": 5, "unit": "working_days", "starts": {"entered": "check"}, "silence": "none"}
MONTH = "2026-03"
WHERE = "/statistics/permit"


@pytest.fixture
def counted(callers: Any, user_task: Any) -> Any:
    """A service of which one agency answered 40 cases, 20 of them late, and another, of a bad name, 3."""
    callers.world.deploy(
        *(BEGIN, user_task("check"), END),
        title=TEXT,
        terms={"answer": {**TERM, "ends": {"completed": "check"}, "law": LAW}},
        service={"term": "answer"},
    )
    with callers.world.sessions.begin() as session:
        few = accounts.create_agency(session, "few", '=HYPERLINK("http://evil")', actor="t", now=callers.world.now).id
        rows = [
            (callers.world.agency, Measure.RECEIVED, "", 0, 50),
            (callers.world.agency, Measure.KEPT, "working_days", 4, 20),
            (callers.world.agency, Measure.LATE, "working_days", 7, 20),
            (callers.world.agency, Measure.RATED, "", 4, 12),
            (few, Measure.RECEIVED, "", 0, 3),
        ]
        names = ("agency_id", "measure", "unit", "value", "count")
        session.execute(
            insert(Tally),
            [{"process_id": "permit", "month": MONTH, **dict(zip(names, row, strict=True))} for row in rows],
        )
        session.add(TallyMonth(month=MONTH, as_of=callers.world.now))
    return callers


def test_figures_are_told_to_everybody_as_json(counted: Any) -> None:
    told = counted.nobody("GET", WHERE).json()

    assert (told["process_id"], told["agency"], told["unit"]) == ("permit", None, "working_days")
    assert told["total"] == {"received": 55, "answered": 40, "late": 20, "late_share": 0.5, "median": 5.5}
    assert told["as_of"] == counted.world.now.isoformat().replace("+00:00", "Z")
    assert [(one["month"], one["is_over"], one["received"]) for one in told["months"]][-1] == (MONTH, False, 55)
    assert told["ratings"] == {"count": 10, "average": 4.0, "scores": {"4": 10, "3": 0, "2": 0, "1": 0}}
    # Three cases are fewer than five, and 55 - 50 does not tell them.
    assert {one["code"]: one["received"] for one in told["agencies"]} == {"DKI": 50, "few": None}


def test_one_agency_is_told_alone_and_an_unknown_agency_or_service_is_not_found(counted: Any) -> None:
    assert counted.nobody("GET", f"{WHERE}?agency=DKI").json()["total"]["received"] == 50
    assert counted.nobody("GET", f"{WHERE}?agency=nemo").status_code == 404
    assert counted.nobody("GET", "/statistics/nemo").status_code == 404
    assert counted.client.get("/statistics/nemo").status_code == 404
    assert counted.client.get(f"{WHERE}?agency=nemo").status_code == 404


def test_the_overview_has_every_service(counted: Any) -> None:
    (permit,) = counted.nobody("GET", "/statistics").json()["items"]

    assert (permit["process_id"], permit["received"], permit["median"]) == ("permit", 55, 5.5)
    assert "Permit &lt;b&gt;" in counted.client.get("/statistics", headers={"Accept-Language": "en"}).text


def test_the_page_says_the_figures_the_rule_and_when_they_were_counted(counted: Any) -> None:
    page = counted.client.get(WHERE, headers={"Accept-Language": "en"}).text

    assert "5.5 working days" in page
    assert "rounded by itself to the nearest 5" in page
    assert "Counted on 2 Mar 2026" in page
    assert "under 5" in page


def test_the_table_is_a_file_in_which_no_name_is_a_formula(counted: Any) -> None:
    answer = counted.client.get(f"{WHERE}/figures.csv")
    rows = list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))

    assert answer.headers["content-disposition"] == 'attachment; filename="statistics-permit.csv"'
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    whole = next(row for row in rows if row["agency"] == "all" and row["from"] != row["to"])
    assert (whole["received"], whole["late_share"], whole["median"], whole["unit"]) == (
        "55",
        "0.5",
        "5.5",
        "working_days",
    )
    assert [row["received"] for row in rows if row["agency"] == "few"] == ["<5"]
    assert [row["name"] for row in rows if row["agency"] == "few"] == ['\'=HYPERLINK("http://evil")']


def test_the_picture_is_plain_svg_that_says_its_figures(counted: Any) -> None:
    answer = counted.client.get(f"{WHERE}/picture.svg?narrow=true", headers={"Accept-Language": "en"})
    drawn = ET.fromstring(answer.text)

    assert answer.headers["content-type"] == "image/svg+xml"
    assert drawn.get("role") == "img"
    assert [part.text for part in drawn if part.tag.endswith("title")] == ["Permit <b>"]
    assert "March 2026: received 55, answered 40, late 20." in answer.text
    assert "style" not in answer.text


def test_answers_are_kept_until_cases_are_counted_again(counted: Any) -> None:
    first = counted.nobody("GET", WHERE).json()
    with counted.world.sessions.begin() as session:
        session.execute(insert(Tally).values(**_row(counted, 100)))

    assert counted.nobody("GET", WHERE).json() == first
    with counted.world.sessions.begin() as session:
        session.merge(TallyMonth(month=MONTH, as_of=counted.world.now.replace(hour=3)))
    assert counted.nobody("GET", WHERE).json()["total"]["received"] == 155


def _row(counted: Any, count: int) -> dict[str, Any]:
    return {
        "process_id": "permit",
        "month": MONTH,
        "agency_id": counted.world.other_agency,
        "measure": Measure.RECEIVED,
        "unit": "",
        "value": 0,
        "count": count,
    }
