"""Where a name's value is found: in a slot of the frame, in the item of a filter, or among the variables."""

from dataclasses import dataclass, field
from typing import Any, Final

# A frame is a list: the variables, the run, then one slot for every name that the expression introduces.
Frame = list[Any]
VARIABLES: Final = 0
RUN: Final = 1
FIRST_SLOT: Final = 2


@dataclass(slots=True)
class Layout:
    """What the compiler learns of a whole expression while it goes through it.

    ``slots`` is the size of a frame, ``names`` are the variables read, ``read`` the slots read, ``cost`` what one pass
    over all nodes so far costs in fuel, ``level`` how deep the compiler is and ``deepest`` how deep it has been.
    """

    slots: int = FIRST_SLOT
    names: set[str] = field(default_factory=set)
    read: set[int] = field(default_factory=set)
    cost: int = 0
    level: int = 0
    deepest: int = 0

    def new_slot(self) -> int:
        self.slots += 1
        return self.slots - 1


@dataclass(frozen=True, slots=True)
class Scope:
    """One level of names. ``item`` is the slot of a filter's item, whose entries come before ``slots``."""

    layout: Layout
    outer: "Scope | None" = None
    slots: dict[str, int] = field(default_factory=dict)
    item: int | None = None

    def inner(self, *, item: int | None = None) -> "Scope":
        return Scope(self.layout, self, {}, item)

    def bind(self, name: str) -> int:
        """Introduce a name here and return its slot."""
        slot = self.layout.new_slot()
        self.slots[name] = slot
        return slot

    def find(self, name: str) -> tuple[list[int], int | None]:
        """Return the slots of the items to ask first, innermost first, and the slot of the name (None: a variable)."""
        items: list[int] = []
        scope: Scope | None = self
        while scope is not None:
            if scope.item is not None:
                items.append(scope.item)
            if name in scope.slots:
                self.layout.read.add(scope.slots[name])
                return items, scope.slots[name]
            scope = scope.outer
        return items, None
