"""Legal terms of running cases: when they are due, what stops and extends them, and the timers that wait for them."""

from engine.terms.changes import Change, ChangeKind, Due, Runs, changes
from engine.terms.clock import Moments, Pause, Run, moments, used
from engine.terms.following import Followed, Note, follow, moment_in, timer_payload
from engine.terms.foresight import Foresight, Shift, foresee
from engine.terms.marks import affected, context, reach, recount
from engine.terms.remaining import Remaining, Standing, next_due, remaining, standing
from engine.terms.states import Mark, TermState, all_states, latest_states

__all__ = [
    "Change",
    "ChangeKind",
    "Due",
    "Followed",
    "Foresight",
    "Mark",
    "Moments",
    "Note",
    "Pause",
    "Remaining",
    "Run",
    "Runs",
    "Shift",
    "Standing",
    "TermState",
    "affected",
    "all_states",
    "changes",
    "context",
    "follow",
    "foresee",
    "latest_states",
    "moment_in",
    "moments",
    "next_due",
    "reach",
    "recount",
    "remaining",
    "standing",
    "timer_payload",
    "used",
]
