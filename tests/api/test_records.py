"""The record of a case: complete, as it was documented, masked, and only for who may see the case."""

import asyncio
import hashlib
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator

from api import records
from engine import instances

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
TEXT = {"id": "Jawaban", "en": "Answer"}
ROLES = {name: {"title": TEXT, "kind": "office"} for name in ("officer", "registrar")}
ANSWER = {
    "answer": {
        "title": TEXT,
        "amount": 5,
        "unit": "working_days",
        "starts": {"entered": "check"},
        "stops": ["ask"],
        "ends": {"completed": "decide"},
        "silence": "none",
        "law": {"basis": "law", "article": "1", "status": "confirmed"},
    }
}


@pytest.fixture
def case(callers: Any, user_task: Any) -> str:
    """A case in its second step with a stopped term, a file, a note and a hidden value; its id."""
    world = callers.world
    steps = (user_task("check"), user_task("ask"), user_task("decide"))
    world.deploy(BEGIN, *steps, END, terms=ANSWER, roles=ROLES, confidential=[{"nik": ["registrar"]}], subject=["name"])
    moved = world.start({"name": "Siti <b>Rahma</b>", "nik": "3273-SECRET"}, business_key="SURAT-1")
    task = moved.tasks[0]
    callers.officer("POST", f"/tasks/{task}/comments", {"text": "Please call"})
    callers.officer("POST", f"/tasks/{task}/documents", params={"name": "ktp.txt"}, content=b"KTP")
    world.complete(task, {"said": "yes", "nik": "3273-SECRET"}, now=world.now + timedelta(days=1))
    return str(moved.instance_id)


def read(callers: Any, case: str) -> dict[str, Any]:
    answer = callers.officer("GET", f"/instances/{case}/record")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment")
    content: dict[str, Any] = answer.json()
    return content


def test_a_record_holds_everything_of_a_case(callers: Any, case: str) -> None:
    content = read(callers, case)

    assert (content["made_by"], content["agency"]["code"], content["process"]["version"]) == ("ofi", "DKI", 1)
    assert content["case"]["subject"] == "Siti <b>Rahma</b>"
    assert [step["step"] for step in content["steps"]] == ["begin", "check"]
    assert [(task["step"], task["status"]) for task in content["tasks"]] == [("check", "completed"), ("ask", "open")]
    assert [note["text"] for note in content["notes"]] == ["Please call"]
    assert content["documents"][0]["sha256"] == hashlib.sha256(b"KTP").hexdigest()
    [term] = content["terms"]
    assert (term["status"], term["law"]["cite"], term["due_on"]) == ("stopped", "UU 1/2000", None)
    assert [(change["kind"], change["step"], change["until"]) for change in term["changes"]] == [
        ("stopped", "ask", None)
    ]
    kinds = [entry["kind"] for entry in content["journal"]]
    assert kinds[0] == "instance.started"
    assert len(kinds) == content["journal_length"] == content["journal"][-1]["sequence"]
    assert content["journal"][-1]["hash"] == content["journal_hash"]


def test_what_its_reader_may_not_see_is_masked_everywhere(callers: Any, case: str) -> None:
    content = read(callers, case)

    assert content["variables"]["nik"] == "•••"
    assert "SECRET" not in json.dumps(content)


def test_a_record_is_of_the_documented_shape(callers: Any, case: str) -> None:
    document = callers.client.get("/v1/openapi.json").json()
    told = document["paths"]["/v1/instances/{instance_id}/record"]["get"]["responses"]["200"]
    schema = {**told["content"]["application/json"]["schema"], "components": document["components"]}

    content = read(callers, case)

    assert list(Draft202012Validator(schema).iter_errors(content)) == []


def test_a_long_journal_is_read_in_parts_and_ends_where_the_record_was_made(
    callers: Any, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "_ENTRIES", 2)
    world = callers.world
    with world.sessions() as session:
        answer = records.sent(session, world.sessions, UUID(case), world.siti, made_at=world.now)
    with world.sessions.begin() as session:
        options = {"actor": world.heni, "now": world.now, "reason": "later"}
        instances.set_variables(session, UUID(case), {"later": 1}, **options)

    async def whole() -> bytes:
        return b"".join([bytes(part) async for part in answer.body_iterator])

    content = json.loads(asyncio.run(whole()))
    sequences = [entry["sequence"] for entry in content["journal"]]
    assert sequences == list(range(1, content["journal_length"] + 1))
    assert "later" not in content["variables"]


def test_no_stranger_gets_a_record(callers: Any, case: str) -> None:
    statuses = [
        caller("GET", f"/instances/{case}/record").status_code
        for caller in (callers.nobody, callers.outside, callers.outside_key, callers.designer)
    ]
    assert statuses == [401, 404, 404, 404]
    assert callers.key("GET", f"/instances/{case}/record").status_code == 200
