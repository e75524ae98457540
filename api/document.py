"""The OpenAPI document: what FastAPI says of the routes, and which problems each of them may answer."""

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from api.problems import MEDIA_TYPE, PROBLEMS, TYPES

DESCRIPTION = """\
Every fault is answered as `application/problem+json` (RFC 9457): `code` is stable, `title` is in Indonesian, or in
English if `Accept-Language` prefers it, `detail` says what was expected and found, `findings`, `fields` and `errors`
list faults of packages, forms and requests. `GET /v1/problems` lists all codes.

* **Who is calling**: people send the token of `POST /v1/sessions` as `Authorization: Bearer`, systems send their key as
  `X-API-Key`. What belongs to another agency is not there (404).
* **Repeating**: with an `Idempotency-Key` the same request is done once within 24 hours and answered the same, marked
  `Idempotency-Replayed`; another request under the key is refused (422), one at the same moment too (409). Where a
  repetition would hurt, the key must be sent (400).
* **Not overwriting**: `ETag` is the revision; send it as `If-Match` and the act is refused if it changed (412).
* **Lists** go on with `cursor`, the `next` of the answer before.
* **200 means stored**: the transaction is committed before the answer goes out.
* Times have an offset; send one. `503` with `Retry-After` means: nothing was done, try again.
"""

_PROBLEM = {
    "title": "Problem",
    "description": "What is wrong (RFC 9457). Some problems tell more, such as who completed a task and when.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "instance", "correlation_id"],
    "properties": {
        "type": {"type": "string", "description": f"{TYPES} and the code"},
        "title": {"type": "string", "description": "In the caller's language"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What was expected, and what was found"},
        "code": {"type": "string", "enum": sorted(PROBLEMS)},
        "instance": {"type": "string", "description": "Path of the request"},
        "correlation_id": {"type": "string", "description": "As in X-Correlation-ID; by it the operator finds the log"},
        "errors": {
            "type": "array",
            "description": "Faults of the request's shape",
            "items": {
                "type": "object",
                "required": ["where", "expected", "code"],
                "properties": {key: {"type": "string"} for key in ("where", "expected", "code")},
            },
        },
        "fields": {"type": "array", "description": "Faults of entered data, by form field", "items": {}},
        "findings": {"type": "array", "items": {"$ref": "#/components/schemas/Finding"}},
    },
    "examples": [
        {
            "type": f"{TYPES}not-possible-now",
            "title": "The state of the thing forbids this now",
            "status": 409,
            "detail": "Expected task 0198c0de-0000-7000-8000-000000000002 to be open, but sari had it completed",
            "code": "not-possible-now",
            "instance": "/v1/tasks/0198c0de-0000-7000-8000-000000000002/complete",
            "correlation_id": "6f1c7a52-5d3e-4a54-8a5e-1a39c9f0a7c1",
            "state": "completed",
            "by": "sari",
            "at": "2026-03-02T02:11:00+00:00",
        }
    ],
}


_OPEN_TAGS = {"tracking", "services", "statistics"}
# What an address may try only so often.
_TRIED = {"sign_in", "change_password", "apply"}


def describe(app: FastAPI) -> None:
    """Let the application describe its problems too."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            document["components"]["schemas"]["Problem"] = _PROBLEM
            for schema in ("HTTPValidationError", "ValidationError"):
                document["components"]["schemas"].pop(schema, None)
            for methods in document["paths"].values():
                for method, operation in methods.items():
                    if _is_open(operation):
                        operation.pop("security", None)
                    _add_problems(method, operation)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def operation_id(route: APIRoute) -> str:
    """Name an operation as its function is named."""
    return route.name


def _is_open(operation: dict[str, Any]) -> bool:
    """Tell whether anybody may ask, or what proves who asks is in the request itself."""
    return bool(_OPEN_TAGS.intersection(operation["tags"]))


def _add_problems(method: str, operation: dict[str, Any]) -> None:
    titles: dict[int, list[str]] = {}
    for status, english, _indonesian in PROBLEMS.values():
        titles.setdefault(status, []).append(english)
    responses = operation["responses"]
    for status in sorted(_statuses(method, operation)):
        if str(status) == "422" or str(status) not in responses:
            responses[str(status)] = {
                "description": " / ".join(titles[status]),
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }


def _statuses(method: str, operation: dict[str, Any]) -> set[int]:
    """Return the statuses of the problems that an operation may answer."""
    parameters = {(each["in"], each["name"].lower()): each for each in operation.get("parameters", [])}
    is_about_one = any(place == "path" for place, _name in parameters)
    is_tried = operation["tags"][0] == "tracking" or operation["operationId"] in _TRIED
    statuses = {400, 503}
    if parameters or "requestBody" in operation:
        statuses.add(422)
    if operation.get("security") or is_tried or _is_open(operation):
        statuses |= {401, 403}
    names_agency = ("query", "agency") in parameters or ("query", "of") in parameters
    if is_about_one or is_tried or names_agency or method != "get":
        statuses.add(404)
    if method != "get":
        statuses.add(409)
    if "requestBody" in operation:
        statuses |= {413, 415}
    if ("header", "if-match") in parameters:
        statuses |= {412, 428} if parameters["header", "if-match"].get("required") else {412}
    return statuses | {429} if is_tried else statuses
