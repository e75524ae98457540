"""Webhooks through the API: for administrators, their secret shown once."""

from typing import Any

WANTED = {"url": "https://example.org/alur", "kinds": ["task.completed"]}


def test_a_webhook_is_added_switched_and_removed_and_its_secret_shown_once(callers: Any) -> None:
    made = callers.admin("POST", "/webhooks", WANTED)
    hook = made.json()["id"]
    listed = callers.admin("GET", "/webhooks")
    off = callers.admin("PATCH", f"/webhooks/{hook}", {"active": False})
    removed = callers.admin("DELETE", f"/webhooks/{hook}")
    again = callers.admin("DELETE", f"/webhooks/{hook}")

    assert (made.status_code, made.json()["secret"].startswith("whsec_")) == (201, True)
    assert [item["id"] for item in listed.json()["items"]] == [hook]
    assert made.json()["secret"] not in listed.text
    assert (off.status_code, off.json()["active"]) == (200, False)
    assert (removed.status_code, again.status_code) == (204, 404)


def test_only_administrators_add_webhooks_and_only_to_the_web(callers: Any) -> None:
    officer = callers.officer("POST", "/webhooks", WANTED)
    inside = callers.admin("POST", "/webhooks", {"url": "http://10.0.0.1/"})
    without_key = callers.admin("POST", "/webhooks", WANTED, headers={"Idempotency-Key": ""})

    assert (officer.status_code, inside.status_code, without_key.status_code) == (403, 422, 422)
