"""Which operator binds first: the order of the alternatives in rules 2 and 4 of the grammar (DMN 1.5, 10.3.1.2)."""

import pytest

from engine.feel.parser import parse_expression
from engine.feel.printer import print_node

# From lowest to highest. A row is (name, left operand, operator with right operand); operators of a row are equal.
LEVELS = [
    ("disjunction", ["{} or {}"]),
    ("conjunction", ["{} and {}"]),
    ("comparison", ["{} = {}", "{} != {}", "{} < {}", "{} <= {}", "{} > {}", "{} >= {}"]),
    ("sum", ["{} + {}", "{} - {}"]),
    ("product", ["{} * {}", "{} / {}"]),
    ("exponentiation", ["{} ** {}"]),
]
BINARY = [(level, pattern) for level, (_, patterns) in enumerate(LEVELS) for pattern in patterns]
MIXED = [(low, high) for low_level, low in BINARY for high_level, high in BINARY if low_level < high_level]
EQUAL = [(one, other) for level, one in BINARY for other_level, other in BINARY if level == other_level]
# Two operators of different kinds, then how they are grouped; the words of the grammar that are no plain infix signs.
WORDS = [
    ("a or b between c and d", "a or (b between c and d)"),
    ("a between b and c and d", "(a between b and c) and d"),
    ("a between b + 1 and c + 1", "a between (b + 1) and (c + 1)"),
    ("a and b in (c, d)", "a and (b in (c, d))"),
    ("a in (b, c) or d", "(a in (b, c)) or d"),
    ("a + b in (c, d)", "(a + b) in (c, d)"),
    ("x in [70..90] and y", "(x in [70..90]) and y"),
    ("x in ]70..90[ and y", "(x in ]70..90[) and y"),
    ("x in (70..90) and y", "(x in (70..90)) and y"),
    ("x in > 5 and y", "(x in (> 5)) and y"),
    ("a in b + c", "a in ((b + c))"),
    ("a in (b) + c", "a in ((b) + c)"),
    ("a + b instance of number", "a + (b instance of number)"),
    ("a ** b instance of number", "a ** (b instance of number)"),
    ("-a instance of number", "-(a instance of number)"),
    ("-a ** b", "(-a) ** b"),
    ("-a * b", "(-a) * b"),
    ("a ** -b", "a ** (-b)"),
    ("a - -b", "a - (-b)"),
    ("-a.b", "-(a.b)"),
    ("-a[1]", "-(a[1])"),
    ("-a(1)", "-(a(1))"),
    ("a.b instance of number", "(a.b) instance of number"),
    ("a.b[c].d(e)", "((((a.b)[c]).d)(e))"),
    ("a * b[1]", "a * (b[1])"),
    ("if a then b else c + d", "if a then b else (c + d)"),
    ("if a then b else c or d", "if a then b else (c or d)"),
    ("for i in a return i + b", "for i in a return (i + b)"),
    ("some i in a satisfies i and b", "some i in a satisfies (i and b)"),
    ("every i in a satisfies i or b", "every i in a satisfies (i or b)"),
    ("function(x) x + 1 = 2", "function(x) ((x + 1) = 2)"),
    ("a or if b then c else d or e", "a or (if b then c else (d or e))"),
    ("a = b = c", "(a = b) = c"),
    ("a < b = c", "(a < b) = c"),
    ("a instance of number instance of boolean", "(a instance of number) instance of boolean"),
]


@pytest.mark.parametrize(("low", "high"), MIXED)
def test_an_operator_of_a_later_rule_binds_first_on_either_side(low: str, high: str) -> None:
    right = low.format("a", high.format("b", "c"))
    left = low.format(high.format("a", "b"), "c")
    right_grouped = low.format("a", f"({high.format('b', 'c')})")
    left_grouped = low.format(f"({high.format('a', 'b')})", "c")

    assert _tree(right) == _tree(right_grouped)
    assert _tree(left) == _tree(left_grouped)
    assert _tree(right) != _tree(high.format(f"({low.format('a', 'b')})", "c"))


@pytest.mark.parametrize(("one", "other"), EQUAL)
def test_operators_of_one_rule_group_from_the_left(one: str, other: str) -> None:
    plain = other.format(one.format("a", "b"), "c")
    grouped = other.format(f"({one.format('a', 'b')})", "c")

    assert _value_order(plain) == _value_order(grouped)


@pytest.mark.parametrize(("plain", "grouped"), WORDS)
def test_words_of_the_grammar_take_their_place_among_the_operators(plain: str, grouped: str) -> None:
    assert _tree(plain) == _tree(grouped)


def _tree(source: str) -> str:
    return print_node(parse_expression(source))


def _value_order(source: str) -> str:
    # A chain is one node, so parentheses around its beginning print although they change nothing.
    return _tree(source).replace("(", "").replace(")", "")
