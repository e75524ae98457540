"""The order in which packages can be deployed: what is called before what calls it."""

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from engine.bpmn.model import Language
from engine.errors import Invalid
from engine.packages.reading import Package


def called_elsewhere(package: Package) -> set[str]:
    """Return the ids of processes that a package calls and does not hold."""
    called = {
        node.work.called_process.source
        for _, node in package.nodes()
        if node.work.called_process is not None and node.work.called_process.language is Language.LITERAL
    }
    return called - set(package.processes)


def in_order(packages: Sequence[Package]) -> list[Package]:
    """Return ``packages`` so that each comes after those whose processes it calls. Raises Invalid for a circle."""
    home = {process: package for package in packages for process in package.processes}
    by_id = {package.manifest.id: package for package in packages}
    needs = {
        package.manifest.id: {home[process].manifest.id for process in called_elsewhere(package) if process in home}
        for package in packages
    }
    try:
        return [by_id[name] for name in TopologicalSorter(needs).static_order()]
    except CycleError as error:
        circle = " → ".join(error.args[1])
        raise Invalid(f"Expected packages that do not call one another in a circle, found {circle}") from error
