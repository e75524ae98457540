"""Where the parts of a picture of figures lie. What they look like, and their words, stand in templates."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.statistics import OfMonth

_TOP, _FOOT, _LEFT, _RIGHT = 14, 34, 46, 8


@dataclass(frozen=True, slots=True)
class Column:
    """A rectangle. ``height`` 0: nothing is to be drawn."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Group:
    """A month: what came, what was answered in time and, on top of it, late. ``is_few``: something is not told."""

    month: str
    x: float
    received: Column
    kept: Column
    late: Column
    is_few: bool
    has_label: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of columns, in units of its own; ``lines`` are numbers and their heights."""

    width: int
    height: int
    left: int
    foot: float
    groups: Sequence[Group]
    lines: Sequence[tuple[int, float]]


def columns(months: Sequence[OfMonth], *, narrow: bool) -> Chart:
    """Return the columns of months, beside a scale of round numbers. ``narrow`` is for a phone."""
    width, height = (360, 240) if narrow else (760, 280)
    foot = height - _FOOT
    most = max((max(one.figures.received or 0, one.figures.answered or 0) for one in months), default=0)
    step = _round_step(most)
    top = step * max(1, -(-most // step))
    scale = (foot - _TOP) / top
    span = (width - _LEFT - _RIGHT) / max(1, len(months))
    own = span * 0.38

    def column(x: float, below: int, number: int) -> Column:
        return Column(round(x, 1), round(foot - (below + number) * scale, 1), round(own, 1), round(number * scale, 1))

    groups = []
    for place, one in enumerate(months):
        x, told = _LEFT + place * span + span * 0.1, one.figures
        answered, late = told.answered or 0, min(told.late or 0, told.answered or 0)
        groups.append(
            Group(
                month=one.month,
                x=round(_LEFT + (place + 0.5) * span, 1),
                received=column(x, 0, told.received or 0),
                kept=column(x + own, 0, answered - late),
                late=column(x + own, answered - late, late),
                is_few=told.received is None or told.answered is None,
                has_label=not narrow or (len(months) - 1 - place) % 3 == 0,
            )
        )
    lines = [(number, round(foot - number * scale, 1)) for number in range(0, top + 1, step)]
    return Chart(width, height, _LEFT, foot, groups, lines)


def _round_step(most: int) -> int:
    """Return the distance of three to five lines below a number: 5, 10, 20, 50, 100 and so on."""
    step, factors = 5, (2, 2, 2.5)
    turn = 0
    while most > 4 * step:
        step = int(step * factors[turn % 3])
        turn += 1
    return step
