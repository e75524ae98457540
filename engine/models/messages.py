"""Messages that came in, and who waits for which."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Base


class MessageStatus(StrEnum):
    """``buffered``: nobody took it yet. ``expired``: nobody took it in time."""

    BUFFERED = "buffered"
    DELIVERED = "delivered"
    EXPIRED = "expired"


class Message(Base):
    """A message that was published."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("agency_id", "message_id"),
        Index("ix_messages_correlation", "name", "correlation_key", "agency_id"),
        Index("ix_messages_expiry", "expires_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("agencies.id"), comment="Whose instances may take it")
    name: Mapped[str] = mapped_column()
    correlation_key: Mapped[str] = mapped_column(comment="Which instance is meant; empty: a start event only")
    message_id: Mapped[str | None] = mapped_column(comment="The sender's id: a second one of it is a duplicate")
    data: Mapped[dict[str, Any]] = mapped_column()
    status: Mapped[MessageStatus] = mapped_column()
    published_at: Mapped[datetime] = mapped_column()
    published_by: Mapped[str] = mapped_column()
    expires_at: Mapped[datetime] = mapped_column(comment="How long it waits for a receiver")
    delivered_at: Mapped[datetime | None] = mapped_column(comment="NULL: not delivered")
    instance_id: Mapped[UUID | None] = mapped_column(comment="The instance that took it or that it started")


class SubscriptionKind(StrEnum):
    """What is waited for."""

    MESSAGE = "message"
    SIGNAL = "signal"


class Subscription(Base):
    """A step that waits for a message or signal, or a start event of an approved version."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        Index("ix_subscriptions_name", "name", "correlation_key"),
        Index("ix_subscriptions_instance", "instance_id", "token"),
        Index("ix_subscriptions_version", "version_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[SubscriptionKind] = mapped_column()
    name: Mapped[str] = mapped_column(comment="Name of the message or signal")
    correlation_key: Mapped[str | None] = mapped_column(comment="NULL: a signal or a start event")
    agency_id: Mapped[UUID | None] = mapped_column(comment="Whose messages it takes; NULL: a start event for all")
    process_id: Mapped[str] = mapped_column()
    instance_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("instances.id", ondelete="CASCADE"), comment="NULL: a start event"
    )
    token: Mapped[int | None] = mapped_column(comment="NULL: a start event")
    version_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("versions.id"), comment="The version that a start event belongs to; NULL: a waiting step"
    )
    step: Mapped[str] = mapped_column(comment="BPMN id of the waiting step or start event")
