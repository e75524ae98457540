"""Nobody gets in without a credential, and nobody sees or does what is another agency's: for every route there is."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from engine import accounts, definitions
from engine.access import SYSTEM
from engine.models import Incident, Job

# Operations that are for everybody, each with the reason.
OPEN = {
    "health": "a probe",
    "readiness": "a probe",
    "list_problems": "the same for everybody",
    "sign_in": "who signs in has no credential yet",
    "catalogue": "public services",
    "read_service": "public services",
    "list_offices": "public services",
    "read_overview": "public statistics",
    "read_statistics": "public statistics",
    "apply": "applicants need no account",
    "track": "receipt number and secret are the credential",
    "read_asked": "receipt number and secret are the credential",
    "answer_asked": "receipt number and secret are the credential",
    "attach_to_asked": "receipt number and secret are the credential",
    "attach_to_tracked": "receipt number and secret are the credential",
    "send_tracked": "receipt number and secret are the credential",
    "rate_tracked": "receipt number and secret are the credential",
}
# What each operation that takes a body is sent.
SENT: dict[str, Any] = {
    "change_password": {"old": "x", "new": "long enough password"},
    "start_instance": {},
    "set_variables": {"variables": {"secret": 1}, "reason": "r"},
    "cancel_instance": {"reason": "r"},
    "hand_over": {"to": "JABAR", "reason": "r"},
    "assign_task": {"assignee": None},
    "save_draft": {"data": {}},
    "complete_task": {"data": {}},
    "comment_on_task": {"text": "t"},
    "keep_view": {"name": "v", "shows": {"view": "groups"}},
    "change_view": {"name": "w"},
    "fetch_jobs": {"job_types": ["paint"], "worker": "w"},
    "complete_job": {"fence": 1, "variables": {}},
    "refuse_job": {"fence": 1, "code": "C"},
    "fail_job": {"fence": 1, "error": "e"},
    "extend_job": {"fence": 1},
    "retry_incident": {"inputs": {}, "reason": "r"},
    "publish_message": {"name": "m"},
    "broadcast_signal": {"name": "s"},
    "add_agency": {"code": "new", "name": "N"},
    "change_agency": {"name": "N"},
    "add_user": {"name": "new", "full_name": "N", "password": "long enough password"},
    "change_user": {"full_name": "N"},
    "give_password": {"password": "long enough password"},
    "grant_roles": {"roles": ["officer"]},
    "withdraw_roles": {"roles": ["officer"]},
    "add_key": {"name": "k", "scopes": ["tasks:read"]},
    "add_webhook": {"url": "https://example.org"},
    "switch_webhook": {"active": False},
    "put_calendar": {"days": {}, "source": "s"},
    "evaluate_decision": {"inputs": {}},
    "migrate_instances": {"to": 1},
    "request_carry_over": {"to": 1},
    "try_decision": {"file": "x.dmn", "text": "<x/>"},
    "store_changes": {"files": {"README.md": "x"}},
    "lint_changes": {"files": {"README.md": "x"}},
}
FILES = {
    "upload_package": "application/zip",
    "lint_package": "application/zip",
    "play_package": "application/zip",
    "lint_model": "text/xml",
    "attach_to_task": "text/plain",
    "start_many": "application/x-ndjson",
}
# Operations about one thing of an agency.
ABOUT_ONE = (
    "{instance_id}",
    "{task_id}",
    "{document_id}",
    "{job_id}",
    "{incident_id}",
    "{key_id}",
    "{name}/",
    "{webhook_id}",
    "{bulk_id}",
    "{carry_over_id}",
    "{view_id}",
)
# Operations that a person of the agency without any role may do: about itself, or what everybody in it may know.
FOR_ALL = {"sign_out", "choose_agency", "me", "change_password", "list_agencies", "read_calendar"}
FOR_ALL |= {"list_views", "keep_view"}
FOR_ALL |= {
    "list_processes",
    "lint_package",
    "play_package",
    "lint_model",
    "compare_versions",
    "read_version",
    "read_xml",
    "read_file",
    "evaluate_decision",
    "try_decision",
    "lint_changes",
}
OF_DESIGNERS = {"upload_package", "store_changes", "submit_version"}
# Lists that show such a person nothing.
EMPTY_FOR_ALL = {"list_instances", "list_tasks", "list_waiting", "count_tasks", "list_incidents"}
BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
OUTSIDE = {"paint": {"title": {"id": "Cat", "en": "Paint"}, "connector": "external"}}


@pytest.fixture
def things(callers: Any, user_task: Any, service_task: Any) -> dict[str, str]:
    """Ids of things of the agency DKI, one for each name in a path."""
    world = callers.world
    world.deploy(BEGIN, user_task("check"), END)
    world.deploy(BEGIN, service_task("ask", "paint"), END, process_id="painted", calls=OUTSIDE)
    world.deploy(BEGIN, service_task("ask", "paint"), END, process_id="failing", calls=OUTSIDE)
    moved = callers.officer("POST", "/processes/permit/instances", {"variables": {"secret": "RAHASIA"}}).json()
    task = moved["tasks"][0]
    document = callers.officer("POST", f"/tasks/{task}/documents", params={"name": "RAHASIA.txt"}, content=b"RAHASIA")
    line = {"content": b'{"variables": {"secret": "RAHASIA"}}', "headers": {"Content-Type": "application/x-ndjson"}}
    many = callers.officer("POST", "/processes/permit/bulk-starts", **line)
    world.deploy(BEGIN, service_task("ask", "paint"), END, process_id="carried", calls=OUTSIDE)
    world.deploy(BEGIN, service_task("ask", "paint"), user_task("say"), END, process_id="carried", calls=OUTSIDE)
    carried = callers.head("POST", "/processes/carried/versions/1/carry-overs", {"to": 2})
    return {
        "bulk_id": many.json()["id"],
        "carry_over_id": carried.json()["id"],
        "process_id": "permit",
        "number": "1",
        "instance_id": moved["instance_id"],
        "task_id": task,
        "name": "ofi",
        "decision": "d",
        "job_id": _job(callers, "painted"),
        "incident_id": _incident(callers),
        "document_id": document.json()["id"],
        "webhook_id": callers.admin("POST", "/webhooks", {"url": "https://example.org/RAHASIA"}).json()["id"],
        "key_id": callers.admin("GET", "/keys").json()["items"][0]["id"],
        "view_id": callers.officer("POST", "/views", {"name": "RAHASIA", "shows": {}}).json()["id"],
        "code": "DKI",
        "year": "2026",
    }


def _job(callers: Any, process_id: str) -> str:
    instance = callers.officer("POST", f"/processes/{process_id}/instances", {}).json()["instance_id"]
    with callers.world.sessions() as session:
        return str(session.scalars(select(Job.id).where(Job.instance_id == UUID(instance))).one())


def _incident(callers: Any) -> str:
    wanted = _job(callers, "failing")
    taken = callers.key("POST", "/jobs/fetch", {"job_types": ["paint"], "worker": "w"}).json()["items"]
    fence = next(job["fence"] for job in taken if job["id"] == wanted)
    callers.key("POST", f"/jobs/{wanted}/fail", {"fence": fence, "error": "RAHASIA", "attempts_left": 0})
    with callers.world.sessions() as session:
        return str(session.scalars(select(Incident.id)).one())


@pytest.fixture
def operations(callers: Any) -> list[tuple[str, str, str, bool]]:
    """Method, path, operation id and whether it asks for a credential, of every route of the OpenAPI document."""
    return [
        (method.upper(), path, operation["operationId"], bool(operation.get("security")))
        for path, methods in callers.app.openapi()["paths"].items()
        for method, operation in methods.items()
    ]


def ask(caller: Any, method: str, path: str, operation: str, ids: dict[str, str]) -> Any:
    """Send what an operation takes, about the things with these ids."""
    for name, value in ids.items():
        path = path.replace("{" + name + "}", value)
    more: dict[str, Any] = {"headers": {"If-Match": "*"}}
    if operation in FILES:
        more["headers"]["Content-Type"] = FILES[operation]
        content = b"{}" if operation == "start_many" else b"some bytes"
        more |= {"content": content, "params": {"name": "a.txt"}}
    return caller(method, path.removeprefix("/v1"), SENT.get(operation), **more)


def test_every_operation_that_takes_a_body_is_in_the_tables(callers: Any) -> None:
    bodies = {
        operation["operationId"]
        for methods in callers.app.openapi()["paths"].values()
        for operation in methods.values()
        if "requestBody" in operation
    }

    assert bodies - set(OPEN) == set(SENT) | set(FILES)


def test_every_route_that_is_not_open_asks_for_a_credential(callers: Any, operations: Any, things: Any) -> None:
    answers = {
        operation: ask(callers.nobody, method, path, operation, things)
        for method, path, operation, _is_guarded in operations
        if operation not in OPEN
    }

    assert {operation for _method, _path, operation, is_guarded in operations if not is_guarded} == set(OPEN)
    assert {operation: answer.status_code for operation, answer in answers.items() if answer.status_code != 401} == {}
    assert [operation for operation, answer in answers.items() if "www-authenticate" not in answer.headers] == []


def test_another_agencys_things_are_not_there_for_people_and_keys(callers: Any, operations: Any, things: Any) -> None:
    told = {}
    for method, path, operation, _is_guarded in operations:
        if operation in OPEN or not any(name in f"{path}/" for name in ABOUT_ONE) or "/versions/" in path:
            continue
        for stranger in (callers.outside, callers.outside_key):
            answer = ask(stranger, method, path, operation, things)
            if answer.status_code not in (403, 404) or "RAHASIA" in answer.text or "DKI" in answer.text:
                told[operation] = (answer.status_code, answer.text)

    assert told == {}


def test_lists_show_nothing_of_another_agency(callers: Any, operations: Any, things: Any) -> None:
    shown = {}
    for method, path, operation, _is_guarded in operations:
        if method == "GET" and "{" not in path and operation not in {*OPEN, "list_agencies"}:
            for stranger in (callers.outside, callers.outside_key):
                text = stranger("GET", path.removeprefix("/v1")).text
                if any(value in text for name, value in things.items() if len(value) > 10) or "RAHASIA" in text:
                    shown[operation] = text

    assert shown == {}


def test_who_has_no_role_may_do_nothing_with_cases(callers: Any, operations: Any, things: Any) -> None:
    """A designer of the agency stands for all who have no role in the processes."""
    may = {}
    for method, path, operation, _is_guarded in operations:
        if operation in {*OPEN, *FOR_ALL, *OF_DESIGNERS}:
            continue
        answer = ask(callers.designer, method, path, operation, things)
        if operation in EMPTY_FOR_ALL:
            assert answer.status_code in (200, 403)
            assert all(value not in answer.text for value in things.values() if len(value) > 10)
        elif answer.status_code not in (403, 404):
            may[operation] = (answer.status_code, answer.text)

    assert may == {}


def test_a_refusal_changes_nothing(callers: Any, operations: Any, things: Any) -> None:
    before = callers.head("GET", f"/instances/{things['instance_id']}/journal").json()

    for method, path, operation, _is_guarded in operations:
        if operation in OPEN:
            continue
        for stranger in (callers.nobody, callers.outside, callers.outside_key):
            if any(name in f"{path}/" for name in ABOUT_ONE):
                ask(stranger, method, path, operation, things)

    assert callers.head("GET", f"/instances/{things['instance_id']}/journal").json() == before
    assert callers.officer("GET", "/me").json()["roles"] == ["officer"]


def test_a_wrong_key_or_token_is_never_taken_for_the_public(callers: Any) -> None:
    for headers in ({"X-API-Key": "alur_x_y"}, {"Authorization": "Bearer nothing"}):
        answer = callers.nobody("GET", "/services", headers=headers)

        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_role_is_needed_to_take_a_task(callers: Any, things: Any) -> None:
    with callers.world.sessions.begin() as session:
        accounts.grant(session, "des", callers.world.agency, ["archivist"], actor="t", now=callers.world.now)

    answer = callers.designer("POST", f"/tasks/{things['task_id']}/claim")

    assert answer.status_code == 403
    assert "officer" in answer.json()["detail"]


def test_only_the_platform_adds_agencies_and_gives_its_own_role(callers: Any) -> None:
    refused = callers.admin("POST", "/agencies", {"code": "baru", "name": "Baru"})
    also = callers.admin("POST", "/users/ofi/roles", {"roles": ["alur:platform"]})
    key = callers.admin("POST", "/keys", {"name": "p", "scopes": ["metrics:read"]})
    added = callers.platform("POST", "/agencies", {"code": "baru", "name": "Baru"})
    first = {"name": "pertama", "full_name": "Pertama", "password": "long enough password", "roles": ["alur:admin"]}
    admin = callers.platform("POST", "/users", first, params={"of": "baru"})
    elsewhere = callers.admin("POST", "/users", first | {"name": "kedua"}, params={"of": "baru"})

    assert [answer.status_code for answer in (refused, also, key, added, admin, elsewhere)] == [
        *(403, 403, 403),
        *(201, 201),
        403,
    ]


def test_an_administrator_has_no_power_over_people_of_other_agencies(callers: Any) -> None:
    acts = [
        callers.admin("POST", "/users/out/roles", {"roles": ["officer"]}),
        callers.admin("PUT", "/users/out/password", {"password": "long enough password"}),
        callers.admin("PATCH", "/users/out", {"active": False}),
        callers.admin("PUT", "/users/pla/password", {"password": "long enough password"}),
    ]

    assert [answer.status_code for answer in acts] == [404, 404, 404, 403]
    assert callers.outside("GET", "/me").status_code == 200


def test_roles_count_from_the_next_request_on(callers: Any, things: Any) -> None:
    callers.admin("POST", "/users/ofi/roles/withdraw", {"roles": ["officer"]})

    claimed = callers.officer("POST", f"/tasks/{things['task_id']}/claim")
    read = callers.officer("GET", f"/instances/{things['instance_id']}")

    # What is refused is not told apart from what is not there: its roles are all that showed the case.
    assert claimed.status_code in (403, 404)
    assert read.status_code == 404


def test_who_leaves_is_signed_out_at_once(callers: Any) -> None:
    changed = callers.admin("PATCH", "/users/ofi", {"active": False})

    assert changed.status_code == 204
    assert callers.officer("GET", "/me").status_code == 401
    assert callers.nobody("POST", "/sessions", {"name": "ofi", "password": "a password of a test"}).status_code == 401


def test_a_revoked_key_opens_nothing(callers: Any) -> None:
    made = callers.admin("POST", "/keys", {"name": "kasir", "scopes": ["instances:read"]}).json()
    key = {"X-API-Key": made["key"]}
    before = callers.nobody("GET", "/instances", headers=key)
    callers.admin("DELETE", f"/keys/{made['id']}")

    after = callers.nobody("GET", "/instances", headers=key)

    assert (before.status_code, after.status_code) == (200, 401)
    assert "kasir" in callers.admin("GET", "/keys").text
    assert made["key"] not in callers.admin("GET", "/keys").text


def test_a_key_does_only_what_its_scopes_say(callers: Any, operations: Any, things: Any) -> None:
    made = callers.admin("POST", "/keys", {"name": "baca", "scopes": ["instances:read"]}).json()

    def reader(method: str, path: str, body: Any = None, **more: Any) -> Any:
        return callers.nobody(method, path, body, **{**more, "headers": {"X-API-Key": made["key"], **more["headers"]}})

    done = {
        operation
        for method, path, operation, _is_guarded in operations
        if operation not in OPEN and ask(reader, method, path, operation, things).status_code < 400
    }

    assert done == {
        *("me", "list_agencies", "list_instances", "list_waiting", "list_incidents"),
        *("read_instance", "read_variables", "read_journal", "verify_journal", "read_terms", "read_documents"),
        "read_document",
    }


def test_a_draft_is_started_only_by_who_may_upload(callers: Any, user_task: Any) -> None:
    with callers.world.sessions.begin() as session:
        package = callers.world.package(BEGIN, user_task("check"), END)
        definitions.deploy(session, package, actor=SYSTEM, now=callers.world.now, agency_id=callers.world.agency)

    officer = callers.officer("POST", "/processes/permit/instances", {"version": 1})
    key = callers.key("POST", "/processes/permit/instances", {"version": 1})

    assert (officer.status_code, key.status_code) == (403, 201)
