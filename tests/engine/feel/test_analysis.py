"""Remarks on expressions before they run."""

import pytest

from engine.feel import compile_expression, compile_unary_tests
from engine.feel.analysis import check, kind_of
from engine.feel.types import DATE, NUMBER, STRING, ContextType, ListType, Type

NAMES = ["amount", "list", "text", "limit order"]


@pytest.mark.parametrize(
    ("source", "column", "english"),
    [
        ('"a" < 5', 5, "found string and number"),
        ("5 = true", 3, "found number and boolean"),
        ("[1] < [2]", 5, "found list and list"),
        ('5 between 1 and "a"', 17, "found number and string"),
        ('[1.."a"]', 1, "found number and string"),
        ("[5..1]", 1, "does not end before its start"),
        ('contians(text, "a")', 1, "Did you mean 'contains'?"),
        ("amuont > 5", 1, "Did you mean 'amount'?"),
        ("contains(text)", 9, "(string, match), but found 1"),
        ("abs(1, 2)", 4, "(n), but found 2"),
        ("substring(string: text, start: 1)", 10, "but found (string, start)"),
        ('contains(5, "a")', 9, "of other kinds than (number, string)"),
        ("upper case(null)", 11, "of other kinds than (null)"),
        ('date("2026-13-01")', 5, "found '2026-13-01'"),
        ('@"soon"', 1, "after '@'"),
        ('matches(text, "(a")', 15, "in the pattern"),
        ("if amount + 1 then 1 else 2", 11, "found number"),
        ('amount > 1 and "a"', 16, "found string"),
        ('amount - "a"', 10, "found string"),
        ("[1] + 1", 1, "found list"),
        ("text instance of Nothing", 6, "found 'Nothing'"),
        ("{a: 1, a: 2}", 11, "'a' twice"),
        ("list[unknown(item)]", 6, "found 'unknown'"),
        ("for i in list return j", 22, "found 'j'"),
    ],
)
def test_what_is_hardly_meant_is_remarked_on_with_its_place(source: str, column: int, english: str) -> None:
    remarks = check(compile_expression(source, names=NAMES), names=NAMES)

    assert [(remark.line, remark.column) for remark in remarks] == [(1, column)]
    assert english in remarks[0].message["en"]
    assert remarks[0].message["id"].startswith("Diharapkan")


@pytest.mark.parametrize(
    "source",
    [
        'amount > 5 and contains(text, "a")',
        "amount = null or amount != null",
        'list[price > 5 and name = "x"].total',
        "for i in list return partial[-1] + i",
        "some x in list satisfies x = amount",
        "{f: function(n) if n = 0 then 0 else f(n - 1), r: f(amount)}.r",
        "limit order > 3",
        "abs([-1])",
        'week of year(date("2026-01-01"))',
        'date and time(@"2026-01-01", @"10:00:00")',
        'if amount > 5 then "a" else 3',
        "[1..5]",
        "min(1, 2, 3) + min(list)",
        'amount + "a"',
        "sort(list, function(a, b) a < b)",
        'is(1, "a")',
    ],
)
def test_what_may_be_meant_is_left_alone(source: str) -> None:
    assert check(compile_expression(source, names=NAMES), names=NAMES) == []


def test_without_names_variables_are_not_judged_but_functions_are() -> None:
    remarks = check(compile_expression("\n  whatever + unknown(5)"))

    assert [(remark.line, remark.column) for remark in remarks] == [(2, 14)]


def test_unary_tests_are_judged_as_well() -> None:
    remarks = check(compile_unary_tests('> 5, contians(?, "a")'), names=NAMES)

    assert [remark.column for remark in remarks] == [6]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("amount > 5", "boolean"),
        ("amount", None),
        ("amount + 1", "number"),
        ("amount * 2", None),
        ("1 + 1", "number"),
        ("-1", "number"),
        ('contains(text, "a") and true', "boolean"),
        ("count(list)", "number"),
        ("if true then 1 else 2", "number"),
        ("if true then 1 else null", None),
        ("{a: 1}", "context"),
        ("[1..2]", "range"),
        ('"a"', "string"),
    ],
)
def test_the_kind_of_a_value_is_told_where_only_one_is_possible(source: str, kind: str | None) -> None:
    assert kind_of(compile_expression(source)) == kind


def test_the_other_languages_are_judged_too() -> None:
    assert [remark.column for remark in check(compile_expression("${'a' < 5}", language="juel"))] == [7]
    assert [remark.column for remark in check(compile_expression("len(1, 2)", language="python"))] == [1]


PERSON = ContextType("context", (("name", STRING), ("age", NUMBER), ("born", DATE)))
TYPES = {"fee": NUMBER, "due": DATE, "title": STRING, "person": PERSON, "people": ListType("list", PERSON)}


@pytest.mark.parametrize(
    ("source", "column", "part"),
    [
        ('due > "2026-01-01"', 5, "found date and string: always null"),
        ('fee = "100"', 5, "found number and string: never equal"),
        ("due + 5", 5, "found number and date: the result is always null"),
        ('"total " + fee', 10, "found number and string: the result is always null"),
        ("due * 2", 1, "found date: the result is always null"),
        ("if fee then 1 else 2", 4, "a condition, which is true or false, but found number"),
        ("fee.amount", 4, "a value with 'amount', but found number"),
        ("due.yaer", 4, "a value with 'yaer', but found date"),
        ("person.agee > 5", 7, "one of the entries name, age, born, but found 'agee'. Did you mean 'age'?"),
        ('person.age = "5"', 12, "found number and string"),
        ("people.brn", 7, "one of the entries name, age, born, but found 'brn'"),
        ("people[1].age = title", 15, "found number and string"),
        ("people[age > title]", 12, "found number and string"),
        ("people[item.agee > 5]", 12, "one of the entries"),
        ("for each in people return each.agee", 31, "one of the entries"),
        ("some each in people satisfies each.born = 5", 41, "found date and number"),
        ("string length(fee)", 14, "of other kinds than (number)"),
        ("(function(a: number) a = title)(1)", 24, "found number and string"),
        ("{a: person, b: a.agee}.b", 17, "one of the entries"),
    ],
)
def test_the_types_of_variables_show_more_mistakes(source: str, column: int, part: str) -> None:
    (remark,) = check(compile_expression(source), names=TYPES, types=TYPES)

    assert remark.column == column
    assert part in remark.message["en"]


@pytest.mark.parametrize(
    "source",
    [
        'due + duration("P5D") > today()',
        "due.year + fee",
        "person.born = due and person.name = title",
        "sum(people.age) > fee",
        "people[age > fee][1].name + title",
        "count(people[item.born < due]) = fee",
        "for person in [1, 2] return person + 1",
        "person[1].age = fee",
        "title[1] = title",
        "fee[1] + fee",
        "string(fee) + title",
        'fee * duration("P1D") + due',
    ],
)
def test_what_fits_the_types_of_variables_is_left_alone(source: str) -> None:
    assert check(compile_expression(source), names=TYPES, types=TYPES) == []


@pytest.mark.parametrize(
    ("source", "kind", "part"),
    [
        ('"18"', NUMBER, "found number and string"),
        ("> title", NUMBER, "found number and string"),
        ("fee > 5", NUMBER, "a test of the input, which is called ?"),
        ("fee", STRING, "found string and number"),
        ("draft", STRING, "found 'draft'. Did you mean \"draft\"?"),
        ("5, due", NUMBER, "found number and date"),
    ],
)
def test_tests_of_another_kind_than_the_input_are_remarked_on(source: str, kind: Type, part: str) -> None:
    (remark,) = check(compile_unary_tests(source), names=TYPES, types={**TYPES, "?": kind})

    assert part in remark.message["en"]


@pytest.mark.parametrize("source", ["-", "5, fee", "[1..fee]", "? > fee", "not(1, 2)", "null", "[1, 2]", "fee + 1"])
def test_tests_that_fit_the_input_are_left_alone(source: str) -> None:
    assert check(compile_unary_tests(source), names=TYPES, types={**TYPES, "?": NUMBER}) == []
