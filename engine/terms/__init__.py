"""Legal terms of running cases: when they are due, what stops and extends them, and the timers that wait for them."""

from engine.terms.clock import Moments, Pause, Run, moments
from engine.terms.following import Followed, Note, follow, moment_in, timer_payload
from engine.terms.marks import affected, context, reach, recount
from engine.terms.states import Mark, TermState, latest_states

__all__ = [
    "Followed",
    "Mark",
    "Moments",
    "Note",
    "Pause",
    "Run",
    "TermState",
    "affected",
    "context",
    "follow",
    "latest_states",
    "moment_in",
    "moments",
    "reach",
    "recount",
    "timer_payload",
]
