"""Agencies, the people and systems that act for them, and how these sign in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Base


class Agency(Base):
    """An owner of data and authority."""

    __tablename__ = "agencies"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, comment="Short name; part of receipt numbers and addresses")
    name: Mapped[str] = mapped_column(comment="What people call it")
    parent_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("agencies.id"), comment="The agency above it; NULL for one without"
    )
    time_zone: Mapped[str] = mapped_column(comment="IANA zone in which its days begin, such as Asia/Jakarta")
    active: Mapped[bool] = mapped_column(comment="False: nothing new may be started in its name")
    created_at: Mapped[datetime] = mapped_column()


class User(Base):
    """A person who can sign in."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True, comment="Name to sign in with; the actor in journal and tasks")
    full_name: Mapped[str] = mapped_column(comment="Name as colleagues and letters write it")
    email: Mapped[str | None] = mapped_column(comment="NULL: none known")
    password_hash: Mapped[str | None] = mapped_column(comment="Argon2; NULL: cannot sign in by password")
    language: Mapped[str] = mapped_column(comment="Language of the pages: id or en")
    active: Mapped[bool] = mapped_column(comment="False: may not sign in")
    created_at: Mapped[datetime] = mapped_column()
    failed_logins: Mapped[int] = mapped_column(comment="Wrong passwords since the last right one")
    locked_until: Mapped[datetime | None] = mapped_column(comment="No sign-in before; NULL: not locked")


class UserRole(Base):
    """What a user may do in an agency: a role of processes (a lane), or one of Alur's own (admin, designer, …)."""

    __tablename__ = "user_roles"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True, comment="Role key, as lanes and candidate groups name it")
    since: Mapped[datetime] = mapped_column()
    until: Mapped[datetime | None] = mapped_column(comment="End of an acting appointment; NULL: open")


class SavedView(Base):
    """A list of the desk with its filters, kept by a user under a name."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("user_id", "agency_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"))
    name: Mapped[str] = mapped_column(comment="What the user calls it")
    shows: Mapped[dict[str, Any]] = mapped_column(comment="What the list shows, in the words of its page's address")
    created_at: Mapped[datetime] = mapped_column()


class BrowserSession(Base):
    """A signed-in browser."""

    __tablename__ = "sessions"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True, comment="HMAC of the cookie's token")
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    agency_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("agencies.id"), comment="For which agency the user acts now; NULL: none chosen"
    )
    created_at: Mapped[datetime] = mapped_column()
    seen_at: Mapped[datetime] = mapped_column(comment="Last use; an idle session ends")
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ApiKey(Base):
    """A key with which a system of an agency acts."""

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), index=True)
    name: Mapped[str] = mapped_column(comment="What the key is for")
    secret_hash: Mapped[bytes] = mapped_column(comment="HMAC of the secret; the secret itself is shown once")
    scopes: Mapped[list[str]] = mapped_column(comment="What the key may do")
    roles: Mapped[list[str]] = mapped_column(comment="Roles whose tasks the key may do")
    created_at: Mapped[datetime] = mapped_column()
    created_by: Mapped[str] = mapped_column()
    expires_at: Mapped[datetime | None] = mapped_column(comment="NULL: valid until revoked")
    revoked_at: Mapped[datetime | None] = mapped_column(comment="NULL: not revoked")
    last_used_at: Mapped[datetime | None] = mapped_column(comment="To the hour; NULL: never used")


class IdempotencyKey(Base):
    """The answer that a request with an Idempotency-Key got, to be given again."""

    __tablename__ = "idempotency_keys"

    actor: Mapped[str] = mapped_column(primary_key=True, comment="Who sent it: keys of two callers never meet")
    key: Mapped[str] = mapped_column(primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(comment="SHA-256 of method, path and body: a key is for one request")
    status: Mapped[int | None] = mapped_column(comment="HTTP status of the answer; NULL: still at work")
    answer: Mapped[dict[str, Any] | None] = mapped_column(comment="Body and headers of the answer")
    created_at: Mapped[datetime] = mapped_column()
    expires_at: Mapped[datetime] = mapped_column(index=True)
