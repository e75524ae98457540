"""What holds for every page: small enough, strict policy, both languages."""

import re
from typing import Any

import pytest

PAGES = [
    "/signin",
    "/services",
    "/services/information_request",
    "/statistics",
    "/statistics/information_request",
    "/tracking",
    "/desk",
    "/cases",
    "/account",
    "/insight",
    "/insight/cases?behind=waiting",
    "/insight/steps",
    "/operations/incidents",
    "/operations/jobs",
    "/operations/people",
    "/operations/add-person",
    "/operations/calendars",
    "/operations/keys",
    "/operations/webhooks",
    "/workshop",
    "/workshop/complaint/1",
    "/workshop/complaint/1/text/process.yaml",
    "/workshop/upload",
    "/workshop/complaint/1/compare",
]
# Who looks at the pages of a room; budi, a civil servant, at all others.
LOOKS = {"operations": "admin.dinas-kominfo", "insight": "kepala.dinas-kominfo", "workshop": "perancang.dinas-kominfo"}
MOST_BYTES = 150_000


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_at_most_150_kilobytes(visit: Any, path: str) -> None:
    page = visit("/account", LOOKS.get(re.split("[/?]", path)[1], "budi.dinas-kominfo"))
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.clearBrowserCache")
    sizes: list[int] = []
    network.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))

    page.goto(path, wait_until="networkidle")

    assert 0 < sum(sizes) <= MOST_BYTES


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_code_of_its_own_and_forbids_any(visit: Any, path: str) -> None:
    page = visit("/account", LOOKS.get(re.split("[/?]", path)[1], "budi.dinas-kominfo"))

    answer = page.goto(path)

    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert re.findall(r"<script(?![^>]*\bsrc=)|\son\w+=|style=|javascript:", answer.text()) == []
