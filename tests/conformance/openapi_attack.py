"""Attack the API with what its OpenAPI document allows and what it does not: ``./run fuzz openapi``.

python tests/conformance/openapi_attack.py [--seconds N] [--seed N]

The application runs in this process over a SQLite database of its own, with a case at hand and people of every right.
Prints how many requests were made and what was answered; each answer of 5xx with a curl line; exit 1 on any.
"""

import argparse
import os
import random
import shlex
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, settings

EXAMPLES = 10  # of one operation, before the next one has its turn


@schemathesis.serializer("application/zip", "application/octet-stream")
def any_bytes(_context: Any, value: Any) -> bytes:
    """Files are attacked with whatever bytes there are."""
    return value if isinstance(value, bytes) else str(value).encode()


def main(arguments: list[str] | None = None) -> int:
    """Attack until the time is over; return 1 if anything made a server error."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--seed", type=int, default=None, help="the same seed sends the same requests")
    options = parser.parse_args(arguments)
    seed = options.seed if options.seed is not None else random.randrange(2**32)
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"ALUR_DATA": folder, "ALUR_DATABASE_URL": "", "ALUR_DEMO": "1"}
        return attack(options.seconds, seed)


def attack(seconds: float, seed: int) -> int:
    """Send requests for a time, as one caller after the other; print what was answered."""
    from api.app import create_app
    from engine.migrations import migrate
    from engine.settings import settings as alur_settings

    migrate(alur_settings().url)
    statuses: Counter[int] = Counter()
    failures: list[str] = []
    app = create_app()
    with TestClient(app, raise_server_exceptions=False) as client:
        fill(app)
        callers = sign_in(client)
        schema = schemathesis.openapi.from_asgi("/v1/openapi.json", app)
        operations = [found.ok() for found in schema.get_all_operations()]
        end, turn = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            name, headers = callers[turn % len(callers)]
            random.Random(seed + turn).shuffle(operations)  # a short campaign reaches others with another seed
            for operation in operations:
                if time.monotonic() >= end:
                    break
                send(operation, headers, seed + turn, statuses, failures)
            print(f"turn {turn} as {name}: {statuses.total()} requests, {len(failures)} server errors", flush=True)
            turn += 1
    print(f"seed {seed}: {statuses.total()} requests to {len(operations)} operations in {seconds:g} s")
    print("answers: " + ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items())))
    for line in failures:
        print(line)
    return 1 if failures else 0


def fill(app: Any) -> None:
    """Deploy the national processes, so that there is something to start and to work on."""
    import processes
    from engine import definitions
    from engine.access import SYSTEM
    from engine.packages import read_package

    now = datetime.now(UTC)
    for folder in sorted(path.parent for path in Path(processes.__file__).parent.glob("*/process.yaml")):
        with app.state.sessions.begin() as session:
            version = definitions.deploy(session, read_package(folder), actor=SYSTEM, now=now)
            definitions.approve(session, version.id, actor=SYSTEM, now=now)


def sign_in(client: TestClient) -> list[tuple[str, dict[str, str]]]:
    """Return callers of the demonstration with their headers: a key, people of several rights, and nobody."""
    from api import demo

    identifier, secret = demo.KEYS["dinas-kominfo"]
    callers = [("a key", {"X-API-Key": f"alur_{identifier.hex}_{secret}"})]
    for name in ("budi", "kepala", "admin", "perancang"):
        sent = {"name": f"{name}.dinas-kominfo", "password": demo.PASSWORD}
        answer = client.post("/v1/sessions", json=sent)
        if answer.status_code != 201:
            raise SystemExit(f"Expected {sent['name']} to sign in, found {answer.status_code}: {answer.text}")
        callers.append((name, {"Authorization": f"Bearer {answer.json()['token']}"}))
    return [*callers, ("nobody", {})]


def send(operation: Any, headers: dict[str, str], seed: int, statuses: Counter[int], failures: list[str]) -> None:
    """Send some requests for an operation."""

    @hypothesis.seed(seed)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @hypothesis.given(case=operation.as_strategy())
    def one(case: Any) -> None:
        # The last example of a turn must not end the callers' sessions.
        if (case.method, case.path) == ("DELETE", "/v1/sessions/current"):
            return
        answer = case.call(headers=dict(headers))
        statuses[answer.status_code] += 1
        # 503 is an answer: the database was busy, and says so.
        if answer.status_code >= 500 and answer.status_code != 503:
            failures.append(f"{answer.status_code} {as_curl(answer.request)}\n  {answer.text[:300]}")

    one()


def as_curl(request: Any) -> str:
    """Return the request as a line for the shell."""
    words = ["curl", "-X", request.method, request.url]
    for name, value in request.headers.items():
        if name.lower() not in ("content-length", "user-agent", "accept-encoding", "connection"):
            words += ["-H", f"{name}: {value}"]
    if request.body:
        body = request.body if isinstance(request.body, str) else request.body.decode("latin-1")
        words += ["--data-binary", body]
    return shlex.join(words)


if __name__ == "__main__":
    sys.exit(main())
