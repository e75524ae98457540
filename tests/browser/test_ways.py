"""The whole way of a citizen with each national process, with and without JavaScript: apply, answer what is asked,
object where the law gives it, rate. What the office does in between happens behind the pages."""

from typing import Any

from citizens import COMPLAINT, PERMIT, REQUEST, TODAY, Citizen, Office


def test_information_is_asked_for_completed_refused_and_objected_to(citizen: Citizen, site: Any) -> None:
    citizen.wrong_door()
    office = Office(site.sessions, citizen.apply("information_request", REQUEST))
    office.do("register", received_on=TODAY)
    office.do("check_request", completeness="incomplete", missing="Sebutkan <b>tahun</b> laporan")
    citizen.reads("It is your turn")

    citizen.answer(
        "Complete the request",
        {"supplement": "Tahun 2025", "supplement_documents": "surat.txt"},
        reads="Sebutkan <b>tahun</b> laporan",
    )

    citizen.reads("An answer is owed by", "surat.txt")
    office.do("check_request", completeness="complete")
    office.do("assess_possession", possession="possessed")
    office.do("collect_information", available_information="Laporan", exemption_claim="none")
    office.do("decide", answer="refused", reasons="Dikecualikan menurut Pasal 17")
    office.do("notify", notice_number="12", notice_date=TODAY, notice_way="email")
    objection = {
        "response": "object",
        "objection_ground": "exempted",
        "objection_reason": "Tidak termasuk yang dikecualikan",
        "objection_signed": "true",
    }
    citizen.answer("Accept the answer or object", objection, reads="Dikecualikan menurut Pasal 17")
    office.do("register_objection", objection_number="K-1", objection_received_on=TODAY)
    office.do("decide_objection", objection_decision="uphold", objection_reasons="Penetapan masih berlaku")
    citizen.answer("Accept the answer or file a dispute", {"dispute_choice": "accept"}, reads="Penetapan masih berlaku")

    citizen.reads("Closed on", "Outcome")
    citizen.rate()
    citizen.reads("You rated this service: very good")


def test_a_complaint_is_completed_answered_and_resolved(citizen: Citizen, site: Any) -> None:
    office = Office(site.sessions, citizen.apply("complaint", COMPLAINT))
    office.do("verify", verdict="hold", missing="Sebutkan hari dan loketnya")

    citizen.answer(
        "Complete the report",
        {"supplement": "Senin, loket 3", "supplement_documents": "foto.txt"},
        reads="Sebutkan hari dan loketnya",
    )

    office.do("verify", verdict="valid", supervised="no")
    office.do("dispose", disposition_choice="incomplete", disposition_reason="Nomor antrean tidak disebut")
    citizen.answer(
        "Complete the report for the agency", {"supplement": "Nomor 17"}, reads="Nomor antrean tidak disebut"
    )
    office.do("dispose", disposition_choice="forward", unit_name="Bidang layanan")
    office.do("follow_up", follow_up_note="Loket ditambah", draft_answer="Loket sudah ditambah")
    office.do("approve_answer", approval="approved")
    office.do("publish", answer_text="Loket sudah ditambah menjadi lima", is_masked=True)
    citizen.answer("Reply to the answer", {"reply": "resolved", "rating": "5"}, reads="menjadi lima")

    citizen.reads("Closed on")
    citizen.rate()
    citizen.reads("You rated this service: very good")


def test_a_permit_is_applied_for_completed_and_its_refusal_objected_to(citizen: Citizen, site: Any) -> None:
    office = Office(site.sessions, citizen.apply("building_permit", PERMIT))
    office.do("check_completeness", completeness="incomplete", missing="Gambar struktur belum ada")

    citizen.answer(
        "Complete the application",
        {"supplement": "Terlampir", "supplement_documents": "struktur.txt"},
        reads="Gambar struktur belum ada",
    )

    office.refuse_permit()
    citizen.answer(
        "Accept or object",
        {"objection_choice": "object", "objection_reason": "Keliru membaca gambar"},
        reads="Struktur belum aman",
    )
    office.do("decide_objection", objection_decision="rejected", objection_grounds="Perhitungan tetap kurang")
    citizen.answer("Accept or appeal", {"appeal_choice": "accept"}, reads="Perhitungan tetap kurang")

    citizen.reads("Closed on")
    citizen.rate()
    citizen.reads("You rated this service: very good")
