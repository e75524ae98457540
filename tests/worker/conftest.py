"""Pumps over the databases of the tests, and another system that can be told what to answer."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from engine.calls import Connector
from engine.database import Sessions
from engine.models import JobKind
from worker.handlers import Handlers
from worker.pumps import CALLING, Limits, Pump


@dataclass
class System:
    """Another system: ``answers`` gives status and body for each call; ``asked`` notes path and idempotency key."""

    port: int = 0
    answers: list[tuple[int, Any]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, path: str, key: str) -> tuple[int, Any]:
        self.asked.append((path, key))
        return self.answers.pop(0) if self.answers else (200, {"found": True})


@pytest.fixture
def system() -> Iterator[System]:
    made = System()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = made.answer(self.path, self.headers["Idempotency-Key"] or "")
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_port
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def pump_of(sessions: Sessions, system: System) -> Iterator[Callable[..., Pump]]:
    """Makes a pump whose connector ``http`` leads to the other system."""
    made: list[Pump] = []
    connector = Connector(
        "http", f"http://127.0.0.1:{system.port}", frozenset({"127.0.0.1"}), timeout=5.0, private=True
    )

    def make(kinds: tuple[JobKind, ...] = CALLING, clock: Any = None) -> Pump:
        handlers = Handlers(sessions, {"http": connector}, clock or (lambda: datetime.now(UTC)))
        pump = Pump(handlers, kinds, Limits(2, timedelta(seconds=30), timedelta(milliseconds=20)))
        made.append(pump)
        return pump

    yield make
    for pump in made:
        pump.close()
