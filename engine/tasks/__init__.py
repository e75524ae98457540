"""Tasks: what waits for people. List, claim, save, complete."""

from engine.tasks.acts import assign, claim, comment, complete, release, save_draft
from engine.tasks.detail import TaskDetail, detail, task, tasks_of
from engine.tasks.due import Due, Stop, dues
from engine.tasks.ended import ended_tasks
from engine.tasks.lists import Counts, Filters, counts, open_tasks
from engine.tasks.possible import Possible, possible, takers

__all__ = [
    "Counts",
    "Due",
    "Filters",
    "Possible",
    "Stop",
    "TaskDetail",
    "assign",
    "claim",
    "comment",
    "complete",
    "counts",
    "detail",
    "dues",
    "ended_tasks",
    "open_tasks",
    "possible",
    "release",
    "save_draft",
    "takers",
    "task",
    "tasks_of",
]
