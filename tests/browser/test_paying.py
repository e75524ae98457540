"""What an applicant of a permit confirms and pays stands on the page: what was entered, the sum, its lines, and how."""

from typing import Any

from citizens import PERMIT, Citizen, Office


def test_who_confirms_and_pays_reads_what(citizen: Citizen, site: Any) -> None:
    office = Office(site.sessions, citizen.apply("building_permit", PERMIT))
    office.recommend_permit()

    citizen.answer("Confirm that the data are right", {"data_confirmation": "right"}, reads="Siti Rahma")

    office.bill_permit()
    citizen.page.goto("/tracking/case")
    citizen.press("Pay the retribution")
    said = citizen.page.inner_text("main")
    assert [text for text in ("10,625,000", "850 × Rp12500", "Pay to the regional treasury") if text not in said] == []
    citizen.answer("Pay the retribution", {"payment_reference": "NTPD 123"})
    assert office.open_steps() == {"verify_payment"}
