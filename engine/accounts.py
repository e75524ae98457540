"""Agencies, the people and keys that act for them, and how these prove who they are.

Passwords are hashed with Argon2id. Tokens and keys are random, so a keyed hash is enough; what is stored opens nothing.
"""

import hmac
import os
import secrets
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from engine.access import Actor, ActorKind, Scope
from engine.database import uuid7
from engine.errors import AlurError, Invalid, NotFound, NotPossibleNow
from engine.models import Agency, ApiKey, BrowserSession, User, UserRole
from engine.settings import settings

SESSION_LIFE = timedelta(hours=12)
SESSION_IDLE = timedelta(hours=2)
SHORTEST_PASSWORD = 12
MOST_WRONG_PASSWORDS = 10
LOCKED_FOR = timedelta(minutes=15)
KEY_PREFIX = "alur"
_SEEN_EVERY = timedelta(minutes=5)
_USED_EVERY = timedelta(hours=1)

# OWASP's minimum for Argon2id: 0.2 s and 19 MiB each. Only a few at once, so that a flood of sign-ins costs time only.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_hashing = threading.BoundedSemaphore(2)
_UNKNOWN = _hasher.hash("nobody has this password")


class NotSignedIn(AlurError):
    """Who is calling could not be established. Says no more than that: not which part was wrong."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that was opened. ``token`` is shown once; ``csrf`` must come back with forms of a browser."""

    token: str
    csrf: str
    expires_at: datetime
    actor: Actor


def create_agency(
    session: Session,
    code: str,
    name: str,
    *,
    time_zone: str = "Asia/Jakarta",
    parent_id: UUID | None = None,
    now: datetime,
) -> Agency:
    """Add an agency. Raises NotPossibleNow if the code is taken."""
    if session.scalar(select(Agency.id).where(Agency.code == code)) is not None:
        raise NotPossibleNow(f"Expected a new code for an agency, but {code} is taken")
    agency = Agency(
        id=uuid7(now), code=code, name=name, parent_id=parent_id, time_zone=time_zone, active=True, created_at=now
    )
    session.add(agency)
    session.flush()
    return agency


def agency(session: Session, code: str) -> Agency:
    """Return an agency by its code. Raises NotFound."""
    found = session.scalars(select(Agency).where(Agency.code == code)).one_or_none()
    if found is None:
        raise NotFound(f"Expected agency {code}, but there is no such agency")
    return found


def create_user(
    session: Session,
    name: str,
    full_name: str,
    password: str | None,
    *,
    now: datetime,
    email: str | None = None,
    language: str = "id",
) -> User:
    """Add a person. Raises NotPossibleNow if the name is taken, Invalid for a short password."""
    if session.scalar(select(User.id).where(User.name == name)) is not None:
        raise NotPossibleNow(f"Expected a new name for a user, but {name} is taken")
    user = User(
        id=uuid7(now),
        name=name,
        full_name=full_name,
        email=email,
        password_hash=_hash_password(password) if password is not None else None,
        language=language,
        active=True,
        created_at=now,
        failed_logins=0,
        locked_until=None,
    )
    session.add(user)
    session.flush()
    return user


def user(session: Session, name: str) -> User:
    """Return a person by name. Raises NotFound."""
    found = session.scalars(select(User).where(User.name == name)).one_or_none()
    if found is None:
        raise NotFound(f"Expected user {name}, but there is no such user")
    return found


def set_password(session: Session, name: str, password: str) -> None:
    """Change a password; every open session of the person ends."""
    found = user(session, name)
    found.password_hash, found.failed_logins, found.locked_until = _hash_password(password), 0, None
    session.execute(delete(BrowserSession).where(BrowserSession.user_id == found.id))


def grant(session: Session, name: str, agency_id: UUID, roles: Iterable[str], *, now: datetime) -> None:
    """Give a person roles in an agency, beside those it has."""
    found = user(session, name)
    for role in roles:
        if session.get(UserRole, (found.id, agency_id, role)) is None:
            session.add(UserRole(user_id=found.id, agency_id=agency_id, role=role, since=now, until=None))
    session.flush()


def withdraw(session: Session, name: str, agency_id: UUID, roles: Iterable[str]) -> None:
    """Take roles in an agency from a person. It counts from the next request on."""
    found = user(session, name)
    session.execute(
        delete(UserRole).where(
            UserRole.user_id == found.id, UserRole.agency_id == agency_id, UserRole.role.in_(list(roles))
        )
    )


def sign_in(session: Session, name: str, password: str, *, now: datetime, agency_code: str | None = None) -> SignedIn:
    """Open a session. Without ``agency_code`` it is for the person's only agency, or for none yet.

    Raises NotSignedIn; the wrong passwords counted must be kept: commit also then. NotFound for a foreign agency.
    """
    found = session.scalars(select(User).where(User.name == name).with_for_update()).one_or_none()
    locked = found is not None and found.locked_until is not None and found.locked_until > now
    # The hash is computed for unknown and locked names too, so that the time tells nothing.
    right = _is_password(found.password_hash if found is not None else None, password)
    if found is None or locked or not found.active or not right:
        if found is not None and not locked:
            _count_wrong(found, now)
        raise NotSignedIn("Expected a known name with its password, found another combination")
    found.failed_logins, found.locked_until = 0, None
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    row = BrowserSession(
        token_hash=_keyed(token),
        user_id=found.id,
        agency_id=_chosen(session, found, agency_code, now),
        csrf=csrf,
        created_at=now,
        seen_at=now,
        expires_at=now + SESSION_LIFE,
    )
    session.add(row)
    session.flush()
    return SignedIn(token, csrf, row.expires_at, _acting(session, found, row.agency_id, now))


def session_actor(session: Session, token: str, *, now: datetime) -> Actor:
    """Return who a session's token stands for, with the roles of this moment. Raises NotSignedIn."""
    row = session.get(BrowserSession, _keyed(token))
    if row is None or row.expires_at <= now or row.seen_at + SESSION_IDLE <= now:
        raise NotSignedIn("Expected the token of an open session, found another or an expired one")
    found = session.get_one(User, row.user_id)
    if not found.active:
        raise NotSignedIn("Expected an active user, found one that is no longer")
    if now - row.seen_at > _SEEN_EVERY:
        session.execute(update(BrowserSession).where(BrowserSession.token_hash == row.token_hash).values(seen_at=now))
    return _acting(session, found, row.agency_id, now)


def choose_agency(session: Session, token: str, agency_code: str, *, now: datetime) -> Actor:
    """Let a session act for another of the person's agencies. Raises NotSignedIn, NotFound."""
    session_actor(session, token, now=now)
    row = session.get_one(BrowserSession, _keyed(token))
    found = session.get_one(User, row.user_id)
    row.agency_id = _chosen(session, found, agency_code, now)
    return _acting(session, found, row.agency_id, now)


def sign_out(session: Session, token: str) -> None:
    """End a session; an unknown token is no fault."""
    session.execute(delete(BrowserSession).where(BrowserSession.token_hash == _keyed(token)))


def create_key(
    session: Session,
    name: str,
    agency_id: UUID,
    scopes: Iterable[str],
    *,
    roles: Iterable[str] = (),
    created_by: str,
    now: datetime,
    life: timedelta | None = None,
    known: tuple[UUID, str] | None = None,
) -> tuple[ApiKey, str]:
    """Add a key for a system of an agency; return it with its text, which is shown only now.

    ``life`` None: valid until revoked. ``known`` gives id and secret of a demonstration key. Raises Invalid.
    """
    wanted, scopes_known = list(scopes), {scope.value for scope in Scope}
    if unknown := sorted(set(wanted) - scopes_known):
        raise Invalid(f"Expected scopes of {', '.join(sorted(scopes_known))}, found {', '.join(unknown)}")
    key_id, made = known or (uuid7(now), secrets.token_urlsafe(32))
    key = ApiKey(
        id=key_id,
        agency_id=agency_id,
        name=name,
        secret_hash=_keyed(made),
        scopes=sorted(set(wanted)),
        roles=sorted(set(roles)),
        created_at=now,
        created_by=created_by,
        expires_at=now + life if life is not None else None,
        revoked_at=None,
        last_used_at=None,
    )
    session.add(key)
    session.flush()
    return key, f"{KEY_PREFIX}_{key.id.hex}_{made}"


def key_actor(session: Session, text: str, *, now: datetime) -> Actor:
    """Return who a key's text stands for. Raises NotSignedIn for an unknown, wrong, expired or revoked one."""
    prefix, _bar, rest = text.partition("_")
    identifier, _bar, secret = rest.partition("_")
    key = session.get(ApiKey, UUID(identifier)) if prefix == KEY_PREFIX and _is_hex(identifier) else None
    if (
        key is None
        or not hmac.compare_digest(key.secret_hash, _keyed(secret))
        or key.revoked_at is not None
        or (key.expires_at is not None and key.expires_at <= now)
    ):
        raise NotSignedIn("Expected a valid API key, found another text, or a key that expired or was revoked")
    if key.last_used_at is None or now - key.last_used_at > _USED_EVERY:
        session.execute(update(ApiKey).where(ApiKey.id == key.id).values(last_used_at=now))
    return Actor(f"key:{key.name}", ActorKind.KEY, key.agency_id, frozenset(key.roles), frozenset(key.scopes))


def revoke_key(session: Session, key_id: UUID, agency_id: UUID, *, now: datetime) -> ApiKey:
    """End a key. Ending it twice changes nothing. Raises NotFound."""
    key = session.get(ApiKey, key_id)
    if key is None or key.agency_id != agency_id:
        raise NotFound(f"Expected key {key_id}, but there is no such key")
    key.revoked_at = key.revoked_at or now
    return key


def applicant_actor(receipt: str, instance_id: UUID) -> Actor:
    """Return the actor for somebody who knows a case's number and secret (engine.instances.track checks them)."""
    return Actor(f"applicant:{receipt}", ActorKind.APPLICANT, instance_id=instance_id)


def _acting(session: Session, found: User, agency_id: UUID | None, now: datetime) -> Actor:
    rows = session.execute(
        select(UserRole.agency_id, UserRole.role).where(
            UserRole.user_id == found.id, UserRole.since <= now, (UserRole.until.is_(None)) | (UserRole.until > now)
        )
    )
    roles = frozenset(row.role for row in rows if row.agency_id == agency_id)
    return Actor(found.name, ActorKind.USER, agency_id, roles)


def _chosen(session: Session, found: User, code: str | None, now: datetime) -> UUID | None:
    """Return the agency that a person acts for: the one named, else the only one, else none."""
    mine = session.execute(
        select(Agency.id, Agency.code)
        .join(UserRole, UserRole.agency_id == Agency.id)
        .where(UserRole.user_id == found.id, (UserRole.until.is_(None)) | (UserRole.until > now))
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


def _hash_password(password: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid(f"Expected a password of at least {SHORTEST_PASSWORD} characters, found {len(password)}")
    with _hashing:
        return _hasher.hash(password)


def _is_password(hashed: str | None, password: str) -> bool:
    with _hashing:
        try:
            return _hasher.verify(hashed or _UNKNOWN, password) and hashed is not None
        except (VerificationError, InvalidHashError):
            return False


def _keyed(secret: str) -> bytes:
    return hmac.new(pepper(), secret.encode(), sha256).digest()


@cache
def pepper() -> bytes:
    """Return the key of the hashes: the setting, else one that is made once and kept beside the data."""
    if settings().secret:
        return settings().secret.encode()
    file = settings().data / "secret"
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        # Written aside and linked: another process at the same moment sees all of it or nothing.
        aside = file.with_name(f"secret.{secrets.token_hex(8)}")
        aside.touch(0o600)
        aside.write_bytes(secrets.token_bytes(32))
        with suppress(FileExistsError):
            os.link(aside, file)
        aside.unlink()
    return file.read_bytes()


def _is_hex(text: str) -> bool:
    return len(text) == 32 and all(digit in "0123456789abcdef" for digit in text)
