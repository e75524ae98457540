"""Tasks: what waits for people. List, claim, save, complete."""

from engine.tasks.acts import assign, claim, comment, complete, release, save_draft
from engine.tasks.choices import Choices, choices
from engine.tasks.detail import TaskDetail, detail, task, tasks_of
from engine.tasks.due import Due, Stop, dues
from engine.tasks.ended import ended_tasks
from engine.tasks.lists import MOST_COUNTED, Counts, Filters, count, counts, open_tasks
from engine.tasks.possible import Possible, possible, takers
from engine.tasks.views import change_view, remove_view, save_view, views
from engine.tasks.waiting import (
    Awaited,
    Reason,
    WaitingCase,
    WaitingFilters,
    count_waiting,
    waiting_cases,
)

__all__ = [
    "MOST_COUNTED",
    "Awaited",
    "Choices",
    "Counts",
    "Due",
    "Filters",
    "Possible",
    "Reason",
    "Stop",
    "TaskDetail",
    "WaitingCase",
    "WaitingFilters",
    "assign",
    "change_view",
    "choices",
    "claim",
    "comment",
    "complete",
    "count",
    "count_waiting",
    "counts",
    "detail",
    "dues",
    "ended_tasks",
    "open_tasks",
    "possible",
    "release",
    "remove_view",
    "save_draft",
    "save_view",
    "takers",
    "task",
    "tasks_of",
    "views",
    "waiting_cases",
]
