"""Expressions of a DMN file that compile but are hardly meant: unknown names, mistaken types."""

from collections.abc import Iterator

from engine.dmn.boxed import Builder, Written
from engine.dmn.faults import fault
from engine.feel.analysis import Remark, check
from engine.findings import Finding, Place


def remarks(builder: Builder) -> Iterator[Finding]:
    """Yield a finding for everything that is remarkable in the expressions of one element."""
    for written in builder.written:
        names = None if written.names is None else frozenset(written.names)
        for remark in check(written.compiled, names=names):
            yield _finding(builder, written, remark)


def _finding(builder: Builder, written: Written, remark: Remark) -> Finding:
    start = written.source.place
    line = (start.line or 1) + remark.line - 1
    # In the first line the column counts from the start of the expression, of which only the line is known.
    place = Place(start.file, line, remark.column if remark.line > 1 else None)
    message = remark.message
    return fault("dmn.remark", place, message["id"], message["en"], builder.owner, builder.name)
