"""What holds for every page: small enough, strict policy, both languages."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from cases import actor_of, fail_call, start_case

from engine import tasks

PAGES = [
    "/signin",
    "/services",
    "/services/information_request",
    "/statistics",
    "/statistics/information_request",
    "/tracking",
    "/desk",
    "/cases",
    "/tasks/TASK",
    "/account",
    "/insight",
    "/insight/cases?behind=waiting",
    "/insight/steps",
    "/operations/incidents",
    "/operations/incidents/INCIDENT",
    "/operations/jobs",
    "/operations/people",
    "/operations/add-person",
    "/operations/calendars",
    "/operations/keys",
    "/operations/webhooks",
    "/operations/changes",
    "/workshop",
    "/workshop/complaint/1",
    "/workshop/complaint/1/text/process.yaml",
    "/workshop/upload",
    "/workshop/complaint/1/compare",
    "/workshop/complaint/1/play",
]
# Who looks at the pages of a room; budi, a civil servant, at all others.
LOOKS = {"operations": "admin.dinas-kominfo", "insight": "kepala.dinas-kominfo", "workshop": "perancang.dinas-kominfo"}
MOST_BYTES = 150_000


def address(site: Any, path: str) -> str:
    """Return the address of a page: of a task, one that its reader has; of an incident, one that there is."""
    if "INCIDENT" in path:
        return path.replace("INCIDENT", str(fail_call(site.sessions)))
    if "TASK" not in path:
        return path
    task = start_case(site.sessions, "building_permit").tasks[0]
    with site.sessions.begin() as session:
        tasks.claim(session, task, actor=actor_of(session, "budi.dinas-kominfo"), now=datetime.now(UTC))
    return path.replace("TASK", str(task))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_at_most_150_kilobytes(visit: Any, site: Any, path: str) -> None:
    page = visit("/account", LOOKS.get(re.split("[/?]", path)[1], "budi.dinas-kominfo"))
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.clearBrowserCache")
    sizes: list[int] = []
    network.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))

    page.goto(address(site, path), wait_until="networkidle")

    assert 0 < sum(sizes) <= MOST_BYTES


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_code_of_its_own_and_forbids_any(visit: Any, site: Any, path: str) -> None:
    page = visit("/account", LOOKS.get(re.split("[/?]", path)[1], "budi.dinas-kominfo"))

    answer = page.goto(address(site, path))

    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert re.findall(r"<script(?![^>]*\bsrc=)|\son\w+=|style=|javascript:", answer.text()) == []
