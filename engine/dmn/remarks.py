"""Expressions of a DMN file that compile but are hardly meant: unknown names, mistaken types."""

from collections.abc import Iterator

from engine.dmn.boxed import Builder, Written
from engine.dmn.faults import fault
from engine.feel.analysis import Remark, check
from engine.findings import Finding


def remarks(builder: Builder) -> Iterator[Finding]:
    """Yield a finding for everything that is remarkable in the expressions of one element."""
    for written in builder.written:
        names = None if written.names is None else frozenset(written.names)
        for remark in check(written.compiled, names=names, functions=builder.functions_in(written.names)):
            yield _finding(builder, written, remark)


def _finding(builder: Builder, written: Written, remark: Remark) -> Finding:
    place = written.source.place_at(remark.line, remark.column)
    message = remark.message
    return fault("dmn.remark", place, message["id"], message["en"], builder.owner, builder.name)
