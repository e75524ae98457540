"""Agencies, people and keys, and how these prove who they are."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import select

from engine import accounts
from engine.access import Actor, ActorKind, OwnRole
from engine.accounts import NotSignedIn, passwords
from engine.database import Page
from engine.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from engine.models import ApiKey, BrowserSession, User

PASSWORD = "kata sandi yang panjang"


@pytest.fixture
def person(world: Any) -> Callable[..., str]:
    """Adds a person with roles in an agency."""

    def add(name: str, *roles: str, agency_id: UUID = world.agency) -> str:
        with world.sessions.begin() as session:
            accounts.create_user(session, name, name.title(), PASSWORD, agency_id=None, actor="t", now=world.now)
            accounts.grant(session, name, agency_id, roles, actor="t", now=world.now)
        return name

    return add


def sign_in(world: Any, name: str, password: str = PASSWORD, now: datetime | None = None, **more: Any) -> Any:
    with world.sessions() as session:
        hashed = accounts.password_of(session, name)
    matches = hashed if accounts.is_password(hashed, password) else None
    with world.sessions.begin() as session:
        return accounts.open_session(session, name, matches=matches, now=now or world.now, **more)


def recognized(world: Any, token: str, now: datetime | None = None) -> Actor:
    with world.sessions() as session:
        return accounts.recognize_token(session, token, now=now or world.now).actor


def test_who_signs_in_acts_with_the_roles_of_the_agency(world: Any, person: Any) -> None:
    person("rani", "officer", OwnRole.HEAD)

    opened = sign_in(world, "rani")

    assert opened.actor == Actor("rani", ActorKind.USER, world.agency, frozenset({"officer", OwnRole.HEAD}))
    assert recognized(world, opened.token) == opened.actor


def test_neither_passwords_nor_tokens_nor_keys_are_stored(world: Any, person: Any) -> None:
    person("rani", "officer")
    token = sign_in(world, "rani").token
    with world.sessions.begin() as session:
        _key, text = accounts.create_key(session, "k", world.agency, ["tasks:read"], created_by="t", now=world.now)

    with world.sessions() as session:
        stored = [
            session.scalars(select(User.password_hash)).one(),
            session.scalars(select(BrowserSession.token_hash)).one().hex(),
            session.scalars(select(ApiKey.secret_hash)).one().hex(),
        ]
    assert stored[0].startswith("$argon2id$")
    for secret in (PASSWORD, token, text.rpartition("_")[2]):
        assert all(secret not in each for each in stored)


def test_a_wrong_password_opens_nothing_and_the_tenth_locks_for_a_while(world: Any, person: Any) -> None:
    person("rani", "officer")
    refused = [sign_in(world, "rani", "salah") for _ in range(10)]

    locked = sign_in(world, "rani")
    later = sign_in(world, "rani", now=world.now + timedelta(minutes=16))

    assert refused == [None] * 10
    assert locked is None
    assert later is not None


def test_a_right_password_forgets_the_wrong_ones(world: Any, person: Any) -> None:
    person("rani", "officer")
    for _ in range(3):
        for _ in range(9):
            sign_in(world, "rani", "salah")

        assert sign_in(world, "rani") is not None


def test_an_unknown_or_inactive_name_cannot_sign_in(world: Any, person: Any) -> None:
    person("rani", "officer")
    with world.sessions.begin() as session:
        accounts.change_user(
            session, accounts.user(session, "rani"), agency_id=None, actor="t", now=world.now, active=False
        )

    assert sign_in(world, "rani") is None
    assert sign_in(world, "nobody") is None


def test_a_password_that_changed_meanwhile_opens_nothing(world: Any, person: Any) -> None:
    person("rani", "officer")
    with world.sessions() as session:
        matches = accounts.password_of(session, "rani")
    with world.sessions.begin() as session:
        accounts.set_password(session, "rani", "kata sandi yang baru", agency_id=None, actor="t", now=world.now)

    with world.sessions.begin() as session:
        assert accounts.open_session(session, "rani", matches=matches, now=world.now) is None


def test_sessions_end_when_idle_when_old_when_signed_out_and_when_the_person_leaves(world: Any, person: Any) -> None:
    person("rani", "officer")
    idle, old, out, left = (sign_in(world, "rani").token for _ in range(4))
    with world.sessions.begin() as session:
        for hours in range(1, 12):
            moment = world.now + timedelta(hours=hours)
            accounts.note_use(session, accounts.recognize_token(session, old, now=moment), now=moment)
        accounts.sign_out(session, out)

    assert recognized(world, old, world.now + timedelta(hours=11, minutes=59)).name == "rani"
    for token, moment in (
        (idle, world.now + timedelta(hours=2)),
        (old, world.now + timedelta(hours=12)),
        (out, world.now),
        ("nonsense", world.now),
    ):
        with pytest.raises(NotSignedIn):
            recognized(world, token, moment)
    with world.sessions.begin() as session:
        accounts.change_user(
            session, accounts.user(session, "rani"), agency_id=None, actor="t", now=world.now, active=False
        )
    with pytest.raises(NotSignedIn):
        recognized(world, left)


def test_an_acting_appointment_begins_and_ends_by_itself(world: Any, person: Any) -> None:
    person("rani", "officer")
    until = world.now + timedelta(hours=1)
    with world.sessions.begin() as session:
        accounts.grant(session, "rani", world.agency, [OwnRole.HEAD], actor="t", now=world.now, until=until)
    token = sign_in(world, "rani").token

    before, after = recognized(world, token), recognized(world, token, until)

    assert (before.roles, after.roles) == ({"officer", OwnRole.HEAD}, {"officer"})


def test_who_works_for_two_agencies_chooses_one_and_has_only_its_roles(world: Any, person: Any) -> None:
    person("rani", "officer")
    with world.sessions.begin() as session:
        accounts.grant(session, "rani", world.other_agency, [OwnRole.HEAD], actor="t", now=world.now)

    opened = sign_in(world, "rani")
    with world.sessions.begin() as session:
        chosen = accounts.choose_agency(session, opened.token, "JABAR", now=world.now)

    assert (opened.actor.agency_id, opened.actor.roles) == (None, frozenset())
    assert (chosen.agency_id, chosen.roles) == (world.other_agency, {OwnRole.HEAD})
    assert sign_in(world, "rani", agency_code="DKI").actor.roles == {"officer"}
    with pytest.raises(NotFound):
        sign_in(world, "rani", agency_code="BALI")


def test_a_changed_password_ends_all_sessions(world: Any, person: Any) -> None:
    person("rani", "officer")
    token = sign_in(world, "rani").token
    with world.sessions() as session:
        hashed = accounts.password_of(session, "rani")

    with world.sessions.begin() as session:
        with pytest.raises(NotSignedIn):
            accounts.change_password(session, "rani", "kata sandi yang baru", matches=None, now=world.now)
        accounts.change_password(session, "rani", "kata sandi yang baru", matches=hashed, now=world.now)

    with pytest.raises(NotSignedIn):
        recognized(world, token)
    assert sign_in(world, "rani", "kata sandi yang baru") is not None


@pytest.mark.parametrize("name", ["system", "public", "key:x", "applicant:1", "", "a b", "x" * 101, "-a", "a\0"])
def test_nobody_is_named_like_alur_or_a_key(world: Any, name: str) -> None:
    with world.sessions.begin() as session, pytest.raises(Invalid):
        accounts.create_user(session, name, "X", PASSWORD, agency_id=None, actor="t", now=world.now)


def test_names_and_codes_are_given_once_and_passwords_are_long(world: Any, person: Any) -> None:
    person("rani", "officer")

    with world.sessions.begin() as session:
        with pytest.raises(NotPossibleNow):
            accounts.create_user(session, "rani", "R", PASSWORD, agency_id=None, actor="t", now=world.now)
        with pytest.raises(NotPossibleNow):
            accounts.create_agency(session, "DKI", "X", actor="t", now=world.now)
        with pytest.raises(Invalid):
            accounts.create_user(session, "baru", "B", "pendek", agency_id=None, actor="t", now=world.now)


def test_a_manager_manages_people_of_the_agency_only(world: Any, person: Any) -> None:
    for name, agency_id in (("rani", world.agency), ("tuti", world.other_agency), ("dewi", world.agency)):
        person(name, "officer", agency_id=agency_id)
    with world.sessions.begin() as session:
        accounts.grant(session, "dewi", world.other_agency, ["officer"], actor="t", now=world.now)
        accounts.create_user(session, "baru", "B", PASSWORD, agency_id=None, actor="t", now=world.now)
    admin = Actor("adm", ActorKind.USER, world.agency, frozenset({OwnRole.ADMIN}))
    platform = Actor("pla", ActorKind.USER, world.agency, frozenset({OwnRole.PLATFORM}))

    with world.sessions() as session:

        def managed(name: str, manager: Actor = admin, **more: bool) -> str:
            return accounts.user_of(session, name, world.agency, manager=manager, **more).name

        assert [managed("rani", alone=True), managed("dewi"), managed("baru")] == ["rani", "dewi", "baru"]
        assert managed("tuti", platform, alone=True) == "tuti"
        with pytest.raises(NotFound):
            managed("tuti")
        with pytest.raises(NotAllowed):
            managed("dewi", alone=True)


def test_an_administrator_has_no_power_over_people_of_the_platform(world: Any, person: Any) -> None:
    person("pla", OwnRole.PLATFORM)
    admin = Actor("adm", ActorKind.USER, world.agency, frozenset({OwnRole.ADMIN}))

    with world.sessions() as session, pytest.raises(NotAllowed):
        accounts.user_of(session, "pla", world.agency, manager=admin, alone=True)


def test_a_key_is_recognized_until_it_ends(world: Any) -> None:
    with world.sessions.begin() as session:
        key, text = accounts.create_key(
            session,
            "kasir",
            world.agency,
            ["tasks:read"],
            roles=["officer"],
            created_by="t",
            now=world.now,
            life=timedelta(days=1),
        )
    with world.sessions() as session:
        found = accounts.recognize_key(session, text, now=world.now)

        assert found.actor == Actor(
            "key:kasir", ActorKind.KEY, world.agency, frozenset({"officer"}), frozenset({"tasks:read"})
        )
        for wrong, moment in (
            (text[:-1] + ("A" if text[-1] != "A" else "B"), world.now),
            (text, world.now + timedelta(days=1)),
            ("alur_x_y", world.now),
            ("", world.now),
            (f"alur_{'0' * 32}_x", world.now),
        ):
            with pytest.raises(NotSignedIn):
                accounts.recognize_key(session, wrong, now=moment)
    with world.sessions.begin() as session:
        accounts.revoke_key(session, key.id, world.agency, actor="t", now=world.now)
    with world.sessions() as session, pytest.raises(NotSignedIn):
        accounts.recognize_key(session, text, now=world.now)


def test_use_is_noted_now_and_then_not_each_time(world: Any) -> None:
    with world.sessions.begin() as session:
        _key, text = accounts.create_key(session, "k", world.agency, ["tasks:read"], created_by="t", now=world.now)
    with world.sessions.begin() as session:
        first = accounts.recognize_key(session, text, now=world.now)
        accounts.note_use(session, first, now=world.now)

    with world.sessions() as session:
        again = accounts.recognize_key(session, text, now=world.now + timedelta(minutes=59))
        later = accounts.recognize_key(session, text, now=world.now + timedelta(minutes=61))
    assert [found.is_due for found in (first, again, later)] == [True, False, True]


def test_another_agencys_key_is_not_there_and_an_unknown_scope_is_refused(world: Any) -> None:
    with world.sessions.begin() as session:
        key, _text = accounts.create_key(session, "k", world.agency, ["tasks:read"], created_by="t", now=world.now)

        with pytest.raises(NotFound):
            accounts.revoke_key(session, key.id, world.other_agency, actor="t", now=world.now)
        with pytest.raises(Invalid, match="tasks:eat"):
            accounts.create_key(session, "k", world.agency, ["tasks:eat"], created_by="t", now=world.now)


def test_lists_of_agencies_people_and_keys_go_on_where_they_ended(world: Any, person: Any) -> None:
    for name in ("ani", "budi", "cici"):
        person(name, "officer")
    with world.sessions.begin() as session:
        for name in ("a", "b", "c"):
            accounts.create_key(session, name, world.agency, ["tasks:read"], created_by="t", now=world.now)

    with world.sessions() as session:
        for listing, names in (
            (lambda page: accounts.people(session, world.agency, page), ["ani", "budi", "cici"]),
            (lambda page: accounts.keys(session, world.agency, page), ["a", "b", "c"]),
            (lambda page: accounts.agencies(session, page), ["DKI", "JABAR"]),
        ):
            first = listing(Page(1))
            rest = listing(Page(10, first.next))
            found = [getattr(each, "user", each) for each in (*first.items, *rest.items)]
            assert [getattr(each, "code", None) or each.name for each in found] == names
            assert rest.next is None


def test_too_many_who_sign_in_at_once_are_sent_away_not_kept_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_place", threading.BoundedSemaphore(1))
    with passwords._hashing(), pytest.raises(passwords.TooBusy):
        passwords.is_password(None, "x")

    assert passwords.is_password(None, "x") is False


def test_what_is_sealed_is_read_only_as_what_it_was_sealed_for() -> None:
    sealed = accounts.seal(b"rahasia", "answer 1")

    assert accounts.unseal(sealed, "answer 1") == b"rahasia"
    assert b"rahasia" not in sealed
    with pytest.raises(InvalidTag):
        accounts.unseal(sealed, "answer 2")


def test_a_role_that_begins_later_counts_from_its_day_on(world: Any, person: Any) -> None:
    person("rani")
    manager = Actor("adi", ActorKind.USER, world.agency, frozenset({OwnRole.ADMIN}))
    later = world.now + timedelta(hours=1)
    with world.sessions.begin() as session:
        accounts.give_roles(
            session, "rani", ["officer"], agency_id=world.agency, manager=manager, now=world.now, since=later
        )
        (appointment,) = accounts.person(session, "rani", world.agency, manager=manager).appointments

    assert (appointment.since, appointment.until) == (later, None)
    assert (appointment.counts_at(world.now), appointment.counts_at(later)) == (False, True)


def test_an_administrator_neither_shuts_itself_out_nor_makes_anybody_of_the_platform(world: Any, person: Any) -> None:
    person("adi", OwnRole.ADMIN)
    adi = Actor("adi", ActorKind.USER, world.agency, frozenset({OwnRole.ADMIN}))
    with world.sessions.begin() as session:
        with pytest.raises(NotPossibleNow):
            accounts.take_roles(session, "adi", [OwnRole.ADMIN], agency_id=world.agency, manager=adi, now=world.now)
        with pytest.raises(NotPossibleNow):
            accounts.change_person(session, "adi", agency_id=world.agency, manager=adi, now=world.now, active=False)
        with pytest.raises(NotAllowed):
            accounts.give_roles(session, "adi", [OwnRole.PLATFORM], agency_id=world.agency, manager=adi, now=world.now)
