"""Find elements that require one another in circles."""

from collections.abc import Iterator, Sequence

from engine.dmn.graph import Graph, Need


def tangles(graphs: Sequence[Graph]) -> Iterator[list[Need]]:
    """Yield the largest sets of elements each of which requires all others, directly or through others.

    An element that no circle goes through is a set of its own. (Tarjan 1972, without recursion: graphs may be deep.)
    """
    search = _Search()
    for graph in graphs:
        for element in graph.elements():
            if id(element) not in search.number:
                yield from search.from_(Need("", graph, element))


class _Search:
    """One depth-first search. ``lowest`` is the smallest number of an element on the path that is reached."""

    def __init__(self) -> None:
        self.number: dict[int, int] = {}
        self.lowest: dict[int, int] = {}
        self.held: list[Need] = []
        self.is_held: set[int] = set()

    def from_(self, start: Need) -> Iterator[list[Need]]:
        path = [(start, self.enter(start))]
        while path:
            need, following = path[-1]
            own = id(need.element)
            new = next(following, None)
            if new is None:
                path.pop()
                if path:
                    outer = id(path[-1][0].element)
                    self.lowest[outer] = min(self.lowest[outer], self.lowest[own])
                if self.lowest[own] == self.number[own]:
                    yield self.released(own)
            elif id(new.element) not in self.number:
                path.append((new, self.enter(new)))
            elif id(new.element) in self.is_held:
                self.lowest[own] = min(self.lowest[own], self.number[id(new.element)])

    def enter(self, need: Need) -> Iterator[Need]:
        own = id(need.element)
        self.number[own] = self.lowest[own] = len(self.number)
        self.held.append(need)
        self.is_held.add(own)
        return iter(need.graph.needs[need.element.id])

    def released(self, own: int) -> list[Need]:
        """Return the elements that are held down to one, which comes first."""
        found: list[Need] = []
        while not found or id(found[-1].element) != own:
            found.append(self.held.pop())
            self.is_held.discard(id(found[-1].element))
        return found[::-1]
