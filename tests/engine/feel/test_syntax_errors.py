"""A source that is no expression is refused with its place, what was expected and what was found."""

import pytest

from engine.feel import FeelSyntaxError, compile_expression, compile_unary_tests


@pytest.mark.parametrize(
    ("source", "line", "column", "expected", "found"),
    [
        ("", 1, 1, "an expression", "the end"),
        ("1 +", 1, 4, "an expression", "the end"),
        ("a = \n  = b )", 2, 7, "an operator or the end", "')'"),
        ("(1", 1, 3, "')'", "the end"),
        ("[1, 2", 1, 6, "']' or ','", "the end"),
        ("{a 1}", 1, 5, "':' after the name", "'}'"),
        ("{a: 1", 1, 6, "'}' or ','", "the end"),
        ("f(1", 1, 4, "')' or ','", "the end"),
        ("a[1", 1, 4, "']' after the condition", "the end"),
        ("if a then b", 1, 12, "'else'", "the end"),
        ("if a b", 1, 6, "'then'", "'b'"),
        ("for i of a return i", 1, 20, "'in' after the name", "the end"),
        ("for in 1..2 return 3", 1, 5, "a name", "'in'"),
        ("for i in a", 1, 11, "'return' or ','", "the end"),
        ("some i in a", 1, 12, "'satisfies' or ','", "the end"),
        ("a between 1 or 2", 1, 13, "'and' of 'between'", "'or'"),
        ("a instance number", 1, 12, "'of'", "'number'"),
        ("a instance of", 1, 14, "a type", "the end"),
        ("a instance of list<", 1, 20, "a type", "the end"),
        ("a.1", 1, 2, "an operator or the end", "'.1'"),
        ("a.", 1, 3, "a name after '.'", "the end"),
        ("[1..2", 1, 6, "']', ')' or '[' at the end of the range", "the end"),
        ('"abc', 1, 1, "'\"' at the end of the string on its line", "none"),
        ('1 + "ab\nc"', 1, 5, "'\"' at the end of the string on its line", "none"),
        ("1 /* never closed", 1, 3, "'*/' at the end of the comment", "none"),
        ("@abc", 1, 2, "a string after '@'", "'abc'"),
        ("f(a: 1, 2)", 1, 9, "all arguments with names or none", "'2'"),
        ("f(1, a: 2)", 1, 6, "all arguments with names or none", "'a'"),
        ("f(a: 1, a: 2)", 1, 9, "every parameter once", "'a'"),
        ("function(a, a) 1", 1, 13, "every parameter once", "'a'"),
        ("function(a) external {java: {}}", 1, 13, "a body in FEEL (functions outside are not called)", "'external'"),
        ("[1,]", 1, 5, "an expression", "the end"),
        ("f(1,)", 1, 5, "an expression", "')'"),
        ("{a: 1,}", 1, 7, "a name", "'}'"),
        ("function(a,) a", 1, 12, "a name", "')'"),
        ("a b", 1, 3, "an operator or the end", "'b'"),
        ("1 2", 1, 3, "an operator or the end", "'2'"),
        ("a # b", 1, 3, "an operator or the end", "'#'"),
        ("and", 1, 1, "an expression", "'and'"),
        ("1e9999", 1, 1, "a number below 10**6145", "'1e9999'"),
    ],
)
def test_a_fault_is_told_with_its_place(source: str, line: int, column: int, expected: str, found: str) -> None:
    with pytest.raises(FeelSyntaxError) as caught:
        compile_expression(source)

    error = caught.value
    assert (error.line, error.column, error.expected, error.found) == (line, column, expected, found)
    assert error.message == f"Expected {expected}, but found {found} at line {line}, column {column}"
    assert source[error.offset :].startswith(source.split("\n")[line - 1][column - 1 :])


@pytest.mark.parametrize("source", ["", "< ", "1,", ",", "not(1", "- 1 2", "[1..", "1 2"])
def test_unary_tests_that_are_none_are_refused(source: str) -> None:
    with pytest.raises(FeelSyntaxError):
        compile_unary_tests(source)


def test_a_language_that_is_not_known_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="Expected a language feel, juel or python"):
        compile_expression("1", language="groovy")
