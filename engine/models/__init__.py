"""The tables, one module for each group of them. The comment of a column says what it holds and what NULL means.

Texts named ``actor`` or ending in ``_by`` hold who did it: a user's name, ``key:`` and the name of an API key, or
``system``. Ids are UUIDs of version 7: they sort by time of creation.
"""

from engine.models.bulk import BulkContent, BulkRefusal, BulkStart, BulkStatus
from engine.models.calendars import Calendar, CalendarDay, CalendarStatus, DayKind
from engine.models.carryovers import CarriedCase, CarryOver
from engine.models.cases import (
    IS_RUNNING_TERM,
    Case,
    Handover,
    HandoverKind,
    Instance,
    InstanceStatus,
    Rating,
    ReceiptCounter,
    Term,
    TermStatus,
)
from engine.models.journal import Administration, JournalEntry, Removal, Webhook
from engine.models.messages import Message, MessageStatus, Subscription, SubscriptionKind
from engine.models.people import Agency, ApiKey, BrowserSession, IdempotencyKey, SavedView, User, UserRole
from engine.models.statistics import Measure, Tally, TallyMonth
from engine.models.versions import Version, VersionStatus
from engine.models.work import (
    IS_OPEN_INCIDENT,
    IS_OPEN_JOB,
    IS_OPEN_TASK,
    IS_OVER_TASK,
    NO_DUE_TIME,
    Comment,
    Document,
    DocumentContent,
    Incident,
    IncidentStatus,
    Job,
    JobKind,
    JobStatus,
    Queue,
    Task,
    TaskCandidate,
    TaskStatus,
    Worker,
    job_row,
)

__all__ = [
    "IS_OPEN_INCIDENT",
    "IS_OPEN_JOB",
    "IS_OPEN_TASK",
    "IS_OVER_TASK",
    "IS_RUNNING_TERM",
    "NO_DUE_TIME",
    "Administration",
    "Agency",
    "ApiKey",
    "BrowserSession",
    "BulkContent",
    "BulkRefusal",
    "BulkStart",
    "BulkStatus",
    "Calendar",
    "CalendarDay",
    "CalendarStatus",
    "CarriedCase",
    "CarryOver",
    "Case",
    "Comment",
    "DayKind",
    "Document",
    "DocumentContent",
    "Handover",
    "HandoverKind",
    "IdempotencyKey",
    "Incident",
    "IncidentStatus",
    "Instance",
    "InstanceStatus",
    "Job",
    "JobKind",
    "JobStatus",
    "JournalEntry",
    "Measure",
    "Message",
    "MessageStatus",
    "Queue",
    "Rating",
    "ReceiptCounter",
    "Removal",
    "SavedView",
    "Subscription",
    "SubscriptionKind",
    "Tally",
    "TallyMonth",
    "Task",
    "TaskCandidate",
    "TaskStatus",
    "Term",
    "TermStatus",
    "User",
    "UserRole",
    "Version",
    "VersionStatus",
    "Webhook",
    "Worker",
    "job_row",
]
