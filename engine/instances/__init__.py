"""Instances: start them, move them, end them. ``move`` is the only place that loads and stores a workflow."""

from engine.instances.acts import cancel, hand_over, set_parameters, set_variables
from engine.instances.correcting import Correctable, correct, correctable
from engine.instances.lists import Filters, instance, instances, track
from engine.instances.moving import (
    Locked,
    Moved,
    check_running,
    lock,
    lock_if_free,
    look,
    move,
    move_locked,
    note,
)
from engine.instances.position import Passed, Position, all_passed, position
from engine.instances.recounting import recount
from engine.instances.relations import Passage, Related, Relation, passages, related
from engine.instances.removal import expired, remove
from engine.instances.retrying import inputs, reopen_jobs, retry, retry_locked, retry_with
from engine.instances.starting import start, start_many

__all__ = [
    "Correctable",
    "Filters",
    "Locked",
    "Moved",
    "Passage",
    "Passed",
    "Position",
    "Related",
    "Relation",
    "all_passed",
    "cancel",
    "check_running",
    "correct",
    "correctable",
    "expired",
    "hand_over",
    "inputs",
    "instance",
    "instances",
    "lock",
    "lock_if_free",
    "look",
    "move",
    "move_locked",
    "note",
    "passages",
    "position",
    "recount",
    "related",
    "remove",
    "reopen_jobs",
    "retry",
    "retry_locked",
    "retry_with",
    "set_parameters",
    "set_variables",
    "start",
    "start_many",
    "track",
]
