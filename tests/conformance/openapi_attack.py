"""Attack the API with what its OpenAPI document allows and what it does not: ``./run fuzz openapi``.

python tests/conformance/openapi_attack.py [--seconds N] [--seed N]

The application runs in this process over a SQLite database of its own, with cases at hand and people of every right;
half of the requests are about things that are there. Prints how many requests were made and what was answered; each
answer of 5xx, and each that the document does not describe, with a curl line; exit 1 on any.
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
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

KEPT = [status_code_conformance, content_type_conformance, response_schema_conformance]
# Tables whose ids stand in paths.
TABLES = {
    "instance_id": "Instance",
    "task_id": "Task",
    "job_id": "Job",
    "document_id": "Document",
    "incident_id": "Incident",
    "key_id": "ApiKey",
}
# What would end the callers' sessions.
LEFT_OUT = {"sign_out", "change_user", "give_password", "revoke_key", "withdraw_roles"}
EXAMPLES = 10  # of one operation, before the next one has its turn


@schemathesis.serializer("application/zip", "application/octet-stream", "application/x-ndjson")
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
                if operation.definition.raw["operationId"] not in LEFT_OUT:
                    send(operation, headers, seed + turn, things(app), statuses, failures)
            print(f"turn {turn} as {name}: {statuses.total()} requests, {len(failures)} faults", flush=True)
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


def things(app: Any) -> dict[str, list[str]]:
    """Return values for names in paths that lead somewhere, as they are at this moment."""
    from sqlalchemy import select

    from engine import models

    with app.state.sessions() as session:
        found = {
            name: [str(key) for key in session.scalars(select(getattr(models, table).id).limit(50))]
            for name, table in TABLES.items()
        }
        found["process_id"] = list(session.scalars(select(models.Version.process_id)))
    return {**found, "number": ["1"], "code": ["dinas-pupr"], "name": ["process.yaml", "sari.dinas-kominfo"]}


def send(
    operation: Any,
    headers: dict[str, str],
    seed: int,
    ids: dict[str, list[str]],
    statuses: Counter[int],
    failures: list[str],
) -> None:
    """Send some requests for an operation."""
    chance = random.Random(seed)

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
        if chance.random() < 0.5:
            given = case.path_parameters or {}
            case.path_parameters = {name: chance.choice(ids.get(name) or [value]) for name, value in given.items()}
        for name in ("X-API-Key", "Authorization"):
            (case.headers or {}).pop(name, None)  # a credential that was made up would hide all that lies behind it
        answer = case.call(headers=dict(headers))
        statuses[answer.status_code] += 1
        # 503 is an answer: the database was busy, and says so.
        if answer.status_code >= 500 and answer.status_code != 503:
            failures.append(f"{answer.status_code} {as_curl(answer.request)}\n  {answer.text[:300]}")
        try:
            case.validate_response(answer, checks=KEPT)
        except FailureGroup as fault:
            found = "; ".join(str(each).partition("\n")[0] for each in fault.exceptions)
            failures.append(f"{answer.status_code} {as_curl(answer.request)}\n  {found}")

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
