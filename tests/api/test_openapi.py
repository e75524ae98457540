"""The OpenAPI document, attacked with what it allows and what it does not: never a 500."""

from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

EXAMPLES = 8


@schemathesis.serializer("application/zip")
def any_bytes(_context: Any, value: Any) -> bytes:
    """Packages are attacked with whatever bytes there are."""
    return value if isinstance(value, bytes) else str(value).encode()


def test_the_document_describes_every_route_with_a_summary(callers: Any) -> None:
    document = callers.app.openapi()

    operations = [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]

    assert document["openapi"].startswith("3.1")
    assert [path for _method, path, operation in operations if not operation.get("summary")] == []
    assert len({operation["operationId"] for _method, _path, operation in operations}) == len(operations)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_request_that_the_document_allows_or_forbids_makes_a_server_error(callers: Any, user_task: Any) -> None:
    callers.world.deploy('<startEvent id="begin"/>', user_task("check"), '<endEvent id="end"/>')
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", callers.app)
    failures: list[str] = []

    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @hypothesis.given(case=operation.as_strategy())
        def attack(case: Any) -> None:
            answer = case.call(headers=dict(callers.head.headers))
            if answer.status_code >= 500:
                failures.append(f"{case.method} {case.path} {answer.status_code} {case.body!r:.200} {answer.text:.200}")

        attack()

    assert failures == []
