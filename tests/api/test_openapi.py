"""The OpenAPI document: complete, and kept when it is attacked with what it allows and what it does not."""

import random
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

EXAMPLES = 8
KEPT = [status_code_conformance, content_type_conformance, response_schema_conformance]
OUTSIDE = {"paint": {"title": {"id": "Cat", "en": "Paint"}, "connector": "external"}}


@schemathesis.serializer("application/zip", "application/octet-stream", "application/x-ndjson")
def any_bytes(_context: Any, value: Any) -> bytes:
    """Files are attacked with whatever bytes there are."""
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture
def described(callers: Any) -> list[dict[str, Any]]:
    """Every operation of the document, with its method and path."""
    return [
        {**operation, "method": method, "path": path}
        for path, methods in callers.app.openapi()["paths"].items()
        for method, operation in methods.items()
    ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_operation_has_a_readable_name_a_summary_a_description_and_its_problems(
    callers: Any, described: Any
) -> None:
    names = [operation["operationId"] for operation in described]

    assert callers.app.openapi()["openapi"].startswith("3.1")
    assert len(set(names)) == len(names)
    assert [name for name in names if not name.replace("_", "").isalpha()] == []
    assert [operation["path"] for operation in described if not operation.get("summary")] == []
    assert [operation["path"] for operation in described if not operation.get("description")] == []
    assert [operation["path"] for operation in described if "400" not in operation["responses"]] == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_answer_has_a_model_or_a_media_type(described: Any) -> None:
    without = []
    for operation in described:
        good = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
        schemas = [content.get("schema") for content in good.get("content", {}).values()]
        is_json = "application/json" in good.get("content", {})
        if is_json and not all(schema and ("$ref" in schema or "items" in schema) for schema in schemas):
            without.append(operation["path"])

    assert without == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_post_that_creates_or_acts_takes_an_idempotency_key(described: Any) -> None:
    def takes(operation: Any) -> bool:
        return any(parameter["name"].lower() == "idempotency-key" for parameter in operation.get("parameters", []))

    without = {op["operationId"] for op in described if op["method"] == "post" and not takes(op)}
    needed = {
        op["operationId"]
        for op in described
        for parameter in op.get("parameters", [])
        if parameter["name"].lower() == "idempotency-key" and parameter.get("required")
    }

    # These ask without changing anything; a session opened twice hurts nobody, and nothing is migrated twice.
    assert without == {
        "lint_package",
        "play_package",
        "lint_model",
        "lint_changes",
        "try_decision",
        "evaluate_decision",
        "track",
        "read_asked",
        "sign_in",
        "migrate_instances",
    }
    assert needed == {"start_instance", "start_many", "apply", "broadcast_signal", "add_key", "add_webhook"}


@pytest.fixture
def ids(callers: Any, user_task: Any, service_task: Any) -> dict[str, list[str]]:
    """Values for names in paths that lead somewhere."""
    world, end = callers.world, '<endEvent id="end"/>'
    world.deploy('<startEvent id="begin"/>', user_task("check"), end)
    world.deploy('<startEvent id="begin"/>', service_task("ask", "paint"), end, process_id="painted", calls=OUTSIDE)
    moved = [callers.officer("POST", "/processes/permit/instances", {}).json() for _ in range(8)]
    callers.officer("POST", "/processes/painted/instances", {})
    jobs = callers.key("POST", "/jobs/fetch", {"job_types": ["paint"], "worker": "w"}).json()["items"]
    tasks = [task for each in moved for task in each["tasks"]]
    file = callers.officer("POST", f"/tasks/{tasks[0]}/documents", params={"name": "a.txt"}, content=b"text").json()
    return {
        "instance_id": [each["instance_id"] for each in moved],
        "task_id": tasks,
        "job_id": [job["id"] for job in jobs],
        "document_id": [file["id"]],
        "process_id": ["permit", "painted"],
        "number": ["1", "2"],
        "code": ["DKI", "JABAR"],
        "name": ["ofi", "process.yaml"],
        "year": ["2026"],
    }


@pytest.mark.timeout(400)
def test_whatever_is_sent_the_answer_is_one_that_the_document_describes(callers: Any, ids: Any) -> None:
    """Half of the requests are about things that are there; none makes a server error."""
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", callers.app)
    failures: list[str] = []
    chance = random.Random(5)

    for found in schema.get_all_operations():
        attack(found.ok(), callers, ids, chance, failures)

    assert failures == []


def attack(operation: Any, callers: Any, ids: dict[str, list[str]], chance: random.Random, failures: list[str]) -> None:
    """Send some requests for an operation, and note what the document does not describe."""
    everybody = [callers.head, callers.officer, callers.key, callers.platform, callers.nobody]
    if operation.definition.raw["operationId"] in ("sign_out", "change_user", "give_password"):
        everybody = [callers.nobody]  # the others must be able to go on

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @hypothesis.given(case=operation.as_strategy())
    def send(case: Any) -> None:
        if chance.random() < 0.5:
            given = case.path_parameters or {}
            case.path_parameters = {name: chance.choice(ids.get(name, [value])) for name, value in given.items()}
        for name in ("X-API-Key", "Authorization"):
            (case.headers or {}).pop(name, None)  # a credential that was made up would hide all that lies behind it
        answer = case.call(headers=dict(chance.choice(everybody).headers))
        try:
            case.validate_response(answer, checks=KEPT)
        except FailureGroup as fault:
            failures.append(f"{case.method} {case.path} {answer.status_code}: {fault.exceptions}")
        if answer.status_code >= 500:
            failures.append(f"{case.method} {case.path} {answer.status_code} {case.body!r:.200} {answer.text:.200}")

    send()
