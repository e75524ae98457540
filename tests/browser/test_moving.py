"""Running cases moved to another version in a real browser: the map of steps, a try, the move, and its report."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from browsing import Site, serving
from cases import actor_of
from playwright.sync_api import Page
from sqlalchemy import select
from versions import FOLDER, deploy_second

from engine import carryovers, instances, jobs, tasks
from engine.access import SYSTEM
from engine.models import BulkStatus, CarryOver, JobKind, Task, TaskStatus

HEAD, DESIGNER = "kepala.dinas-kominfo", "perancang.dinas-kominfo"
# A case in which the identity is checked by a person.
STORY = "scenarios/extension_is_noticed_before_day_ten.yaml"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of its own: two cases of version 1, of which one waits at a step that has another id in version 2."""
    with serving(tmp_path_factory.mktemp("moved")) as started:
        data = json.loads(json.dumps(yaml.safe_load((FOLDER / STORY).read_text())["start"]["data"], default=str))
        now = datetime.now(UTC)
        for is_registered in (False, True):
            with started.sessions.begin() as session:
                actor = actor_of(session, "sari.dinas-kominfo")
                assert actor.agency_id is not None
                moved = instances.start(
                    session, "information_request", data, agency_id=actor.agency_id, actor=actor, now=now
                )
                if is_registered:
                    day = {"received_on": f"{now:%Y-%m-%d}"}
                    tasks.complete(session, moved.tasks[0], day, actor=SYSTEM, now=now)
        with started.sessions.begin() as session:
            later = datetime.now(UTC)
            for job in jobs.claim(session, [JobKind.CALL], owner="w", limit=1, lease=timedelta(minutes=1), now=later):
                jobs.throw_error(session, job.id, job.fence, "UNAVAILABLE", {}, actor=SYSTEM, now=later)
        deploy_second(started.sessions)
        yield started


def carried_out(site: Site, most: int = 50) -> None:
    """Do what the worker does."""
    for _ in range(most):
        with site.sessions.begin() as session:
            found = session.scalars(select(CarryOver).where(CarryOver.status == BulkStatus.RUNNING)).first()
            if found is not None:
                carryovers.advance(session, found.id, now=datetime.now(UTC))


def steps(site: Site) -> list[str]:
    with site.sessions() as session:
        return sorted(session.scalars(select(Task.step).where(Task.status == TaskStatus.OPEN)))


def opened(visit: Any, person: str = HEAD, **more: Any) -> Page:
    page: Page = visit("/workshop/information_request/1", person, **more)
    return page


def test_the_map_is_suggested_and_may_be_changed_and_what_fits_no_case_is_said_at_the_step(
    visit: Any, inspect: Any, site: Site
) -> None:
    page = opened(visit)
    page.get_by_role("link", name="Move cases to another version").click()
    assert "2 cases of your agency run on version 1" in page.locator("main").inner_text()
    field = page.get_by_label("Check the identity by hand")
    assert field.input_value() == "verify_identity"
    assert page.locator("#step-register").input_value() == ""
    inspect(page)

    field.evaluate("each => each.append(new Option('end', 'told'))")
    field.select_option("told")
    page.get_by_role("button", name="Try it out").click()
    assert "fits no case" in page.get_by_role("alert").inner_text()
    assert "another kind of step" in page.locator("#step-check_identity-error").inner_text()
    inspect(page)
    assert steps(site) == ["check_identity", "register"]


def test_a_try_tells_of_each_case_and_moves_none_then_all_are_moved(visit: Any, inspect: Any, site: Site) -> None:
    page = opened(visit)
    page.get_by_role("link", name="Move cases to another version").click()
    page.get_by_label("Check the identity by hand").select_option("")
    page.get_by_role("button", name="Try it out").click()
    assert "Done: 0 of 2 cases" in page.get_by_role("status").inner_text()
    inspect(page)
    carried_out(site)
    page.get_by_text("Would go over: 1. Would stay as they are: 1").wait_for()
    stuck = page.locator("tbody tr", has_text="stays").inner_text()
    assert "Check the identity by hand" in stuck
    assert "the plan must say what it becomes" in stuck
    inspect(page)
    page.get_by_role("link", name="Those that stay").click()
    assert page.locator("tbody tr").count() == 1

    page.get_by_role("link", name="Map of steps").click()
    page.get_by_role("button", name="Try it out").click()
    carried_out(site)
    page.get_by_text("Would go over: 2. Would stay as they are: 0").wait_for()
    assert steps(site) == ["check_identity", "register"]
    page.get_by_role("button", name="Move them now").click()
    assert "begun in the background" in page.get_by_role("alert").inner_text()
    carried_out(site, 1)
    page.get_by_text("Done: 1 of 2 cases").wait_for()
    carried_out(site)
    page.get_by_text("Went over: 2. Stayed as they were: 0").wait_for()
    inspect(page)

    assert steps(site) == ["register", "verify_identity"]
    page.get_by_role("link", name="Map of steps").click()
    past = page.locator("main li").all_inner_texts()
    assert [each.partition(",")[0] for each in past[:3]] == ["Move", "Try", "Try"]


def test_who_does_not_operate_cases_is_not_offered_it(visit: Any) -> None:
    page = opened(visit, DESIGNER)
    assert page.get_by_role("link", name="Move cases to another version").count() == 0

    page.goto("/workshop/information_request/1/move")

    assert "Your roles do not allow this" in page.locator("main").inner_text()
