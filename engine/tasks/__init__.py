"""Tasks: what waits for people. List, claim, save, complete."""

from engine.tasks.acts import assign, claim, comment, complete, release, save_draft
from engine.tasks.detail import TaskDetail, detail, task, tasks_of
from engine.tasks.ended import ended_tasks
from engine.tasks.lists import Counts, Filters, counts, open_tasks

__all__ = [
    "Counts",
    "Filters",
    "TaskDetail",
    "assign",
    "claim",
    "comment",
    "complete",
    "counts",
    "detail",
    "ended_tasks",
    "open_tasks",
    "release",
    "save_draft",
    "task",
    "tasks_of",
]
