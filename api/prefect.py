"""What Prefect's server says of itself, by its HTTP API. An answer of ours never waits for it longer than a moment."""

import json
import os
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_POOL = "alur"
_PATIENCE_SECONDS = 0.5
_TIMEOUT_SECONDS = 2.0
_KEPT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class PrefectState:
    """``answers`` None: it has not answered yet, ask again in a moment. ``workers`` maps names to ONLINE or OFFLINE.

    ``late`` counts runs whose time has passed and that nobody took.
    """

    host: str
    answers: bool | None
    version: str = ""
    workers: tuple[tuple[str, str], ...] = ()
    late: int = 0


_one = ThreadPoolExecutor(1, thread_name_prefix="prefect-state")
_lock = threading.Lock()
_asked: tuple[float, str, "Future[PrefectState]"] | None = None


def prefect_state() -> PrefectState | None:
    """Return the state of the configured server (PREFECT_API_URL); None: none is configured."""
    url = os.environ.get("PREFECT_API_URL")
    if not url:
        return None
    try:
        return _question(url.rstrip("/")).result(_PATIENCE_SECONDS)
    except Late:
        return PrefectState(_host(url), None)


def _question(url: str) -> "Future[PrefectState]":
    """Return the question that is under way or was answered just now, else a new one."""
    global _asked
    with _lock:
        if _asked is None or _asked[1] != url or (time.monotonic() - _asked[0] > _KEPT_SECONDS and _asked[2].done()):
            _asked = (time.monotonic(), url, _one.submit(_ask, url))
        return _asked[2]


def _ask(url: str) -> PrefectState:
    try:
        version = _answer(f"{url}/admin/version")
        workers = _answer(f"{url}/work_pools/{_POOL}/workers/filter", {"limit": 20})
        late = _answer(f"{url}/flow_runs/count", {"flow_runs": {"state": {"name": {"any_": ["Late"]}}}})
        named = tuple((str(worker["name"]), str(worker.get("status") or "")) for worker in workers)
        return PrefectState(_host(url), True, str(version), named, int(late))
    except (OSError, ValueError, TypeError, KeyError):
        return PrefectState(_host(url), False)


def _answer(url: str, body: Any = None) -> Any:
    """Return the JSON of an answer. Raises OSError, ValueError."""
    headers = {"Content-Type": "application/json"}
    if key := os.environ.get("PREFECT_API_KEY"):
        headers["Authorization"] = f"Bearer {key}"
    data = None if body is None else json.dumps(body).encode()
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError("Expected PREFECT_API_URL to be an address of the web")
    request = urllib.request.Request(url, data, headers)  # noqa: S310 - the scheme was checked
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
            return json.loads(answer.read(1_000_000))
    except urllib.error.HTTPError as error:
        if error.code == 404:  # no worker has registered yet
            return []
        raise


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
