"""List functions (DMN 1.5, 10.3.4.4) and ``sort`` (10.3.4.8)."""

from collections.abc import Callable
from decimal import Decimal, DecimalException
from functools import cmp_to_key
from typing import Any

from engine.feel.functions.registry import builtin, call_value, part, position
from engine.feel.limits import LIST_ITEMS
from engine.feel.operators import kind_name, less, order_key, same
from engine.feel.values import NUMBERS, Function, Run, check_list, read


@builtin("list contains(list: list, element: any)")
def contains(run: Run, items: list[Any], element: Any) -> bool:
    run.spend(2 * len(items))
    return any(same(run, item, element) for item in items)


@builtin("count(list: list)")
def count(run: Run, items: list[Any]) -> Decimal:
    return Decimal(len(items))


@builtin("min(list: list)", "min(...c: any)")
def minimum(run: Run, items: list[Any]) -> Any:
    return _extreme(run, items, "min", lambda one, best: one < best)


@builtin("max(list: list)", "max(...c: any)")
def maximum(run: Run, items: list[Any]) -> Any:
    return _extreme(run, items, "max", lambda one, best: one > best)


def _extreme(run: Run, items: list[Any], name: str, better: Callable[[Any, Any], bool]) -> Any:
    run.spend(2 * len(items))
    best, best_key = None, None
    for item in items:
        key = order_key(item)
        if key is None or (best is not None and type(item) is not type(best)):
            return run.null(f"Expected values of one kind with an order in '{name}', but found {kind_name(item)}")
        if best is None or better(key, best_key):
            best, best_key = item, key
    return best


@builtin("sum(list: list)", "sum(...n: any)")
def total(run: Run, items: list[Any]) -> Decimal | None:
    """Return the sum of numbers. The sum of nothing is null."""
    if not items:
        return run.null("Expected something to sum up, but found an empty list")
    return _finite(run, lambda: _sum(items)) if _numbers(run, items, "sum") else None


@builtin("mean(list: list)", "mean(...n: any)")
def mean(run: Run, items: list[Any]) -> Decimal | None:
    if not items or not _numbers(run, items, "mean"):
        return None
    return _finite(run, lambda: NUMBERS.divide(_sum(items), Decimal(len(items))))


@builtin("product(list: list)", "product(...n: any)")
def product(run: Run, items: list[Any]) -> Decimal | None:
    if not items:
        return run.null("Expected something to multiply, but found an empty list")
    if not _numbers(run, items, "product"):
        return None

    def multiplied() -> Decimal:
        result = Decimal(1)
        for item in items:
            result = NUMBERS.multiply(result, item)
        return result

    return _finite(run, multiplied)


@builtin("median(list: list)", "median(...n: any)")
def median(run: Run, items: list[Any]) -> Decimal | None:
    if not items or not _numbers(run, items, "median"):
        return None
    ordered: list[Decimal] = sorted(items)
    middle = len(items) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return _finite(run, lambda: NUMBERS.divide(NUMBERS.add(ordered[middle - 1], ordered[middle]), Decimal(2)))


@builtin("stddev(list: list)", "stddev(...n: any)")
def standard_deviation(run: Run, items: list[Any]) -> Decimal | None:
    """Return the standard deviation of a sample; null for less than two numbers."""
    if not _numbers(run, items, "stddev"):
        return None
    if len(items) < 2:
        return run.null(f"Expected at least two numbers in 'stddev', but found {len(items)}")

    def deviation() -> Decimal:
        middle = NUMBERS.divide(_sum(items), Decimal(len(items)))
        differences = [NUMBERS.subtract(item, middle) for item in items]
        squares = [NUMBERS.multiply(difference, difference) for difference in differences]
        return NUMBERS.sqrt(NUMBERS.divide(_sum(squares), Decimal(len(items) - 1)))

    return _finite(run, deviation)


@builtin("mode(list: list)", "mode(...n: any)")
def mode(run: Run, items: list[Any]) -> list[Any] | None:
    """Return the most frequent numbers, ascending."""
    if not _numbers(run, items, "mode"):
        return None
    counts: dict[Decimal, int] = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(item for item, number in counts.items() if number == most)


def _numbers(run: Run, items: list[Any], name: str) -> bool:
    run.spend(2 * len(items))
    for item in items:
        if type(item) is not Decimal:
            run.null(f"Expected numbers in '{name}', but found {kind_name(item)}")
            return False
    return True


def _sum(items: list[Decimal]) -> Decimal:
    result = Decimal(0)
    for item in items:
        result = NUMBERS.add(result, item)
    return result


def _finite(run: Run, compute: Callable[[], Decimal]) -> Decimal | None:
    try:
        return compute()
    except DecimalException:
        return run.null("Expected a finite number as result, but found one too large")


@builtin("all(list: list)", "all(...b: any)")
def all_true(run: Run, items: list[Any]) -> bool | None:
    return _quantified(run, items, decisive=False, name="all")


@builtin("any(list: list)", "any(...b: any)")
def any_true(run: Run, items: list[Any]) -> bool | None:
    return _quantified(run, items, decisive=True, name="any")


def _quantified(run: Run, items: list[Any], *, decisive: bool, name: str) -> bool | None:
    run.spend(len(items))
    result: bool | None = not decisive
    for item in items:
        if item is decisive:
            return bool(item)
        if item is not True and item is not False:
            result = run.null(f"Expected booleans in '{name}', but found {kind_name(item)}")
    return result


@builtin("sublist(list: list, start position: number, length?: number)")
def sublist(run: Run, items: list[Any], start: Decimal, length: Decimal | None = None) -> list[Any] | None:
    found = part(run, start, length, len(items))
    return None if found is None else check_list(run, items[found])


@builtin("append(list: list, ...item: any)")
def append(run: Run, items: list[Any], more: list[Any]) -> list[Any]:
    return check_list(run, [*items, *more])


@builtin("concatenate(...list: any)")
def concatenate(run: Run, lists: list[Any]) -> list[Any] | None:
    return _joined(run, lists, "concatenate")


@builtin("union(...list: any)")
def union(run: Run, lists: list[Any]) -> list[Any] | None:
    joined = _joined(run, lists, "union")
    return None if joined is None else distinct(run, joined)


def _joined(run: Run, lists: list[Any], name: str) -> list[Any] | None:
    result: list[Any] = []
    for items in lists:
        if items is None:
            return run.null(f"Expected lists in '{name}', but found null")
        result.extend(items if isinstance(items, list) else [items])
        check_list(run, result)
    return result


@builtin("insert before(list: list, position: number, newItem: any)")
def insert_before(run: Run, items: list[Any], where: Decimal, item: Any) -> list[Any] | None:
    index = position(run, where, len(items))
    return None if index is None else check_list(run, [*items[:index], item, *items[index:]])


@builtin("remove(list: list, position: number)")
def remove(run: Run, items: list[Any], where: Decimal) -> list[Any] | None:
    index = position(run, where, len(items))
    return None if index is None else check_list(run, [*items[:index], *items[index + 1 :]])


@builtin(
    "list replace(list: list, position: number, newItem: any)",
    "list replace(list: list, match: function, newItem: any)",
)
def replace(run: Run, items: list[Any], where: Decimal | Function, new: Any) -> list[Any] | None:
    if isinstance(where, Decimal):
        index = position(run, where, len(items))
        return None if index is None else check_list(run, [*items[:index], new, *items[index + 1 :]])
    found = []
    for item in items:
        matched = call_value(run, where, item, new)
        if matched is not True and matched is not False:
            return run.null(f"Expected booleans from the match of 'list replace', but found {kind_name(matched)}")
        found.append(new if matched else item)
    return check_list(run, found)


@builtin("reverse(list: list)")
def reverse(run: Run, items: list[Any]) -> list[Any]:
    return check_list(run, items[::-1])


@builtin("index of(list: list, match: any)")
def index_of(run: Run, items: list[Any], match: Any) -> list[Any]:
    run.spend(2 * len(items))
    return [Decimal(index) for index, item in enumerate(items, 1) if same(run, item, match)]


@builtin("distinct values(list: list)")
def distinct(run: Run, items: list[Any]) -> list[Any]:
    run.spend(3 * len(items))
    seen: set[tuple[type, Any]] = set()
    found: list[Any] = []
    others: list[Any] = []  # contexts, lists, ranges: compared one by one
    for item in items:
        key = _distinct_key(item)
        if key is None:
            run.spend(1 + len(others))
            if not any(same(run, item, other) for other in others):
                others.append(item)
                found.append(item)
        elif key not in seen:
            seen.add(key)
            found.append(item)
    return found


def _distinct_key(item: Any) -> tuple[type, Any] | None:
    if item is None or isinstance(item, bool):
        return type(item), item
    key = order_key(item)
    return None if key is None else (type(item), key)


@builtin("flatten(list: list)")
def flatten(run: Run, items: list[Any]) -> list[Any]:
    found: list[Any] = []
    _flatten_into(run, items, found)
    return found


def _flatten_into(run: Run, items: list[Any], found: list[Any]) -> None:
    run.spend(len(items) + 1)
    for item in items:
        if isinstance(item, list):
            _flatten_into(run, item, found)
        else:
            found.append(read(run, item))
    if len(found) > LIST_ITEMS:
        check_list(run, found)


@builtin("sort(list: list, precedes?: function)")
def sort(run: Run, items: list[Any], precedes: Function | None = None) -> list[Any] | None:
    """Sort by a function of two items that tells whether the first comes first; without one, by ``<``."""
    run.spend(len(items))
    comes_first = less if precedes is None else precedes.call

    def compare(one: Any, other: Any) -> int:
        run.spend(3)
        if comes_first(run, one, other) is True:
            return -1
        return 1 if comes_first(run, other, one) is True else 0

    return sorted(items, key=cmp_to_key(compare))
