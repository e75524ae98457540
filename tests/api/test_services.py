"""Services: the public catalogue, and a case from the application to the rating without any account."""

from typing import Any

import pytest

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
TEXT = {"id": "x", "en": "x"}
LAW = {"basis": "law", "article": "1", "status": "confirmed"}
ROLES = {"officer": {"title": TEXT, "kind": "office"}, "citizen": {"title": {"id": "Warga"}, "kind": "applicant"}}
TERM = {"title": TEXT, "amount": 5, "unit": "working_days", "starts": {"entered": "check"}, "silence": "none"}
STANDARD = {
    "product": {"id": "Izin"},
    "requirements": [{"title": {"id": "KTP"}, "law": LAW}, {"title": {"id": "Kuasa"}, "when": {"id": "Bila diwakili"}}],
    "cost": {"text": {"id": "Gratis"}},
    "term": "answer",
}
OBJECTION = (
    '+<subProcess id="objecting" triggeredByEvent="true"><startEvent id="came" isInterrupting="false">'
    '<messageEventDefinition messageRef="m"/></startEvent><endEvent id="done"/>'
    '<sequenceFlow id="f" sourceRef="came" targetRef="done"/></subProcess>'
)
DECLARED = (
    '<message id="m" name="objection"><extensionElements><zeebe:subscription correlationKey="=receipt"/>'
    "</extensionElements></message>"
)


@pytest.fixture
def offered(callers: Any, user_task: Any, form_file: Any) -> Any:
    """A service that the public applies for, with an objection that it may send."""
    callers.world.deploy(
        *(BEGIN, user_task("check"), END, OBJECTION),
        declared=DECLARED,
        roles=ROLES,
        start={"by": ["citizen", "officer"], "form": "application", "receipt": "{agency}/{number:04d}"},
        service=STANDARD,
        terms={"answer": {**TERM, "ends": {"completed": "check"}, "law": LAW}},
        messages={"objection": {"title": {"id": "Keberatan"}, "by": ["citizen"], "form": "grounds"}},
        files={**form_file("application", "name"), **form_file("grounds", "grounds")},
    )
    return callers


def _apply(callers: Any, data: Any, **more: Any) -> Any:
    return callers.nobody("POST", "/services/permit/applications", {"agency": "DKI", "data": data}, **more)


def test_the_catalogue_says_what_a_service_is_and_what_it_asks(offered: Any) -> None:
    listed = offered.nobody("GET", "/services", params={"agency": "DKI", "limit": 1}).json()
    shown = offered.nobody("GET", "/services/permit").json()
    offices = offered.nobody("GET", "/services/permit/agencies").json()["items"]

    assert [item["id"] for item in listed["items"]] == ["permit"]
    assert listed["next"] is None
    assert (shown["is_public"], shown["roles"]["citizen"]) == (True, {"id": "Warga"})
    assert shown["product"] == {"id": "Izin"}
    assert [each["title"]["id"] for each in shown["requirements"]] == ["KTP", "Kuasa"]
    assert shown["requirements"][0]["law"]["article"] == "1"
    assert shown["cost"] == {"text": {"id": "Gratis"}, "law": None}
    assert (shown["term"]["name"], shown["term"]["amount"], shown["term"]["unit"]) == ("answer", 5, "working_days")
    assert shown["legal_basis"]["law"]["cite"] == "UU 1/2000"
    assert shown["form_schema"]["id"] == "application"
    assert [office["code"] for office in offices] == ["DKI", "JABAR"]
    assert offered.nobody("GET", "/services/nothing").status_code == 404
    assert offered.nobody("GET", "/services", params={"agency": "BALI"}).status_code == 404


def test_the_catalogue_goes_on_where_a_cursor_says(callers: Any, user_task: Any) -> None:
    for process_id in ("a", "b", "c"):
        callers.world.deploy(BEGIN, user_task("check"), END, process_id=process_id)

    first = callers.nobody("GET", "/services", params={"limit": 2}).json()
    rest = callers.nobody("GET", "/services", params={"limit": 2, "cursor": first["next"]}).json()

    assert [item["id"] for item in (*first["items"], *rest["items"])] == ["a", "b", "c"]
    assert rest["next"] is None


def test_a_citizen_applies_objects_attaches_and_rates_without_an_account(offered: Any) -> None:
    refused = _apply(offered, {})
    applied = _apply(offered, {"name": "Ani"})
    who = {"receipt": applied.json()["receipt"], "secret": applied.json()["secret"]}
    proof = {"X-Receipt": who["receipt"], "X-Receipt-Secret": who["secret"]}

    early = offered.nobody("POST", "/tracking/rating", {**who, "score": 4})
    file = offered.nobody("POST", "/tracking/documents", params={"name": "ktp.txt"}, content=b"KTP", headers=proof)
    wrong = offered.nobody("POST", "/tracking/messages/objection", {**who, "data": {}})
    sent = offered.nobody("POST", "/tracking/messages/objection", {**who, "data": {"grounds": "Lambat"}})
    unknown = offered.nobody("POST", "/tracking/messages/ruling", {**who, "data": {}})
    running = offered.nobody("POST", "/tracking", who).json()
    task = offered.officer("GET", "/tasks").json()["items"][0]["id"]
    offered.officer("POST", f"/tasks/{task}/complete", {})
    rated = offered.nobody("POST", "/tracking/rating", {**who, "score": 4, "comment": "Cepat"})
    again = offered.nobody("POST", "/tracking/rating", {**who, "score": 1})
    over = offered.nobody("POST", "/tracking", who).json()

    assert (refused.status_code, refused.json()["fields"][0]["path"]) == (422, "name")
    assert applied.status_code == 201
    assert set(applied.json()) == {"receipt", "secret", "status"}
    assert [offer["name"] for offer in running["offers"]] == ["objection"]
    assert running["offers"][0]["form_schema"]["id"] == "grounds"
    assert [document["name"] for document in running["documents"]] == ["ktp.txt"]
    assert (file.status_code, wrong.status_code, sent.status_code, unknown.status_code) == (201, 422, 200, 404)
    assert (early.status_code, rated.status_code, again.status_code) == (409, 201, 409)
    assert (over["is_open"], over["offers"], over["rating"]["score"]) == (False, [], 4)


def test_an_application_sent_twice_is_one_case_and_a_guessed_key_opens_nobodys(offered: Any) -> None:
    key = {"Idempotency-Key": "1"}

    first, again = (_apply(offered, {"name": "Ani"}, headers=key) for _ in range(2))
    stranger = _apply(offered, {"name": "Budi"}, headers=key)

    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert stranger.json()["receipt"] != first.json()["receipt"]


def test_an_address_applies_only_so_often(offered: Any) -> None:
    statuses = [_apply(offered, {"name": f"Ani {number}"}).status_code for number in range(11)]

    assert statuses == [201] * 10 + [429]


def test_what_only_officers_start_is_shown_and_not_applied_for(callers: Any, user_task: Any) -> None:
    callers.world.deploy(BEGIN, user_task("check"), END)

    shown = callers.nobody("GET", "/services/permit").json()
    refused = _apply(callers, {})

    assert (shown["is_public"], shown["form_schema"], shown["requirements"], shown["cost"]) == (False, None, [], None)
    assert refused.status_code == 403
