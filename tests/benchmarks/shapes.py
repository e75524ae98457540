"""The processes that benchmarks run, as drawings (tests/engine/bpmn/drawing.py), and the package that holds them."""

import importlib.util
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DRAWING = Path(__file__).resolve().parents[1] / "engine" / "bpmn" / "drawing.py"
DATA: dict[str, Any] = {"applicant": {"name": "Siti", "nik": "3201"}, "area": 120, "n": 0, "approved": True}
ROLES = ("officer", "registry", "applicant", "inspector", "planner", "head")

PERMIT = """
s -> register -> check
check -> correct if complete = false
check -> classify else
correct -> register
classify -> split
split -> technical -> join
split -> zoning -> join
split -> fees -> join
join -> decide -> approvedx
approvedx -> issue if approved
approvedx -> refuse else
issue -> notify -> done
refuse -> notify
late -> remind -> reminded
s: start
register: user groups='=["registry"]'
check: xor
correct: user groups='=["applicant"]'
classify: script do='=if area > 100 then "large" else "small"' to=size
split: and
technical: sub {
ts -> inspect -> report -> te
ts: start
inspect: user groups='=["inspector"]'
report: user groups='=["inspector"]'
te: end
}
zoning: user groups='=["planner"]'
fees: script do='=area * 15000' to=fee
join: and
decide: user groups='=["head"]'
late: boundary on=decide timeDuration=P10D beside
remind: task
reminded: end
approvedx: xor
issue: user groups='=["registry"]'
refuse: user groups='=["registry"]'
notify: throw message=notice in.number="=area"
done: end
"""


@dataclass(frozen=True, slots=True)
class Shape:
    """One process. ``endless``: it never ends, so that a client completes its one task again and again."""

    drawing: str
    data: dict[str, Any]
    endless: bool = False


def row(count: int, what: str = "user groups=officer") -> str:
    """Draw steps in a row."""
    names = [f"t{number}" for number in range(count)]
    steps = "\n".join(f"{name}: {what}" for name in names)
    return "s -> " + " -> ".join([*names, "e"]) + f"\ns: start\ne: end\n{steps}"


def fork(count: int, what: str) -> str:
    """Draw steps beside each other."""
    branches = "\n".join(f"f -> t{number} -> j\nt{number}: {what}" for number in range(count))
    return f"s -> f\n{branches}\nj -> e\ns: start\nf: and\nj: and\ne: end"


_TEXT = "x" * 100
SHAPES = {
    "user step": Shape(
        "s -> m -> a -> x\nx -> m if n >= 0\nx -> e else\ns: start\nm: xor\nx: xor\na: user groups=officer\ne: end",
        DATA,
        endless=True,
    ),
    "start-end": Shape("s -> e\ns: start\ne: end", DATA),
    "3 automatic tasks": Shape(row(3, "script do='=n + 1' to=n"), DATA),
    "1 user task": Shape(row(1), DATA),
    "3 user tasks": Shape(row(3), DATA),
    "fork and join of 3": Shape(fork(3, "script do='=n + 1' to=n"), DATA),
    "gateway": Shape(
        "s -> x\nx -> big if area > 100\nx -> small else\nbig -> y\nsmall -> y\ny -> e\n"
        "s: start\nx: xor\ny: xor\ne: end",
        DATA,
    ),
    "multi-instance of 10": Shape(
        "s -> a -> e\ns: start\ne: end\na: script each='=items' as=item into=results from='=got' do='=item * 2' to=got",
        {"items": list(range(10))},
    ),
    "boundary timer": Shape(
        "s -> a -> e\nlate -> f\ns: start\ne: end\nf: end\n"
        "a: user groups=officer\nlate: boundary on=a timeDuration=P1D",
        DATA,
    ),
    "external task": Shape("s -> a -> e\ns: start\na: service job=outside\ne: end", DATA),
    "10 variables": Shape(row(1), {f"v{number}": _TEXT for number in range(10)}),
    "permit": Shape(PERMIT, {**DATA, "complete": True}),
}

_MANIFEST = """
id: {name}
title: {{id: x, en: x}}
authority: {{id: x, en: x}}
in_force_from: 2020-01-01
languages: [id]
legal_basis: {{law: {{cite: "UU 1/2000", title: {{id: x, en: x}}}}}}
roles:
{roles}
start: {{by: [officer]}}
retention: {{period: P5Y, law: {{basis: law, article: "1", status: confirmed}}}}
{calls}
"""
_CALLS = "calls: {outside: {title: {id: x, en: x}, connector: external}}"


def process_id(shape: str) -> str:
    """Return the id of the process of a shape."""
    return "bench_" + shape.replace(" ", "_").replace("-", "_")


def package(shape: str) -> bytes:
    """Return the package of a shape as a zip file."""
    name = process_id(shape)
    roles = "\n".join(f"  {role}: {{title: {{id: x, en: x}}, kind: office}}" for role in ROLES)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        calls = _CALLS if "job=outside" in SHAPES[shape].drawing else ""
        file.writestr("process.yaml", _MANIFEST.format(name=name, roles=roles, calls=calls))
        file.writestr(f"{name}.bpmn", drawer()(f"process {name}\n{SHAPES[shape].drawing}"))
    return made.getvalue()


def drawer() -> Callable[[str], str]:
    """Return the function that draws BPMN from lines of text, which the tests use too."""
    spec = importlib.util.spec_from_file_location("drawing", DRAWING)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(DRAWING)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    draw: Callable[[str], str] = module.draw
    return draw
