"""Where stories are played: a database in memory, with the packages deployed once for all of them.

Each story runs in a transaction that is rolled back at its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from engine import calendars, definitions
from engine.access import Actor, OwnRole
from engine.database import Base, connect
from engine.findings import Finding
from engine.packages import Package, in_order
from engine.scenarios.playing import Passage, Playing, session_on
from engine.stories import Story

_DESIGNER = Actor("designer", roles=frozenset({OwnRole.DESIGNER, OwnRole.PLATFORM}))
_APPROVER = Actor("approver", roles=frozenset({OwnRole.APPROVER, OwnRole.PLATFORM}))
_ANY_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Played:
    """What became of a story. ``failures`` is empty if it went as told.

    ``flows`` and ``events`` are what the case passed: (process id, flow id), and (process id, step id, event kind).
    ``path`` tells it act by act.
    """

    story: Story
    failures: tuple[Finding, ...]
    flows: frozenset[tuple[str, str]]
    events: frozenset[tuple[str, str, str]]
    path: tuple[Passage, ...]


class Stage:
    """A database in memory with packages deployed, on which stories are played. Close it after use."""

    def __init__(self, packages: Sequence[Package]) -> None:
        self._database = connect("sqlite://").kw["bind"]
        self._connection: Connection = self._database.connect()
        try:
            Base.metadata.create_all(self._connection)
            self._connection.commit()
            with self._connection.begin():
                self._prepare(packages)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Forget everything."""
        self._connection.close()
        self._database.dispose()

    def play(self, story: Story, package: Package) -> Played:
        """Play a story of a package; leave no trace."""
        with self._connection.begin() as transaction:
            playing = Playing(self._connection, package, story)
            failures = playing.run()
            flows, events = playing.passed()
            path = playing.path()
            transaction.rollback()
        return Played(story, tuple(failures), flows, events, tuple(path))

    def _prepare(self, packages: Sequence[Package]) -> None:
        years = {story.start.at.year + n for package in packages for story in package.stories for n in (-1, 0, 1, 2)}
        # Without stories nothing is played, and any moment will do.
        now = min((story.start.at for package in packages for story in package.stories), default=_ANY_MOMENT)
        with session_on(self._connection) as session:
            calendars.seed(session, sorted(years), actor="system", now=now)
        for package in in_order(packages):
            with session_on(self._connection) as session:
                version = definitions.deploy(session, package, actor=_DESIGNER, now=now)
                definitions.approve(session, version.id, actor=_APPROVER, now=now)


def play(packages: Sequence[Package]) -> list[Played]:
    """Play all stories of ``packages``, which may call one another's processes. Raises Invalid, NotFound if one of
    them cannot be deployed."""
    stage = Stage(packages)
    try:
        return [stage.play(story, package) for package in packages for story in package.stories]
    finally:
        stage.close()
