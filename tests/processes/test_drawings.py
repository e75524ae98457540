"""The diagrams of the national processes can be read: nothing overlaps, no line crosses another or a step."""

from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from engine.gate import Element, read_xml

ROOT = Path(__file__).parents[2] / "processes"
DIAGRAMS = sorted(ROOT.glob("*/*.bpmn"))
BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
CONTAINERS = ("participant", "lane", "subProcess")

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle by its corners."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, other: "Box") -> bool:
        return (
            self.left <= other.left
            and self.top <= other.top
            and self.right >= other.right
            and self.bottom >= other.bottom
        )


class Drawing:
    """The shapes and lines of a diagram, with what they draw."""

    def __init__(self, path: Path) -> None:
        drawn = list(read_xml(path.read_bytes(), file=path.name).walk())
        self.elements = {item.attributes["id"]: item for item in drawn if item.get("id") and item.namespace == BPMN}
        self.shapes = {item.attributes["bpmnElement"]: _box(item) for item in drawn if item.name == "BPMNShape"}
        self.lines = {item.attributes["bpmnElement"]: _points(item) for item in drawn if item.name == "BPMNEdge"}
        self.lanes = {
            reference.text: lane.attributes["id"]
            for lane in drawn
            if lane.name == "lane"
            for reference in lane.all("flowNodeRef")
        }

    def tag(self, element: str) -> str:
        return self.elements[element].name

    def steps(self) -> dict[str, Box]:
        """Return the shapes that are no containers."""
        return {element: box for element, box in self.shapes.items() if self.tag(element) not in CONTAINERS}

    def ends_of(self, line: str) -> set[str]:
        """Return what a line connects, and the boundary events on it, which it may touch."""
        ends = {self.elements[line].get("sourceRef"), self.elements[line].get("targetRef")}
        return ends | {item for item, element in self.elements.items() if element.get("attachedToRef") in ends}

    def segments(self) -> list[tuple[str, Point, Point]]:
        return [(line, a, b) for line, points in self.lines.items() for a, b in pairwise(points)]


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_every_element_is_drawn_and_no_two_steps_overlap(path: Path) -> None:
    drawing = Drawing(path)

    overlapping = [
        (one, other)
        for (one, box), (other, other_box) in combinations(drawing.steps().items(), 2)
        if box.overlaps(other_box) and not _is_attached(drawing, one, other)
    ]

    assert {item for item in drawing.elements if drawing.tag(item) == "sequenceFlow"} <= drawing.lines.keys()
    assert drawing.lanes.keys() <= drawing.shapes.keys()
    assert overlapping == []


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_every_step_lies_in_its_lane(path: Path) -> None:
    drawing = Drawing(path)

    outside = [
        step
        for step, lane in drawing.lanes.items()
        if drawing.tag(step) != "boundaryEvent" and not drawing.shapes[lane].holds(drawing.shapes[step])
    ]

    assert outside == []


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_no_line_crosses_another(path: Path) -> None:
    drawing = Drawing(path)

    crossing = {
        tuple(sorted((one, other)))
        for (one, a, b), (other, c, d) in combinations(drawing.segments(), 2)
        if one != other and _cross(a, b, c, d)
    }

    assert crossing == set()


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_lines_are_square_and_run_through_no_step(path: Path) -> None:
    drawing = Drawing(path)

    through = {
        (line, step)
        for line, a, b in drawing.segments()
        for step, box in drawing.steps().items()
        if step not in drawing.ends_of(line) and box.overlaps(_span(a, b))
    }

    assert all(a[0] == b[0] or a[1] == b[1] for _, a, b in drawing.segments())
    assert through == set()


def _box(shape: Element) -> Box:
    bounds = next(item for item in shape.children if item.name == "Bounds")
    left, top, width, height = (float(bounds.attributes[name]) for name in ("x", "y", "width", "height"))
    return Box(left, top, left + width, top + height)


def _points(edge: Element) -> list[Point]:
    points = [item.attributes for item in edge.children if item.name == "waypoint"]
    return [(float(point["x"]), float(point["y"])) for point in points]


def _span(a: Point, b: Point) -> Box:
    return Box(min(a[0], b[0]) - 1, min(a[1], b[1]) - 1, max(a[0], b[0]) + 1, max(a[1], b[1]) + 1)


def _is_attached(drawing: Drawing, one: str, other: str) -> bool:
    return other == drawing.elements[one].get("attachedToRef") or one == drawing.elements[other].get("attachedToRef")


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Tell whether two square segments cross within both (touching at an end is joining)."""
    if (a[0] == b[0]) == (c[0] == d[0]):
        return False
    (top, bottom), (left, right) = ((a, b), (c, d)) if a[0] == b[0] else ((c, d), (a, b))
    x, y = top[0], left[1]
    low, high = sorted((top[1], bottom[1]))
    first, last = sorted((left[0], right[0]))
    return first < x < last and low < y < high
