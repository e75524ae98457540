"""Who is calling: people sign in and get a token for a session, systems show their key.

Signing in is done in three steps, so that no transaction is open while the password is hashed:
``password_of``, ``is_password``, ``open_session``.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from engine.access import Actor, ActorKind
from engine.accounts.keys import split
from engine.accounts.people import set_password
from engine.accounts.secrets import keyed
from engine.errors import AlurError, NotFound
from engine.models import Agency, ApiKey, BrowserSession, User, UserRole
from engine.statements import Query

SESSION_LIFE = timedelta(hours=12)
SESSION_IDLE = timedelta(hours=2)
MOST_WRONG_PASSWORDS = 10
LOCKED_FOR = timedelta(minutes=15)
_SEEN_EVERY = timedelta(minutes=5)
_USED_EVERY = timedelta(hours=1)


class NotSignedIn(AlurError):
    """Who is calling could not be established. Says no more than that: not which part was wrong."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that was opened. ``token`` is shown once."""

    token: str
    expires_at: datetime
    actor: Actor


@dataclass(frozen=True, slots=True)
class Recognized:
    """Who is calling. ``is_due``: its last use was noted long ago, and ``note_use`` should note this one."""

    actor: Actor
    is_due: bool
    token_hash: bytes | None = None
    key_id: UUID | None = None


def password_of(session: Session, name: str) -> str | None:
    """Return the hash of a person's password; None: there is no such person, or no password."""
    return session.scalar(select(User.password_hash).where(User.name == name))


def open_session(
    session: Session, name: str, *, matches: str | None, now: datetime, agency_code: str | None = None
) -> SignedIn | None:
    """Open a session, if the password given was that hashed as ``matches`` (None: it was wrong, or nobody's).

    Return None if the person may not sign in. A wrong password is counted, and the tenth locks: commit in any case.
    Without ``agency_code`` the session is for the person's only agency, or for none yet. Raises NotFound for a
    foreign agency.
    """
    found = session.scalars(select(User).where(User.name == name).with_for_update()).one_or_none()
    if found is None or (found.locked_until is not None and found.locked_until > now):
        return None
    if matches is None or found.password_hash != matches:
        _count_wrong(found, now)
        return None
    if not found.active:
        return None
    found.failed_logins, found.locked_until = 0, None
    token = secrets.token_urlsafe(32)
    row = BrowserSession(
        token_hash=keyed(token),
        user_id=found.id,
        agency_id=_chosen(session, found, agency_code, now),
        created_at=now,
        seen_at=now,
        expires_at=now + SESSION_LIFE,
    )
    session.add(row)
    session.flush()
    return SignedIn(token, row.expires_at, recognize_token(session, token, now=now).actor)


def recognize_token(session: Session, token: str, *, now: datetime) -> Recognized:
    """Return who a session's token stands for, with the roles of this moment. Raises NotSignedIn. Writes nothing."""
    hashed = keyed(token)
    rows = [_Row(*row) for row in _BY_TOKEN.all(session.connection(), token=hashed, now=now)]
    if not rows or rows[0].expires_at <= now or rows[0].seen_at + SESSION_IDLE <= now:
        raise NotSignedIn("Expected the token of an open session, found another or an expired one")
    first = rows[0]
    if not first.active:
        raise NotSignedIn("Expected an active user, found one that is no longer")
    return Recognized(
        Actor(first.name, ActorKind.USER, first.agency_id, _roles(rows)),
        is_due=now - first.seen_at > _SEEN_EVERY,
        token_hash=hashed,
    )


def recognize_key(session: Session, text: str, *, now: datetime) -> Recognized:
    """Return who a key's text stands for. Raises NotSignedIn for an unknown, wrong, expired or revoked one."""
    parts = split(text)
    row = _BY_KEY.one(session.connection(), id=parts[0]) if parts is not None else None
    if parts is None or row is None:
        raise _no_key()
    name, agency_id, secret_hash, roles, scopes, expires_at, revoked_at, last_used_at = row
    is_over = revoked_at is not None or (expires_at is not None and expires_at <= now)
    if not hmac.compare_digest(secret_hash, keyed(parts[1])) or is_over:
        raise _no_key()
    return Recognized(
        Actor(f"key:{name}", ActorKind.KEY, agency_id, frozenset(roles), frozenset(scopes)),
        is_due=last_used_at is None or now - last_used_at > _USED_EVERY,
        key_id=parts[0],
    )


def note_use(session: Session, found: Recognized, *, now: datetime) -> None:
    """Note that a token or key was used. An idle session ends; an unused key can be found and revoked."""
    if found.token_hash is not None:
        session.execute(update(BrowserSession).where(BrowserSession.token_hash == found.token_hash).values(seen_at=now))
    if found.key_id is not None:
        session.execute(update(ApiKey).where(ApiKey.id == found.key_id).values(last_used_at=now))


def choose_agency(session: Session, token: str, agency_code: str, *, now: datetime) -> Actor:
    """Let a session act for another of the person's agencies. Raises NotSignedIn, NotFound."""
    recognize_token(session, token, now=now)
    row = session.get_one(BrowserSession, keyed(token))
    row.agency_id = _chosen(session, session.get_one(User, row.user_id), agency_code, now)
    session.flush()
    return recognize_token(session, token, now=now).actor


def acting_for(session: Session, actor: Actor, agency_code: str, *, now: datetime) -> Actor:
    """Return a person as it acts for one of its agencies, with its roles there; a key acts for its own only.

    Raises NotFound for an agency that is none of the actor's.
    """
    rows: Sequence[Any] = session.execute(_roles_in(actor.name, agency_code, now)).all()
    if actor.kind is ActorKind.USER and rows:
        return replace(actor, agency_id=rows[0].agency_id, roles=_roles(rows))
    own = session.scalar(select(Agency.id).where(Agency.code == agency_code))
    if own is None or own != actor.agency_id:
        raise NotFound(f"Expected an agency of {actor.name}, but {agency_code} is none")
    return actor


def change_password(session: Session, name: str, new: str, *, matches: str | None, now: datetime) -> None:
    """Change the own password, if the old one given was that hashed as ``matches``. Raises NotSignedIn, Invalid.

    All sessions of the person end, also this one.
    """
    if matches is None or password_of(session, name) != matches:
        raise NotSignedIn("Expected the password of now, found another one")
    set_password(session, name, new, agency_id=None, actor=name, now=now)


def sign_out(session: Session, token: str) -> None:
    """End a session; an unknown token is no fault."""
    session.execute(delete(BrowserSession).where(BrowserSession.token_hash == keyed(token)))


def applicant_actor(receipt: str, instance_id: UUID) -> Actor:
    """Return the actor for somebody who knows a case's number and secret (engine.instances.track checks them)."""
    return Actor(f"applicant:{receipt}", ActorKind.APPLICANT, instance_id=instance_id)


def _no_key() -> NotSignedIn:
    return NotSignedIn("Expected a valid API key, found another text, or a key that expired or was revoked")


class _Row(NamedTuple):
    """What a request must know of its caller: a row for each role, or one without."""

    agency_id: UUID | None
    seen_at: datetime
    expires_at: datetime
    name: str
    active: bool
    role: str | None


# Every request asks this: compiled once it took 60 µs of a request, through SQLAlchemy's Core 450.
_BY_TOKEN = Query(
    select(
        BrowserSession.agency_id,
        BrowserSession.seen_at,
        BrowserSession.expires_at,
        User.name,
        User.active,
        UserRole.role,
    )
    .join(User, User.id == BrowserSession.user_id)
    .outerjoin(
        UserRole,
        and_(
            UserRole.user_id == BrowserSession.user_id,
            UserRole.agency_id == BrowserSession.agency_id,
            UserRole.since <= bindparam("now"),
            or_(UserRole.until.is_(None), UserRole.until > bindparam("now")),
        ),
    )
    .where(BrowserSession.token_hash == bindparam("token"))
)
_BY_KEY = Query(
    select(
        ApiKey.name,
        ApiKey.agency_id,
        ApiKey.secret_hash,
        ApiKey.roles,
        ApiKey.scopes,
        ApiKey.expires_at,
        ApiKey.revoked_at,
        ApiKey.last_used_at,
    ).where(ApiKey.id == bindparam("id"))
)


def _roles_in(name: str, agency_code: str, now: datetime) -> Any:
    return (
        select(UserRole.agency_id, UserRole.role)
        .join(User, User.id == UserRole.user_id)
        .join(Agency, Agency.id == UserRole.agency_id)
        .where(
            User.name == name,
            Agency.code == agency_code,
            UserRole.since <= now,
            or_(UserRole.until.is_(None), UserRole.until > now),
        )
    )


def _roles(rows: Sequence[Any]) -> frozenset[str]:
    return frozenset(row.role for row in rows if row.role is not None)


def _chosen(session: Session, found: User, code: str | None, now: datetime) -> UUID | None:
    """Return the agency that a person acts for: the one named, else the only one, else none."""
    mine = session.execute(
        select(Agency.id, Agency.code)
        .join(UserRole, UserRole.agency_id == Agency.id)
        .where(UserRole.user_id == found.id, or_(UserRole.until.is_(None), UserRole.until > now))
        .distinct()
    ).all()
    if code is None:
        return mine[0].id if len(mine) == 1 else None
    for row in mine:
        if row.code == code:
            return UUID(str(row.id))
    raise NotFound(f"Expected an agency of {found.name}, but {code} is none")


def _count_wrong(found: User, now: datetime) -> None:
    found.failed_logins += 1
    if found.failed_logins >= MOST_WRONG_PASSWORDS:
        found.failed_logins, found.locked_until = 0, now + LOCKED_FOR
