"""What a list of the desk is to show, as the address of its page and a saved view say it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from engine.tasks import Filters, WaitingFilters

_SOON = timedelta(days=3)


class View(StrEnum):
    """The lists of the desk.

    What the viewer has, what the viewer's roles may take, what waits for others, what the viewer has done; for heads
    and auditors all open tasks of the agency.
    """

    MINE = "mine"
    GROUPS = "groups"
    WAITING = "waiting"
    DONE = "done"
    ALL = "all"


class When(StrEnum):
    """Which due times a list shows."""

    ANY = ""
    LATE = "late"
    SOON = "soon"


class Whose(StrEnum):
    """Which waiting cases a list shows: all of the viewer's processes, or those in which the viewer did something."""

    ALL = ""
    MINE = "me"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is to show, as the address of its page says it. Empty: all."""

    view: View = View.MINE
    when: When = When.ANY
    whose: Whose = Whose.ALL
    process: str = ""
    role: str = ""
    text: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Tell whether something may be left out."""
        return any((self.when, self.whose, self.process, self.role, self.text))

    @property
    def said(self) -> dict[str, str]:
        """What the address says; what is empty is left out."""
        said = {"view": self.view.value, "when": self.when.value, "whose": self.whose.value}
        said |= {"process": self.process, "role": self.role, "text": self.text}
        return {name: value for name, value in said.items() if value}

    def path(self, **more: str) -> str:
        """Return the address of the page."""
        return "/desk?" + urlencode({**self.said, **more})

    def tasks(self, now: datetime) -> Filters:
        """Return the filters of a list of tasks."""
        return Filters(
            mine=self.view in (View.MINE, View.DONE),
            everything=self.view is View.ALL,
            role=self.role or None,
            process_id=self.process or None,
            text=self.text or None,
            due_before={When.ANY: None, When.LATE: now, When.SOON: now + _SOON}[self.when],
        )

    def cases(self, *, sees_all: bool) -> WaitingFilters:
        """Return the filters of the list of waiting cases. ``sees_all``: the viewer reads the whole agency."""
        return WaitingFilters(
            mine=self.whose is Whose.MINE,
            everything=sees_all,
            role=self.role or None,
            process_id=self.process or None,
            text=self.text or None,
        )


def wanted(
    view: View = View.MINE,
    when: When = When.ANY,
    whose: Whose = Whose.ALL,
    process: Annotated[str, Query(max_length=200)] = "",
    role: Annotated[str, Query(max_length=200)] = "",
    text: Annotated[str, Query(max_length=200)] = "",
) -> Wanted:
    """Return what the address of a page asks for."""
    return Wanted(view, when, whose, process, role, text)


Wish = Annotated[Wanted, Depends(wanted)]


def wish_of(said: Mapping[str, str]) -> Wanted:
    """Return what words of an address ask for; what this version does not know is left out."""
    known = {View: said.get("view", ""), When: said.get("when", ""), Whose: said.get("whose", "")}
    return Wanted(
        view=View(known[View]) if known[View] in set(View) else View.MINE,
        when=When(known[When]) if known[When] in set(When) else When.ANY,
        whose=Whose(known[Whose]) if known[Whose] in set(Whose) else Whose.ALL,
        process=said.get("process", "")[:200],
        role=said.get("role", "")[:200],
        text=said.get("text", "")[:200],
    )
