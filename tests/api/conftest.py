"""The API over the databases of the tests, and people who call it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.dependencies import clock
from engine import accounts
from engine.access import OwnRole, Scope
from engine.database import Sessions

PASSWORD = "a password of a test"


@dataclass
class Caller:
    """Somebody who calls the API."""

    client: TestClient
    headers: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Send a request, a POST with a new Idempotency-Key unless one is given, and return the response."""
        fresh = {"Idempotency-Key": uuid4().hex} if method == "POST" else {}
        headers = {**fresh, **self.headers, **more.pop("headers", {})}
        if body is not None:
            more["json"] = body
        return self.client.request(method, f"/v1{path}", headers=headers, **more)


@dataclass
class Callers:
    """People and keys of two agencies, ``here`` and ``there``."""

    app: FastAPI
    client: TestClient
    world: Any
    nobody: Caller
    officer: Caller
    colleague: Caller
    head: Caller
    admin: Caller
    designer: Caller
    approver: Caller
    platform: Caller
    key: Caller
    outside: Caller
    outside_key: Caller


@pytest.fixture
def callers(world: Any, sessions: Sessions, now: datetime) -> Iterator[Callers]:
    """The application with a clock that stands, and people of two agencies."""
    app = create_app(sessions)
    app.dependency_overrides[clock] = lambda: now
    with TestClient(app, raise_server_exceptions=False) as client:
        with sessions.begin() as session:

            def person(name: str, agency: UUID, *roles: str) -> None:
                accounts.create_user(session, name, name.title(), PASSWORD, agency_id=None, actor="t", now=now)
                accounts.grant(session, name, agency, roles, actor="t", now=now)

            def key(name: str, agency: UUID) -> Caller:
                scopes = [scope.value for scope in Scope]
                _row, text = accounts.create_key(session, name, agency, scopes, created_by="t", now=now)
                return Caller(client, {"X-API-Key": text})

            person("ofi", world.agency, "officer")
            person("kol", world.agency, "officer")
            person("hed", world.agency, OwnRole.HEAD, OwnRole.OPERATOR, "officer")
            person("adm", world.agency, OwnRole.ADMIN)
            person("des", world.agency, OwnRole.DESIGNER)
            person("app", world.agency, OwnRole.APPROVER)
            person("pla", world.agency, OwnRole.PLATFORM)
            person("out", world.other_agency, "officer", OwnRole.HEAD, OwnRole.OPERATOR, OwnRole.ADMIN)
            keys = (key("system", world.agency), key("outside", world.other_agency))
        signed = signing_in(client)
        names = ("ofi", "kol", "hed", "adm", "des", "app", "pla")
        inside = [signed(name) for name in names]
        yield Callers(app, client, world, Caller(client), *inside, keys[0], signed("out"), keys[1])


def signing_in(client: TestClient) -> Callable[[str], Caller]:
    """Return what signs people in."""

    def signed(name: str) -> Caller:
        answer = client.post("/v1/sessions", json={"name": name, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        return Caller(client, {"Authorization": f"Bearer {answer.json()['token']}"})

    return signed


@pytest.fixture
def started(callers: Callers, user_task: Any) -> Any:
    """The answer to the start of a case that waits for an officer at one task."""
    callers.world.deploy('<startEvent id="begin"/>', user_task("check"), '<endEvent id="end"/>')
    return callers.key("POST", "/processes/permit/instances", {"variables": {"a": 1}}, headers={"Idempotency-Key": "k"})
