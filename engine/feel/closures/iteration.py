"""Everything that repeats: ``for``, ``some``, ``every``, filters. Each pass is charged the size of its body."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final

from engine.feel import calendar, syntax
from engine.feel.calendar import Date
from engine.feel.closures.registry import Code, compile_node, compiles
from engine.feel.closures.scopes import RUN, Frame, Scope
from engine.feel.errors import FeelError
from engine.feel.items import as_list, item_at, whole_number
from engine.feel.limits import LIST_ITEMS
from engine.feel.operators import kind_name
from engine.feel.values import Range, Run

# --- for, some, every


@compiles(syntax.For)
def compile_for(node: syntax.For, scope: Scope) -> Code:
    inner = scope.inner()
    loops = _loops(node.iterators, inner)
    partial = inner.bind("partial")
    before = scope.layout.cost
    result = compile_node(node.result, inner)
    only = _always if node.only is None else compile_node(node.only, inner)
    cost, reads_partial = scope.layout.cost - before, partial in scope.layout.read

    def loop(frame: Frame) -> list[Any] | None:
        run = frame[RUN]
        found: list[Any] = []
        for known in _passes(frame, loops, 0):
            if not known:
                return None
            if reads_partial:
                run.spend(len(found) >> 4)
                frame[partial] = found[:]
            run.spend(cost)
            if only(frame) is True:
                found.append(result(frame))
            if len(found) > LIST_ITEMS:
                raise FeelError(f"Expected lists of at most {LIST_ITEMS} items, but found more")
        return found

    return loop


def _always(frame: Frame) -> bool:
    return True


@compiles(syntax.Quantified)
def compile_quantified(node: syntax.Quantified, scope: Scope) -> Code:
    inner = scope.inner()
    loops = _loops(node.iterators, inner)
    before = scope.layout.cost
    condition = compile_node(node.condition, inner)
    cost = scope.layout.cost - before
    # ``some`` is decided by the first true, ``every`` by the first false.
    decisive, word = not node.every, "every" if node.every else "some"

    def quantified(frame: Frame) -> bool | None:
        run: Run = frame[RUN]
        result: bool | None = not decisive
        for known in _passes(frame, loops, 0):
            if not known:
                return None
            run.spend(cost)
            value: object = condition(frame)
            if value is decisive:
                return decisive
            if value is not True and value is not False:
                result = run.null(f"Expected booleans from the condition of '{word}', but found {kind_name(value)}")
        return result

    return quantified


_Loop = tuple[int, Code, Code | None]


def _loops(iterators: tuple[syntax.Iterator, ...], scope: Scope) -> tuple[_Loop, ...]:
    loops = []
    for iterator in iterators:
        domain = compile_node(iterator.domain, scope)
        end = None if iterator.end is None else compile_node(iterator.end, scope)
        loops.append((scope.bind(iterator.name), domain, end))
    return tuple(loops)


def _passes(frame: Frame, loops: tuple[_Loop, ...], index: int) -> Iterator[bool]:
    """Set the slots for every combination, the first iterator outermost. Yields False once if a domain is none."""
    slot, domain, end = loops[index]
    run = frame[RUN]
    items = _items(run, domain(frame)) if end is None else _between(run, domain(frame), end(frame))
    if items is None:
        yield False
        return
    last = index + 1 == len(loops)
    for item in items:
        run.spend(1)
        frame[slot] = item
        if last:
            yield True
        else:
            yield from _passes(frame, loops, index + 1)


def _items(run: Run, domain: Any) -> Iterable[Any] | None:
    if isinstance(domain, list):
        return domain
    if isinstance(domain, Range) and domain.test is None:
        return _range_items(run, domain)
    return run.null(f"Expected a list or range to go through, but found {kind_name(domain)}")


def _range_items(run: Run, interval: Range) -> Iterable[Any] | None:
    items = _between(run, interval.low, interval.high)
    if items is None:
        return None
    if interval.low_closed and interval.high_closed:
        return items
    ends = [*([] if interval.low_closed else [interval.low]), *([] if interval.high_closed else [interval.high])]
    return (item for item in items if item not in ends)


def _between(run: Run, start: Any, end: Any) -> Iterable[Any] | None:
    """Return the whole numbers or the days from ``start`` to ``end``, downwards if it is smaller."""
    if type(start) is Decimal and type(end) is Decimal:
        first, last = whole_number(start), whole_number(end)
        if first is not None and last is not None:
            return map(Decimal, _steps(first, last))
    if isinstance(start, Date) and isinstance(end, Date):
        return map(calendar.civil_from_days, _steps(start.ordinal, end.ordinal))
    return run.null(f"Expected two whole numbers or two dates, but found {kind_name(start)} and {kind_name(end)}")


def _steps(first: int, last: int) -> range:
    steps = range(first, last + 1) if first <= last else range(first, last - 1, -1)
    if abs(last - first) >= LIST_ITEMS * 10:
        raise FeelError(f"Expected at most {LIST_ITEMS * 10} passes, but found {abs(last - first) + 1}")
    return steps


# --- filters (DMN 1.5, 10.3.2.5)


@compiles(syntax.Filter)
def compile_filter(node: syntax.Filter, scope: Scope) -> Code:
    base = compile_node(node.base, scope)
    inner = scope.inner(item=scope.layout.new_slot())
    slot = inner.item or 0
    inner.slots["item"] = slot
    before = scope.layout.cost
    condition = compile_node(node.condition, inner)
    cost = scope.layout.cost - before
    if _is_number(node.condition):
        return _index(base, condition, slot)

    def chosen(frame: Frame) -> Any:
        run = frame[RUN]
        whole = base(frame)
        if whole is None:
            return run.null("Expected a list to filter, but found null")
        items = as_list(whole)
        found = []
        for item in items:
            run.spend(cost)
            frame[slot] = item
            value = condition(frame)
            if value is True:
                found.append(item)
            elif type(value) is Decimal:
                return item_at(run, items, value)
            elif value is not False:
                run.null(f"Expected a boolean or number in a filter, but found {kind_name(value)}")
        return found

    return chosen


def _index(base: Code, condition: Code, slot: int) -> Code:
    def index(frame: Frame) -> Any:
        items = as_list(base(frame))
        frame[slot] = None
        return item_at(frame[RUN], items, condition(frame))

    return index


_NUMBERS: Final = (syntax.Negation, syntax.Arithmetic)


def _is_number(node: syntax.Node) -> bool:
    """Tell whether a filter's condition can only be a number."""
    if isinstance(node, syntax.Literal):
        return type(node.value) is Decimal
    return isinstance(node, _NUMBERS)
