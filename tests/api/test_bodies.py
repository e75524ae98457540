"""What is sent: strict JSON, not too long, and answers that are kept sealed."""

from typing import Any

import pytest
from sqlalchemy import select

from engine.models import IdempotencyKey

JSON = {"Content-Type": "application/json"}
DEEP = b'{"variables": ' + b'{"a": ' * 101 + b"1" + b"}" * 101 + b"}"
WRONG = {
    "no JSON": b"{",
    "a number that is none": b'{"variables": {"a": NaN}}',
    "infinity": b'{"variables": {"a": -Infinity}}',
    "a number beyond all numbers": b'{"variables": {"a": 1e999}}',
    "NUL": b'{"variables": {"a": "x\\u0000y"}}',
    "half a surrogate pair": b'{"variables": {"a": "\\ud800"}}',
    "NUL in a key": b'{"variables": {"x\\u0000": 1}}',
    "too deep": DEEP,
    "no UTF-8": b'{"variables": {"a": "\xff"}}',
}


@pytest.fixture
def permit(callers: Any, user_task: Any) -> None:
    callers.world.deploy('<startEvent id="begin"/>', user_task("check"), '<endEvent id="end"/>')


def start(callers: Any, content: bytes, **more: Any) -> Any:
    headers = {**JSON, **more.pop("headers", {})}
    return callers.officer("POST", "/processes/permit/instances", content=content, headers=headers, **more)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_no_strict_json_is_refused_and_nothing_is_started(callers: Any, permit: None) -> None:
    answers = {name: start(callers, content) for name, content in WRONG.items()}
    surrogates = start(callers, b'{"variables": {"a": "\\ud83d\\ude00"}}')

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(WRONG, 400)
    assert {answer.json()["code"] for answer in answers.values()} == {"malformed"}
    assert surrogates.status_code == 201
    assert len(callers.officer("GET", "/instances").json()["items"]) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_too_long_or_declared_otherwise_is_not_read(callers: Any, permit: None) -> None:
    long = b'{"variables": {"a": "' + b"x" * 2_000_000 + b'"}}'

    def parts() -> Any:
        yield from (long[at : at + 100_000] for at in range(0, len(long), 100_000))

    declared = start(callers, long)
    undeclared = start(callers, parts())  # type: ignore[arg-type]
    text = start(callers, b"{}", headers={"Content-Type": "text/plain"})
    own = start(callers, b"{}", headers={"Content-Type": "application/vnd.own+json; charset=utf-8"})

    assert [answer.status_code for answer in (declared, undeclared, text, own)] == [413, 413, 415, 201]


def test_kept_answers_are_sealed_and_requests_only_hashed(callers: Any, permit: None) -> None:
    body = {"variables": {"nik": "3171234567890001"}}

    first = callers.officer("POST", "/processes/permit/instances", body, headers={"Idempotency-Key": "1"})
    again = callers.officer("POST", "/processes/permit/instances", body, headers={"Idempotency-Key": "1"})

    with callers.world.sessions() as session:
        kept = session.scalars(select(IdempotencyKey).where(IdempotencyKey.key == "1")).one()
    stored = f"{kept.answer} {kept.request_hash!r}"
    assert first.json()["secret"] == again.json()["secret"]
    assert first.json()["secret"] not in stored
    assert first.json()["receipt"] not in stored
    assert "3171234567890001" not in stored


def test_a_sealed_answer_that_was_moved_to_another_key_is_not_given_out(callers: Any, permit: None) -> None:
    for key in ("1", "2"):
        callers.officer("POST", "/processes/permit/instances", {}, headers={"Idempotency-Key": key})
    with callers.world.sessions.begin() as session:
        first, second = session.scalars(select(IdempotencyKey).order_by(IdempotencyKey.key))
        second.answer = first.answer

    moved = callers.officer("POST", "/processes/permit/instances", {}, headers={"Idempotency-Key": "2"})

    assert moved.status_code == 500
