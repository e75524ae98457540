"""Sign in and out, the languages, and pages of faults, in a real browser."""

from typing import Any


def test_a_person_signs_in_sees_the_desk_and_signs_out(visit: Any, inspect: Any) -> None:
    page = visit("/desk")
    assert page.url.endswith("/signin?next=%2Fdesk")
    inspect(page)

    page.locator("#name").fill("budi.dinas-kominfo")
    page.locator("#password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_role("alert").inner_text().startswith("There is a problem")
    inspect(page)

    page.locator("#password").fill("alur-demo-2026")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/desk")
    assert page.get_by_role("heading", level=1).inner_text() == "Desk"
    inspect(page)

    page.get_by_role("button", name="Sign out").click()
    assert "You have signed out" in page.get_by_role("alert").inner_text()
    page.goto("/desk")
    assert "/signin" in page.url


def test_a_page_changes_its_language_and_keeps_it(visit: Any) -> None:
    page = visit("/signin", language="id")
    assert page.get_by_role("heading", level=1).inner_text() == "Masuk"

    page.get_by_role("button", name="English").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Sign in"
    page.goto("/desk")
    assert page.locator("html").get_attribute("lang") == "en"


def test_an_account_shows_who_one_is_and_refuses_a_wrong_password(visit: Any, inspect: Any) -> None:
    page = visit("/account", "sari.dinas-kominfo")
    inspect(page)

    page.get_by_label("Current password").fill("not mine at all")
    page.get_by_label("New password").fill("something quite long")
    page.get_by_role("button", name="Change").click()
    assert "The current password is wrong" in page.get_by_role("alert").inner_text()
    inspect(page)


def test_a_page_that_is_not_there_says_where_to_go_on(visit: Any, inspect: Any) -> None:
    page = visit("/nothing/here")

    assert page.get_by_role("heading", level=1).inner_text() == "There is no such thing"
    inspect(page)


def test_no_page_of_ours_lets_another_site_act(visit: Any) -> None:
    page = visit("/account", "sari.dinas-kominfo")

    answer = page.request.post("/signout", form={}, headers={"Origin": "https://elsewhere.example"})

    assert answer.status == 403
