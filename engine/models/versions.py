"""Deployed packages."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import Base


class VersionStatus(StrEnum):
    """A draft may be tried, an approved version may be started, a retired one only ends what runs on it."""

    DRAFT = "draft"
    APPROVED = "approved"
    RETIRED = "retired"


class Version(Base):
    """One content of a process package. Instances keep the version that they were started with."""

    __tablename__ = "versions"
    __table_args__ = (
        UniqueConstraint("process_id", "number"),
        UniqueConstraint("process_id", "agency_id", "sha256"),
        Index(
            "ix_versions_national",
            "process_id",
            "sha256",
            unique=True,
            postgresql_where=text("agency_id IS NULL"),
            sqlite_where=text("agency_id IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    process_id: Mapped[str] = mapped_column(comment="Id of the process in manifest, BPMN and addresses")
    number: Mapped[int] = mapped_column(comment="1, 2, … within the process")
    sha256: Mapped[str] = mapped_column(comment="Of names and contents of the package, hexadecimal")
    agency_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("agencies.id"), comment="The only agency that may use it; NULL: all"
    )
    status: Mapped[VersionStatus] = mapped_column()
    in_force_from: Mapped[date] = mapped_column(comment="First local day on which instances may be started")
    manifest: Mapped[dict[str, Any]] = mapped_column(comment="process.yaml as JSON")
    package: Mapped[bytes] = mapped_column(comment="The package as a zip, as it is compiled from", deferred=True)
    uses: Mapped[dict[str, Any]] = mapped_column(
        comment="Versions of other packages that its call activities run: process id to version id"
    )
    offices: Mapped[list[str]] = mapped_column(
        comment="Office roles of the manifest: an agency with people in one of them runs the process"
    )
    findings: Mapped[list[Any]] = mapped_column(comment="Warnings and hints of the linter when it was deployed")
    deployed_at: Mapped[datetime] = mapped_column()
    deployed_by: Mapped[str] = mapped_column()
    submitted_at: Mapped[datetime | None] = mapped_column(comment="When it was handed in for approval; NULL: not")
    submitted_by: Mapped[str | None] = mapped_column()
    approved_at: Mapped[datetime | None] = mapped_column(comment="NULL: not approved yet")
    approved_by: Mapped[str | None] = mapped_column()
    retired_at: Mapped[datetime | None] = mapped_column(comment="NULL: not retired")
    retired_by: Mapped[str | None] = mapped_column()
