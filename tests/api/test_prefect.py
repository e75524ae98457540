"""What Prefect's server says of itself reaches the page, and a server that is slow or away holds nothing up."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from api.prefect import PrefectState, prefect_state


class Server(BaseHTTPRequestHandler):
    """Answers as Prefect's server does; ``wait`` is how long it takes, in seconds."""

    wait: ClassVar[float] = 0.0

    def do_GET(self) -> None:
        self.answer("3.8.8")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/workers/filter"):
            self.answer([{"name": "host-1", "status": "ONLINE"}])
        else:
            self.answer(2)

    def answer(self, value: object) -> None:
        time.sleep(self.wait)
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *values: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Server]]:
    made = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Server,), {}))
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{made.server_port}/api")
    yield made.RequestHandlerClass  # type: ignore[misc]
    made.shutdown()
    made.server_close()
    thread.join()


def test_workers_version_and_late_runs_are_told(server: type[Server]) -> None:
    assert prefect_state() == PrefectState("127.0.0.1", True, "3.8.8", (("host-1", "ONLINE"),), 2)


def test_a_slow_server_holds_nobody_up_and_is_known_the_next_time(server: type[Server]) -> None:
    server.wait = 0.3

    began = time.monotonic()
    first = prefect_state()
    took = time.monotonic() - began
    time.sleep(1.5)

    assert first == PrefectState("127.0.0.1", None)
    assert took < 0.9
    assert prefect_state() == PrefectState("127.0.0.1", True, "3.8.8", (("host-1", "ONLINE"),), 2)


def test_without_an_address_there_is_none_and_an_address_of_nobody_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    assert prefect_state() is None

    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    state = prefect_state()
    assert state is not None
    assert not state.answers
