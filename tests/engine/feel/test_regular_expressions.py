"""Regular expressions of XPath on RE2, and on a matcher of our own for back references (DMN 1.5, table 74, note 2)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.feel import compile_expression
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


@pytest.mark.parametrize(
    ("text", "pattern", "flags", "expected"),
    [
        ("aA", r"(a)\1", "i", True),
        ("aA", r"(a)\1", "", False),
        ("abcabc", r"^(abc)\1$", "", True),
        ("abcabd", r"^(abc)\1$", "", False),
        ("<b>x</b>", r"<([a-z]+)>.*</\1>", "", True),
        ("<b>x</i>", r"<([a-z]+)>.*</\1>", "", False),
        ("xx1", r"(x)\11", "", True),  # there is no eleventh group: \1 and the character 1
        ("b", r"(a)?b\1", "", True),  # a group that did not match is empty
        ("a\nb\na", r"^(a)$[\s\S]*^\1$", "m", True),
        ("a\nb\na", r"^(a)$[\s\S]*^\1$", "", False),
        ("aabb", r"^(?:(a|b)\1)+$", "", True),
        ("aaaa", r"^(a+?)\1$", "", True),
        ("abab", r"^(a(b))\1$", "", True),
        ("é🐎é🐎", r"^(\w+)\1$", "", True),
    ],
)
def test_back_references_mean_what_their_group_matched(
    text: str, pattern: str, flags: str, expected: bool, evaluate: Evaluate
) -> None:
    assert evaluate("matches(t, p, f)", t=text, p=pattern, f=flags) is expected


@pytest.mark.parametrize("pattern", [r"\1(a)", r"(a\1)", r"(?:a)\1", r"(a)\2", r"(a)\0", r"(a){3,2}\1"])
def test_a_back_reference_needs_a_group_that_has_ended(pattern: str, evaluate: Evaluate) -> None:
    assert evaluate("matches(t, p)", t="aaa", p=pattern) is None


def test_back_references_serve_replacing_and_cutting_too(evaluate: Evaluate) -> None:
    assert evaluate(r"replace(t, p, r)", t="book keeper", p=r"(.)\1", r="<$1$0>") == "b<ooo>k k<eee>per"
    assert evaluate(r"split(t, p)", t="a--b==c-d", p=r"([-=])\1") == ["a", "b", "c-d"]


PARTS = st.sampled_from(
    ["a", "b", "(a)", "(b|ab)", "(a*)", "[ab]", ".", "(?:ab)?", "(a+?)", r"\1", r"\2", "b{1,2}", "^", "$"]
)


@settings(max_examples=400, deadline=None)
@given(parts=st.lists(PARTS, min_size=1, max_size=6), text=st.text("ab", max_size=7))
def test_back_references_match_as_a_second_library_does(parts: list[str], text: str) -> None:
    pattern = "".join(["(a|b)", *parts, r"\1"])
    groups = pattern.count("(") - pattern.count("(?:")
    assume(groups > 1 or r"\2" not in pattern)
    found = compile_expression("replace(t, p, r)").evaluate({"t": text, "p": pattern, "r": "<$0,$1>"})

    try:
        wanted = re.compile(pattern)
    except re.error:  # a reference to a group that has not ended
        assert found is None
        return
    assert found == wanted.sub(lambda match: f"<{match[0]},{match[1]}>", text)
