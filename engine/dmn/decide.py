"""Make one decision of some DMN files from plain JSON, as the shell does it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.dmn.decisions import compile_decisions
from engine.dmn.reader import read_dmn
from engine.errors import NotFound


def decide(
    files: Mapping[str, bytes], variables: Mapping[str, Any], *, decision: str | None, now: datetime
) -> dict[str, Any]:
    """Return as JSON what a decision (by id or name) gives, which rules fired in which tables, and the warnings.

    ``files`` are DMN files by name. ``decision`` None means the one that no other requires. Raises Invalid with
    findings for files that do not compile, NotFound for an unknown decision or a choice of several, FeelError when a
    limit is met or the result is a function or range.
    """
    decisions = compile_decisions([read_dmn(data, file=name) for name, data in files.items()])
    if decision is None:
        last = decisions.last_ids()
        if len(last) != 1:
            raise NotFound(f"Expected the id of a decision to make, but there are {', '.join(last) or 'none'}")
        decision = last[0]
    return decisions.evaluate(decision, variables, now=now).as_dict()
