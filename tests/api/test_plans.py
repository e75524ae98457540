"""Routes that are answered by their plans: as FastAPI answers them, and nothing happens that cannot be shown."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

import engine.tasks
from api import insight, instances, plans, processes, records, tasks, work
from api.app import create_app
from api.dependencies import Caller, Now, Transaction
from api.shown.cases import Task


@pytest.fixture
def plain(callers: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The same application without plans."""
    monkeypatch.setattr(plans.Plan, "of", staticmethod(lambda _route: None))
    app = create_app(callers.app.state.sessions)
    app.dependency_overrides = callers.app.dependency_overrides
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def seen(answer: Any) -> tuple[Any, ...]:
    """Return what two answers to the same request have in common."""
    headers = {name: value for name, value in answer.headers.items() if name not in ("x-correlation-id", "date")}
    body = answer.json() if "json" in headers.get("content-type", "") else answer.text
    if isinstance(body, dict):
        body.pop("correlation_id", None)
    headers.pop("content-length", None)
    return answer.status_code, headers, body


REQUESTS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/v1/me", {}),
    ("GET", "/v1/tasks", {}),
    ("GET", "/v1/tasks", {"params": {"limit": "0", "mine": "perhaps", "due_before": "yesterday"}}),
    ("GET", "/v1/tasks", {"params": {"cursor": "AAAAAAAAAAAAAAAA"}}),
    ("GET", "/v1/tasks/counts", {}),
    ("GET", "/v1/tasks/TASK", {}),
    ("GET", "/v1/tasks/no-id", {}),
    ("GET", "/v1/instances/CASE", {}),
    ("GET", "/v1/instances/CASE/journal", {"params": {"limit": "1"}}),
    ("GET", "/v1/instances/CASE", {"headers": {"Authorization": ""}}),
    ("PUT", "/v1/tasks/TASK/draft", {"json": {"data": {"a": 1}}, "headers": {"If-Match": '"9"'}}),
    ("PUT", "/v1/tasks/TASK/draft", {"json": {"data": "none"}}),
    ("PUT", "/v1/tasks/TASK/draft", {"json": []}),
    ("PUT", "/v1/tasks/TASK/draft", {}),
    ("PUT", "/v1/tasks/TASK/draft", {"content": b"{", "headers": {"Content-Type": "application/json"}}),
    ("PUT", "/v1/tasks/TASK/draft", {"content": b'{"data": {}}'}),
    ("PUT", "/v1/tasks/TASK/draft", {"content": b"{}", "headers": {"Content-Type": "text/plain"}}),
    ("POST", "/v1/tasks/TASK/claim", {"headers": {"If-Match": "W/x"}}),
    ("POST", "/v1/tasks/TASK/claim", {"headers": {"Idempotency-Key": "\t"}}),
    ("POST", "/v1/processes/permit/instances", {"json": {}}),
]


@pytest.mark.parametrize(("method", "path", "more"), REQUESTS)
def test_a_plan_answers_as_fastapi_does(
    callers: Any, plain: TestClient, started: Any, method: str, path: str, more: dict[str, Any]
) -> None:
    path = path.replace("TASK", started.json()["tasks"][0]).replace("CASE", started.json()["instance_id"])
    headers = {**callers.officer.headers, **more.get("headers", {})}

    answers = [client.request(method, path, **{**more, "headers": headers}) for client in (plain, callers.client)]

    assert seen(answers[1]) == seen(answers[0])


def test_every_route_of_the_api_has_a_plan_but_those_that_wait_for_files() -> None:
    routers = (tasks.router, instances.router, work.router, records.router, processes.router, insight.router)
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]

    without = {route.path for route in routes if plans.Plan.of(route) is None}

    examined = {f"/v1/processes{name}" for name in ("", "/lint", "/play", "/lint-model")}
    assert without == {"/v1/tasks/{task_id}/documents", *examined}


def test_what_cannot_be_shown_has_not_happened(callers: Any, started: Any) -> None:
    task_id = started.json()["tasks"][0]

    router = APIRouter(prefix="/v1", route_class=plans.Route)

    @router.post("/broken")
    def broken(session: Transaction, caller: Caller, now: Now) -> Task:
        engine.tasks.claim(session, task_id, actor=caller, now=now)
        return {"id": "none"}  # type: ignore[return-value]

    callers.app.include_router(router)
    answer = callers.officer("POST", "/broken")

    assert answer.status_code == 500
    assert callers.officer("GET", f"/tasks/{task_id}").json()["assignee"] is None
