"""The national packages, read once, and a stage on which their scenarios are played, each at most once."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from engine.packages import Package, read_package
from engine.scenarios import Played, Stage

ROOT = Path(__file__).parents[2] / "processes"


class Theatre:
    """Plays the stories of the national packages on demand and remembers how they went."""

    def __init__(self, packages: Mapping[str, Package]) -> None:
        self._packages = packages
        self._stage = Stage(list(packages.values()))
        self._played: dict[tuple[str, str], Played] = {}

    def close(self) -> None:
        self._stage.close()

    def play(self, package_id: str, file: str) -> Played:
        """Return how the story in ``file`` of a package went."""
        if (package_id, file) not in self._played:
            package = self._packages[package_id]
            story = next(story for story in package.stories if story.file == file)
            self._played[package_id, file] = self._stage.play(story, package)
        return self._played[package_id, file]

    def play_all(self, package_id: str) -> list[Played]:
        """Return how all stories of a package went."""
        return [self.play(package_id, story.file) for story in self._packages[package_id].stories]


@pytest.fixture(scope="session")
def national_packages() -> Mapping[str, Package]:
    folders = sorted(path.parent for path in ROOT.glob("*/process.yaml"))
    return {folder.name: read_package(folder) for folder in folders}


@pytest.fixture(scope="session")
def theatre(national_packages: Mapping[str, Package]) -> Iterator[Theatre]:
    opened = Theatre(national_packages)
    yield opened
    opened.close()
