"""The rooms of the web interface, and who has business in each: what the navigation shows."""

from collections.abc import Callable
from dataclasses import dataclass

from api.pages.visitor import Visitor
from engine import access
from engine.access import PUBLIC, Actor, OwnRole, sees_cases


@dataclass(frozen=True, slots=True)
class Room:
    """A room: its address, its name in both languages, who sees it. ``is_here``: the page shown is in it."""

    path: str
    indonesian: str
    english: str
    is_here: bool = False


def rooms(visitor: Visitor, path: str) -> list[Room]:
    """Return the rooms that a visitor sees, in the order of the navigation."""
    return [
        Room(where, indonesian, english, path == where or path.startswith(f"{where}/"))
        for where, indonesian, english, sees in _ROOMS
        if sees(visitor.actor)
    ]


def _is(*roles: OwnRole) -> Callable[[Actor], bool]:
    return lambda actor: actor is not PUBLIC and actor.has(*roles)


def _everybody(_actor: Actor) -> bool:
    return True


def _is_public(actor: Actor) -> bool:
    return actor is PUBLIC


_ROOMS: tuple[tuple[str, str, str, Callable[[Actor], bool]], ...] = (
    ("/services", "Layanan", "Services", _is_public),
    ("/tracking", "Lacak permohonan", "Follow a case", _is_public),
    ("/statistics", "Statistik", "Statistics", _is_public),
    ("/desk", "Meja kerja", "Desk", access.works_at_desk),
    ("/cases", "Perkara", "Cases", sees_cases),
    (
        "/workshop",
        "Bengkel proses",
        "Workshop",
        # Operators and heads move cases from one version to another there.
        _is(OwnRole.DESIGNER, OwnRole.APPROVER, OwnRole.OPERATOR, OwnRole.HEAD, OwnRole.PLATFORM),
    ),
    ("/insight", "Wawasan", "Insight", _is(OwnRole.HEAD, OwnRole.AUDITOR, OwnRole.PLATFORM)),
    (
        "/operations",
        "Operasi",
        "Operations",
        _is(OwnRole.OPERATOR, OwnRole.ADMIN, OwnRole.PLATFORM, OwnRole.HEAD, OwnRole.AUDITOR),
    ),
)
