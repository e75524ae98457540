"""How long a closed case is kept."""

import re
from calendar import monthrange
from datetime import date, timedelta

_PERIOD = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?")


def keep_until(ended_on: date, period: str) -> date:
    """Return the last local day on which a case that ended on ``ended_on`` is kept. ``period`` is such as P5Y6M."""
    match = _PERIOD.fullmatch(period)
    if match is None:
        raise ValueError(f"Expected a period of years, months and days, found {period!r}")
    years, months, days = (int(part or 0) for part in match.groups())
    return _add_months(ended_on, 12 * years + months) + timedelta(days=days)


def _add_months(day: date, months: int) -> date:
    """Return the same day ``months`` later; the last of the month where that month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
