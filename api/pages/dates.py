"""Days and moments as people write them, in their language and zone."""

from datetime import date, datetime, tzinfo

from babel.dates import format_date, format_datetime


def day(value: date | datetime | None, language: str, zone: tzinfo) -> str:
    """Return a day: 24 November 2026. Of a moment, the day in the zone."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        value = value.astimezone(zone).date()
    return format_date(value, "d MMMM y", locale=language)


def moment(value: datetime | None, language: str, zone: tzinfo) -> str:
    """Return a moment: 24 Nov 2026, 14.30."""
    if value is None:
        return "–"
    pattern = "d MMM y, HH:mm" if language == "en" else "d MMM y, HH.mm"
    return format_datetime(value, pattern, tzinfo=zone, locale=language)
