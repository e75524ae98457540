"""What moved a term, in sentences."""

from api.pages import dates
from api.pages.visitor import Visitor
from engine.definitions import Compiled
from engine.manifest import Unit
from engine.terms import Change, ChangeKind, Due, TermState


def sentence(change: Change, state: TermState, compiled: Compiled, visitor: Visitor) -> str:
    """Return why a term was moved, from when to when, and where to."""
    english = visitor.language == "en"
    step = compiled.step_name(change.step, visitor.language) if change.step else None
    since = dates.moment(change.since, visitor.language, visitor.zone)
    if change.kind is ChangeKind.STOPPED:
        until = dates.moment(change.until, visitor.language, visitor.zone)
        until = until if change.until else ("now" if english else "sekarang")
        because = f" because of “{step}”" if english else f" karena “{step}”"
        what = "The clock stood" if english else "Jam berhenti"
        told = f"{what}{because if step else ''}, {since} – {until}."
    elif change.kind is ChangeKind.EXTENDED:
        told = f"Extended by “{step}”, {since}." if english else f"Diperpanjang oleh “{step}”, {since}."
    else:
        told = f"Counted again by a new calendar, {since}."
        told = told if english else f"Dihitung ulang menurut kalender baru, {since}."
    return f"{told} {_shift(change, state, visitor)}".rstrip()


def _shift(change: Change, state: TermState, visitor: Visitor) -> str:
    english = visitor.language == "en"
    if change.after is None:
        return ""
    after = _written(change.after, state, visitor)
    if change.before is None:
        return f"It is due {after}." if english else f"Jatuh tempo menjadi {after}."
    if change.before == change.after:
        return "It is due as before." if english else "Jatuh tempo tetap."
    before = _written(change.before, state, visitor)
    return (
        f"It was due {before} and is now due {after}." if english else f"Jatuh tempo bergeser dari {before} ke {after}."
    )


def _written(due: Due, state: TermState, visitor: Visitor) -> str:
    if state.run.unit is Unit.CLOCK_HOURS:
        return dates.moment(due.at, visitor.language, visitor.zone)
    return dates.day(due.on, visitor.language, visitor.zone)
