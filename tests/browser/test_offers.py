"""What the law lets a citizen do beside answering, in a browser with and without JavaScript: object to silence, ask for
protection and for personal data, appeal. Each goes on until the agency has it, and what it answers."""

from typing import Any

from citizens import COMPLAINT, PERMIT, REQUEST, TODAY, Citizen, Office


def test_who_gets_no_answer_objects_to_the_silence(citizen: Citizen, site: Any) -> None:
    office = Office(site.sessions, citizen.apply("information_request", REQUEST))
    office.do("register", received_on=TODAY)
    office.do("check_request", completeness="complete")
    office.do("assess_possession", possession="possessed")
    office.let_days_pass(30)
    citizen.reads("It is your turn", "File an objection")

    objection = {"objection_ground": "no_answer", "objection_reason": "Belum ada jawaban", "objection_signed": "true"}
    citizen.send("File an objection", objection)

    assert office.open_steps() == {"register_objection"}
    office.do("register_objection", objection_number="K-2", objection_received_on=TODAY)
    office.do(
        "decide_objection", objection_decision="order", objection_reasons="Tidak ada alasan", superior_order="Berikan"
    )
    office.do("release_information", released_on=TODAY, release_note="Salinan dikirim")
    citizen.reads("Closed on", "Outcome")


def test_a_reporter_asks_for_protection_and_for_personal_data(citizen: Citizen, site: Any) -> None:
    office = Office(site.sessions, citizen.apply("complaint", COMPLAINT))
    office.do("verify", verdict="valid", supervised="no")
    citizen.reads("What you may send")

    citizen.send("Request to protect the reporter", {"threat": "Ancaman <b>lewat</b> telepon"})
    citizen.send("Request of a data subject", {"requested": "Siapa yang membaca data saya"})

    assert office.open_steps() == {"dispose", "protect_reporter", "answer_data_subject"}
    office.do("protect_reporter", protection_note="LPSK dihubungi")
    office.do("answer_data_subject", data_subject_answer="Daftar akses dilampirkan")
    assert office.open_steps() == {"dispose"}
    # Both may be asked again as long as the case runs.
    citizen.send("Request to protect the reporter", {"threat": "Datang ke rumah"})
    assert office.open_steps() == {"dispose", "protect_reporter"}


def test_a_refused_permit_is_objected_to_and_appealed_against(citizen: Citizen, site: Any) -> None:
    office = Office(site.sessions, citizen.apply("building_permit", PERMIT))
    office.refuse_permit()
    citizen.answer("Accept or object", {"objection_choice": "object", "objection_reason": "Keliru membaca gambar"})
    assert office.open_steps() == {"decide_objection"}
    office.do("decide_objection", objection_decision="rejected", objection_grounds="Struktur tidak aman")

    citizen.answer("Accept or appeal", {"appeal_choice": "appeal", "appeal_reason": "Ahli lain berpendapat aman"})

    assert office.open_steps() == {"decide_appeal"}
    office.do("decide_appeal", appeal_decision="granted", appeal_grounds="Ahli independen dibenarkan")
    assert office.open_steps() == {"assign_examiners"}
    citizen.reads("An answer is owed by")
