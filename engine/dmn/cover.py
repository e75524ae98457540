"""Search the space of a table's inputs for what no rule covers, within a bounded effort."""

from collections.abc import Iterator, Sequence
from typing import Final

from engine.dmn.axes import Axis

# A region: for every axis, in its order, the indexes of its pieces.
Region = tuple[tuple[int, ...], ...]

# Pieces that may be looked at for one table: about half a second.
EFFORT: Final = 1_000_000
_MOST_AXES: Final = 64


class TooMuch(Exception):
    """The effort is spent."""


class Effort:
    """What may still be spent."""

    def __init__(self, amount: int = EFFORT) -> None:
        self.left = amount

    def spend(self, amount: int) -> None:
        self.left -= amount
        if self.left < 0:
            raise TooMuch


def uncovered(
    axes: Sequence[Axis], masks: Sequence[Sequence[int]], within: Region, rules: int, effort: Effort
) -> Iterator[Region]:
    """Yield the regions inside ``within`` in which none of ``rules`` is in the masks of all axes.

    ``masks`` are, for every axis and each of its pieces, the bits of the rules that hold there. The regions do not
    meet. Raises TooMuch.
    """
    if len(axes) > _MOST_AXES:
        raise TooMuch
    # Axes with few different pieces first: they leave fewer cases to go through.
    order = sorted(range(len(axes)), key=lambda at: len({masks[at][piece] for piece in within[at]}))
    search = _Search([masks[at] for at in order], [within[at] for at in order], effort)
    for region in search.regions(0, rules):
        placed = dict(zip(order, region, strict=True))
        yield tuple(placed[at] for at in range(len(axes)))


class _Search:
    """One search, axis by axis. ``full`` remembers which rules were seen to cover all axes from one on."""

    def __init__(self, masks: Sequence[Sequence[int]], within: Sequence[tuple[int, ...]], effort: Effort) -> None:
        self.masks = masks
        self.within = within
        self.effort = effort
        self.full: set[tuple[int, int]] = set()

    def regions(self, depth: int, rules: int) -> Iterator[tuple[tuple[int, ...], ...]]:
        if rules == 0:
            yield tuple(self.within[depth:])
            return
        if depth == len(self.masks) or (depth, rules) in self.full:
            return
        is_full = True
        for left, pieces in self.groups(depth, rules).items():
            for rest in self.regions(depth + 1, left):
                is_full = False
                yield (tuple(pieces), *rest)
        if is_full:
            self.full.add((depth, rules))

    def groups(self, depth: int, rules: int) -> dict[int, list[int]]:
        """Return the pieces of an axis by the rules that are left there."""
        masks, within = self.masks[depth], self.within[depth]
        self.effort.spend(len(within))
        found: dict[int, list[int]] = {}
        for piece in within:
            found.setdefault(rules & masks[piece], []).append(piece)
        return found


def merged(regions: Sequence[Region]) -> list[Region]:
    """Return the same space as fewer regions: those that differ in one axis only are joined."""
    left = list(regions)
    size = -1
    while len(left) != size:
        size = len(left)
        for axis in range(len(left[0]) if left else 0):
            joined: dict[Region, set[int]] = {}
            for region in left:
                joined.setdefault((*region[:axis], (), *region[axis + 1 :]), set()).update(region[axis])
            left = [(*key[:axis], tuple(sorted(pieces)), *key[axis + 1 :]) for key, pieces in joined.items()]
    return left
