"""Whatever administrators change stands in a journal that nobody changes, without secrets, for those who may read."""

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from api.pages.operations import changes
from engine import journal

PASSWORD = "kata sandi yang panjang"


@pytest.fixture
def everything(callers: Any) -> list[tuple[str, str, str, str]]:
    """Do everything that the API lets administrators do; return method, route, kind of entry and who did it."""
    done = []

    def do(caller: Any, who: str, method: str, route: str, kind: str, body: Any = None, **names: str) -> Any:
        answer = caller(method, route.format(**names), body)
        assert answer.status_code < 300, (route, answer.text)
        done.append((method, route, kind, who))
        return answer.json() if answer.content else None

    adm, pla = callers.admin, callers.platform
    do(pla, "pla", "POST", "/agencies", "agency.added", {"code": "baru", "name": "Instansi Baru"})
    do(pla, "pla", "PATCH", "/agencies/{code}", "agency.changed", {"name": "Instansi Lama"}, code="baru")
    person = {"name": "rini", "full_name": "Rini Rahasia", "password": PASSWORD, "roles": ["officer"]}
    do(adm, "adm", "POST", "/users", "person.added", {**person, "email": "rini@rahasia.example"})
    do(adm, "adm", "PATCH", "/users/{name}", "person.changed", {"full_name": "Rini R. Rahasia"}, name="rini")
    do(adm, "adm", "PUT", "/users/{name}/password", "password.changed", {"password": PASSWORD + "2"}, name="rini")
    do(adm, "adm", "POST", "/users/{name}/roles", "roles.given", {"roles": ["officer"]}, name="rini")
    do(adm, "adm", "POST", "/users/{name}/roles/withdraw", "roles.taken", {"roles": ["officer"]}, name="rini")
    key = do(adm, "adm", "POST", "/keys", "key.added", {"name": "mesin", "scopes": ["tasks:read"]})
    do(adm, "adm", "DELETE", "/keys/{key_id}", "key.revoked", key_id=key["id"])
    hook = do(adm, "adm", "POST", "/webhooks", "webhook.added", {"url": "https://hook.example", "kinds": []})
    do(adm, "adm", "PATCH", "/webhooks/{webhook_id}", "webhook.switched", {"active": False}, webhook_id=hook["id"])
    do(adm, "adm", "DELETE", "/webhooks/{webhook_id}", "webhook.removed", webhook_id=hook["id"])
    calendar = {"days": {}, "source": "Keputusan 1"}
    do(adm, "adm", "PUT", "/calendars/{year}", "calendar.stored", calendar, year="2031")
    done.append(("PUT", "/calendars/{year}", "calendar.stored", "pla"))
    assert pla("PUT", "/calendars/2031?national=true", calendar).status_code == 200
    return done


def entries(caller: Any, query: str = "") -> list[dict[str, Any]]:
    """Return all entries, the oldest first."""
    found, cursor = [], ""
    while True:
        answer = caller("GET", f"/administration/journal?limit=7{query}{cursor}").json()
        found += answer["items"]
        if answer["next"] is None:
            return found[::-1]
        cursor = f"&cursor={answer['next']}"


def test_every_act_of_administrators_is_journalled(callers: Any, everything: Any) -> None:
    own = [(entry["kind"], entry["actor"]) for entry in entries(callers.admin) if entry["actor"] != "t"]
    national = [
        (entry["kind"], entry["actor"])
        for entry in entries(callers.platform, "&national=true")
        if entry["actor"] not in ("t", "system")
    ]
    wanted = [(kind, who) for _method, _route, kind, who in everything]
    # Adding a person gives it its roles as well.
    assert own == [
        pair
        for kind, who in wanted
        if who == "adm"
        for pair in ([(kind, who), ("roles.given", who)] if kind == "person.added" else [(kind, who)])
    ]
    assert national == [pair for pair in wanted if pair[1] == "pla"]


def test_no_act_of_administrators_in_the_api_was_forgotten(callers: Any, everything: Any) -> None:
    paths = callers.client.get("/v1/openapi.json").json()["paths"]
    acts = {
        (method.upper(), path)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if method != "get" and set(operation.get("tags", ())) & {"administration", "webhooks"}
    }
    previews = {act for act in acts if act[1].endswith("/preview")}
    assert acts - previews == {(method, f"/v1{route}") for method, route, _kind, _who in everything}


def test_every_kind_of_change_has_a_sentence(callers: Any, everything: Any) -> None:
    made = {kind for _method, _route, kind, _who in everything}
    sources = "".join(path.read_text() for path in Path("engine").rglob("*.py"))
    written = set(re.findall(r'(?:journal\.note|_note)\(\s*session,\s*"([a-z_.]+)"', sources))
    assert made <= written == set(changes.SENTENCES)


def test_no_entry_holds_a_secret_or_what_must_be_possible_to_forget(callers: Any, everything: Any) -> None:
    told = str(entries(callers.admin))
    assert "rini" in told
    assert all(part not in told for part in (PASSWORD, "Rahasia", "rahasia.example"))


def test_a_change_in_the_database_shows_in_the_proof(callers: Any, everything: Any) -> None:
    assert callers.admin("GET", "/administration/journal/proof").json() == {"complete": True, "fault": None}
    with callers.world.sessions.begin() as session:
        assert list(journal.verify_all(session)) == []
        session.execute(
            text("UPDATE administrations SET journal_length = journal_length - 1 WHERE id = :id"),
            {"id": callers.world.agency.hex if session.bind.dialect.name == "sqlite" else callers.world.agency},
        )
    assert callers.admin("GET", "/administration/journal/proof").json()["complete"] is False
    with callers.world.sessions() as session:
        assert [fault.instance_id for fault in journal.verify_all(session)] == [callers.world.agency]


def test_administrators_and_auditors_read_their_agencys_and_nobody_else_does(callers: Any) -> None:
    assert callers.officer("GET", "/administration/journal").status_code == 403
    assert callers.key("GET", "/administration/journal").status_code == 403
    assert callers.admin("GET", "/administration/journal?of=LAIN").status_code == 404
    assert callers.admin("GET", "/administration/journal?national=true").status_code == 404
    assert callers.platform("GET", "/administration/journal?national=true").status_code == 200
    theirs = {entry["agency_id"] for entry in entries(callers.outside)}
    assert theirs == {str(callers.world.other_agency)}
