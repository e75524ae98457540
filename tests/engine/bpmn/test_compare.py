"""Two versions of a process side by side: what was added, removed, changed and moved."""

from types import ModuleType
from typing import Any

import pytest

from engine.bpmn.comparison import ChangeKind, compare
from engine.bpmn.model import Model
from engine.bpmn.reader import read_bpmn

OLD = """
s -> a -> x
x -> b if n > 1
x -> c else
s: start
a: user groups=clerk form=f name=Check
x: xor
b: user
c: user
"""


@pytest.fixture
def differences(drawing: ModuleType) -> Any:
    """Return the differences between two drawings as (kind, step): what."""

    def read(text: str) -> list[Model]:
        return [read_bpmn(drawing.draw(text).encode(), file="t.bpmn")]

    def between(old: str, new: str, *, flows: bool = False) -> dict[tuple[str, str], tuple[str, ...]]:
        found = compare("p", read(old), read(new))
        return {(each.kind.value, each.step): each.what for each in found if each.is_flow == flows}

    return between


def test_versions_that_mean_the_same_have_no_differences(differences: Any) -> None:
    assert differences(OLD, "\n" + OLD) == {}
    assert differences(OLD, OLD, flows=True) == {}


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("form=f", "form=g", {("changed", "a"): ("work.form",)}),
        ("groups=clerk form=f", "groups=judge", {("changed", "a"): ("work.candidate_groups", "work.form")}),
        ("name=Check", "name=Test", {("changed", "a"): ("name",)}),
        ("b: user", "b: manual", {("changed", "b"): ("tag",)}),
        ("b: user", 'b: user each="=xs"', {("changed", "b"): ("loop",)}),
        ("b: user", "b: user\nz: boundary on=b timeDuration=P1D", {("added", "z"): ("boundaryEvent",)}),
        (
            "b: user",
            "w: sub {\nb: user\n}",
            {("added", "w"): ("subProcess",), ("moved", "b"): ("in", "after"), ("moved", "x"): ("before",)},
        ),
        (
            "-> a -> x",
            "-> a -> q -> x",
            {("added", "q"): ("task",), ("moved", "a"): ("before",), ("moved", "x"): ("after",)},
        ),
        (
            "c: user",
            "c: user\nprocess r\nt -> u\nt: start",
            {("added", "r:t"): ("startEvent",), ("added", "r:u"): ("task",)},
        ),
    ],
)
def test_a_difference_is_told_with_what_differs(differences: Any, old: str, new: str, found: dict[Any, Any]) -> None:
    text = OLD.replace("x -> b if n > 1\n", "") if "w: sub" in new else OLD
    shown = differences(OLD, text.replace(old, new))
    if "w: sub" in new:
        shown = {key: what for key, what in shown.items() if key[1] in ("w", "b", "x")}
    assert shown == found


def test_flows_are_compared_by_their_condition_and_their_ends(differences: Any) -> None:
    assert differences(OLD, OLD.replace("n > 1", "n > 2"), flows=True) == {("changed", "x_b"): ("condition",)}
    assert differences(OLD, OLD.replace("x -> c else", "x -> c if true"), flows=True) == {
        ("changed", "x_c"): ("condition", "default")
    }
    assert differences(OLD, OLD + "b -> c", flows=True) == {("added", "b_c"): ("b → c",)}


def test_a_removed_step_is_recognized_by_its_kind_and_name(drawing: ModuleType) -> None:
    old, new = (
        [read_bpmn(drawing.draw(text).encode(), file="t")]
        for text in (OLD, OLD.replace("a", "k", 1).replace("\na:", "\nk:"))
    )

    removed = next(each for each in compare("p", old, new) if each.kind is ChangeKind.REMOVED and not each.is_flow)

    assert (removed.step, removed.became) == ("a", "k")
