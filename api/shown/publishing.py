"""Processes, their versions and what is wrong with a package."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from api.shown.base import Facts, Shown, Texts
from engine import models
from engine.bpmn.model import Outcome
from engine.findings import Severity
from engine.models import VersionStatus


class Finding(Shown):
    """A fault of a package, or something to mend, in Indonesian and English."""

    rule: str = Field(description="Stable id of the rule")
    severity: Severity = Field(description="An error prevents deployment")
    message: Texts = Field(description="What was expected and what was found, by language")
    mend: Texts = Field(description="What to do, by language; empty: the message says it")
    file: str
    line: int | None
    column: int | None
    element: str | None = Field(description="BPMN or DMN id, or key in a YAML file")
    name: str | None


class LintReport(Shown):
    """Everything that was found in a package. ``ok``: it could be deployed."""

    ok: bool
    findings: list[Finding]
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "ok": False,
                    "findings": [
                        {
                            "rule": "bpmn.start-event-incoming",
                            "severity": "error",
                            "message": {
                                "id": "Diharapkan tanpa alur masuk, ditemukan satu",
                                "en": "Expected no incoming flow, found one",
                            },
                            "mend": {"id": "Hapus alur itu", "en": "Remove the flow"},
                            "file": "permit.bpmn",
                            "line": 12,
                            "column": 5,
                            "element": "begin",
                            "name": None,
                        }
                    ],
                }
            ]
        },
    )


class Conversion(Shown):
    """What became of a property of another engine."""

    outcome: Outcome = Field(
        description="job: somebody must answer that type; lost: it runs without; refused: it does not"
    )
    element: str | None
    what: str = Field(description="The property as the file writes it")
    became: str = Field(description="The property of Camunda 8 or the job type that it is now, or why it is not")
    line: int | None
    column: int | None


class ModelReport(LintReport):
    """Everything that was found in one BPMN file. ``ok``: nothing in the file itself prevents deployment."""

    dialect: str = Field(description="bpmn, camunda8, camunda7, flowable or spiff")
    processes: list[str] = Field(description="Ids of the processes that can be executed; none: it is a drawing")
    conversions: list[Conversion]
    forms: Facts = Field(description="form-js schemas of the fields that it describes itself, by form id")


class Share(Shown):
    """How many of a kind of elements the scenarios pass; ``missed`` are the ids of the others."""

    passed: int
    total: int
    missed: list[str]


class Coverage(Shown):
    """What the scenarios pass of one process, or of all together. A timer counts as passed when it fired."""

    process: str
    flows: Share
    ends: Share
    timers: Share


class Passage(Shown):
    """What one act did to the case of a scenario. Elements of a process beside the main one are ``process:element``."""

    at: datetime = Field(description="By the clock of the scenario")
    kind: str = Field(description="As the journal calls it: task.completed, timer.fired, …")
    step: str | None = Field(description="Where it happened; null: nowhere in particular")
    actor: str
    flows: list[str] = Field(description="Sequence flows that were taken, in order")
    entered: list[str] = Field(description="Steps that were reached, in order")
    left: list[str] = Field(description="Steps that were completed or cancelled, in order")


class Scenario(Shown):
    """A scenario that was played; without ``failures`` it went as told."""

    file: str
    name: str
    name_en: str | None = Field(description="Its name in English; null: it has none")
    failures: list[Finding]
    path: list[Passage] = Field(description="What the case went through, act by act")


class PlayReport(Shown):
    """What became of the scenarios of a package. ``ok``: all went as told."""

    ok: bool
    scenarios: list[Scenario]
    coverage: list[Coverage] = Field(description="Of every process of the package, the main one first")
    all: Coverage


class Version(Shown):
    """A version of a process."""

    id: UUID
    process_id: str
    version: int = Field(description="1, 2, … within the process")
    status: VersionStatus
    title: Texts
    in_force_from: date = Field(description="First local day on which instances may be started")
    sha256: str = Field(description="Of names and contents of the package")
    agency_id: UUID | None = Field(description="The only agency that may use it; null: all")
    deployed_at: datetime
    deployed_by: str
    submitted_at: datetime | None = Field(description="When it was handed in for approval; null: not yet")
    submitted_by: str | None
    approved_at: datetime | None
    approved_by: str | None
    retired_at: datetime | None
    retired_by: str | None


class ReportedVersion(Version):
    """A version with what the linter said of it."""

    findings: list[Finding]


class VersionDetail(ReportedVersion):
    """A version with its manifest and the names of its files."""

    manifest: Facts
    files: list[str]


class Fired(Shown):
    """A decision table and the rules of it that decided: numbers of rows from 1, and their ids."""

    decision: str | None
    table: str | None
    rules: list[int]
    ids: list[str | None]


class DecisionMade(Shown):
    """What a decision is for the given inputs. ``warnings`` say why something became null."""

    result: Any
    fired: list[Fired]
    warnings: list[str]
    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "result": {"tier": 2, "days": 14},
                    "fired": [{"decision": "tier", "table": "tier_table", "rules": [3], "ids": ["rule_3"]}],
                    "warnings": [],
                }
            ]
        },
    )


class DecisionTried(LintReport):
    """What is wrong with a DMN file, and what a decision of it gives; null: it was not asked for, or has errors."""

    made: DecisionMade | None


def of_version(version: models.Version) -> Facts:
    """Return the fields of a version."""
    return {
        "id": version.id,
        "process_id": version.process_id,
        "version": version.number,
        "status": version.status,
        "title": version.manifest.get("title", {}),
        "in_force_from": version.in_force_from,
        "sha256": version.sha256,
        "agency_id": version.agency_id,
        "deployed_at": version.deployed_at,
        "deployed_by": version.deployed_by,
        "submitted_at": version.submitted_at,
        "submitted_by": version.submitted_by,
        "approved_at": version.approved_at,
        "approved_by": version.approved_by,
        "retired_at": version.retired_at,
        "retired_by": version.retired_by,
    }
