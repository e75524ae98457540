"""Regular expressions of XPath on RE2 (DMN 1.5, table 74, note 2)."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.feel.regex import compile_pattern

Evaluate = Callable[..., Any]


@pytest.mark.parametrize(
    ("text", "pattern", "flags", "expected"),
    [
        ("foobar", "^fo*b", "", True),
        ("foobar", "oba", "", True),
        ("foobar", "^oba", "", False),
        ("a\nb", "a.b", "", False),
        ("a\rb", "a.b", "", False),
        ("a\nb", "a.b", "s", True),
        ("a\nb", "^b$", "", False),
        ("a\nb", "^b$", "m", True),
        ("a\n", "a$", "", False),
        ("ABC", "abc", "i", True),
        ("É", "é", "i", True),
        ("hello world", "hello [ ] world", "x", True),
        ("q", "[^Q]", "i", False),
        ("x", "[A-Z-[OI]]", "i", True),
        ("o", "[A-Z-[OI]]", "i", False),
        ("b", "[a-z-[aeiou]]", "", True),
        ("e", "[a-z-[aeiou]]", "", False),
        ("y", "[^a-x-[y]]", "", False),
        ("é", "[\\p{L}-[a-z]]", "", True),
        ("é", "\\w", "", True),
        ("é", "^\\w{1,50}$", "", True),
        ("-", "\\w", "", False),
        ("-", "\\W", "", True),
        ("٣", "\\d", "", True),
        ("٣", "[\\d]", "", True),
        ("a", "\\D", "", True),
        ("\u00a0", "\\s", "", False),
        ("\u00a0", "\\S", "", True),
        ("a", "\\i", "", True),
        ("1", "\\i", "", False),
        ("1", "\\c", "", True),
        ("Ω", "\\p{IsGreek}", "", True),
        ("a", "\\P{IsGreek}", "", True),
        ("A", "\\p{Lu}", "", True),
        ("\u0378", "\\p{C}", "", True),
        ("\u0378", "\\P{Cn}", "", False),
        ("a", "[\\p{Cn}]", "", False),
        ("ꦗ", "\\p{IsJavanese}", "", True),
        ("a-b", "a[-]b", "", True),
        ("a-b", "a[x-]b", "", True),
        ("a.b", "a\\.b", "", True),
        ("axb", "a\\.b", "", False),
        ("ab", "(?:a)b", "", True),
        ("", "a*", "", True),
        ("aab", "a{2}b", "", True),
        ("aaab", "^a{2,}b", "", True),
        ("a", "a{0,0}", "", True),
        ("🐎x", "^.x$", "", True),
    ],
)
def test_a_pattern_matches_as_xpath_says(
    text: str, pattern: str, flags: str, expected: bool, evaluate: Evaluate
) -> None:
    assert evaluate("matches(t, p, f)", t=text, p=pattern, f=flags) is expected


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            "(",
            ")",
            "[",
            "[]",
            "[^]",
            "a**",
            "*",
            "?",
            "a{2",
            "a{3,2}",
            "[b-a]",
            "\\1",
            "(a)\\1",
            "[\\1]",
            "\\b",
            "\\A",
        ),
        *("\\p{Nope}", "\\p{IsNope}", "\\p", "(?i)a", "(?=a)", "(?<n>a)", "\\", "[a", "[a-z-[b]x]", "[a--b]"),
        *("a{99999}", "((a{1000}){1000}){1000}", "\\w{1,900}", "(" * 70 + ")" * 70),
    ],
)
def test_what_is_no_pattern_or_not_linear_is_null(pattern: str, evaluate: Evaluate) -> None:
    assert evaluate("matches(t, p)", t="abc", p=pattern) is None


@pytest.mark.parametrize("flags", ["p", "X", "ii q", "q", " "])
def test_flags_that_are_not_known_are_null(flags: str, evaluate: Evaluate) -> None:
    assert evaluate('matches("a", "a", f)', f=flags) is None


@pytest.mark.parametrize(
    ("text", "pattern", "replacement", "expected"),
    [
        ("banana", "a", "o", "bonono"),
        ("abcd", "(ab)|(a)", "[1=$1][2=$2]", "[1=ab][2=]cd"),
        ("facet", "[ct]", "[$0]", "fa[c]e[t]"),
        ("ab", "(a)(b)", "$2$1", "ba"),
        ("ab", "(a)(b)", "$12", "a2"),
        ("ab", "(a)(b)", "$3", ""),
        ("a", "a", r"\$", "$"),
        ("a", "a", r"\\", "\\"),
        ("a", "a", "$", None),
        ("a", "a", r"\n", None),
        ("a", "x*", "-", None),
        ("0123456789", r"(\d{3})(\d{3})(\d{4})", "($1) $2-$3", "(012) 345-6789"),
        ("héé", "é", "e", "hee"),
        ("🐎a🐎", "a", "b", "🐎b🐎"),
    ],
)
def test_matches_are_replaced(
    text: str, pattern: str, replacement: str, expected: str | None, evaluate: Evaluate
) -> None:
    assert evaluate("replace(t, p, r)", t=text, p=pattern, r=replacement) == expected


def test_halves_of_surrogate_pairs_from_json_do_no_harm(evaluate: Evaluate) -> None:
    assert evaluate('matches(t, "a")', t="\ud800a") is True
    assert evaluate("matches(t, p)", t="a", p="\ud800") in (False, None)
    assert isinstance(evaluate('replace(t, "a", "b")', t="\ud800a"), str)


def test_a_refused_pattern_says_where_and_why() -> None:
    assert compile_pattern("ab(c", "") == "Expected more in the pattern, but found the end at character 5"
