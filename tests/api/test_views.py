"""Saved views of the desk through the API: by the same rules as on its page."""

from typing import Any

LATE = {"view": "groups", "when": "late", "text": "surat"}


def test_a_view_is_kept_changed_and_removed(callers: Any) -> None:
    kept = callers.officer("POST", "/views", {"name": "  Izin  terlambat", "shows": LATE})
    view = kept.json()
    changed = callers.officer("PATCH", f"/views/{view['id']}", {"name": "Izin", "shows": {"view": "waiting"}})
    named = callers.officer("PATCH", f"/views/{view['id']}", {"name": "Izin lama"})
    removed = callers.officer("DELETE", f"/views/{view['id']}")

    assert (kept.status_code, changed.status_code, named.status_code, removed.status_code) == (201, 200, 200, 204)
    assert (view["name"], view["path"]) == ("Izin terlambat", "/desk?view=groups&when=late&text=surat")
    assert view["shows"] == {**LATE, "whose": "", "process": "", "role": ""}
    assert (changed.json()["name"], changed.json()["path"]) == ("Izin", "/desk?view=waiting")
    assert (named.json()["name"], named.json()["shows"]["view"]) == ("Izin lama", "waiting")
    assert callers.officer("GET", "/views").json() == {"items": []}


def test_what_the_page_keeps_the_api_lists(callers: Any) -> None:
    token = callers.officer.headers["Authorization"].removeprefix("Bearer ")
    page = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin", "Cookie": f"alur_session={token}"}

    saved = callers.client.post("/desk/views", data={"name": "Surat", **LATE}, headers=page, follow_redirects=False)

    assert saved.status_code == 303
    (view,) = callers.officer("GET", "/views").json()["items"]
    assert (view["name"], view["shows"]["text"]) == ("Surat", "surat")


def test_views_keep_the_rules_of_the_page(callers: Any) -> None:
    first = callers.officer("POST", "/views", {"name": "Satu", "shows": {}}).json()
    for number in range(11):
        callers.officer("POST", "/views", {"name": f"Lain {number}", "shows": {}})
    again = callers.officer("POST", "/views", {"name": "Satu", "shows": LATE})
    too_many = callers.officer("POST", "/views", {"name": "Dua", "shows": {}})
    taken = callers.officer("PATCH", f"/views/{first['id']}", {"name": "Lain 1"})
    foreign = callers.colleague("PATCH", f"/views/{first['id']}", {"name": "Milikku"})
    unknown = callers.officer("POST", "/views", {"name": "Tiga", "shows": {"view": "everything"}})
    system = callers.key("POST", "/views", {"name": "Sistem", "shows": {}})

    assert again.json()["id"] == first["id"]
    assert [answer.status_code for answer in (too_many, taken, foreign, unknown, system)] == [409, 409, 404, 422, 403]
    assert callers.colleague("GET", "/views").json() == {"items": []}
