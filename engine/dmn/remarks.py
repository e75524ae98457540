"""Expressions of a DMN file that compile but are hardly meant: unknown names, mistaken types."""

from collections.abc import Iterator, Mapping

from engine.dmn.boxed import Builder, Written
from engine.dmn.faults import fault
from engine.dmn.scopes import TypesIn
from engine.feel.analysis import check
from engine.feel.mistakes import Remark
from engine.feel.types import Type
from engine.findings import Finding


def remarks(builder: Builder, types: Mapping[str, Type]) -> Iterator[Finding]:
    """Yield a finding for everything that is remarkable in the expressions of one element.

    ``types`` are those of what the element requires.
    """
    for written in builder.written:
        names = None if written.names is None else frozenset(written.names)
        functions = builder.functions_in(written.scope)
        known = TypesIn(written.scope, builder.around, types)
        for remark in check(written.compiled, names=names, functions=functions, types=known):
            yield _finding(builder, written, remark)


def _finding(builder: Builder, written: Written, remark: Remark) -> Finding:
    place = written.source.place_at(remark.line, remark.column)
    message = written.source.in_table(remark.message)
    cell = written.source.cell
    element = (cell and cell.id) or builder.owner
    return fault("dmn.remark", place, message["id"], message["en"], element, builder.name)
