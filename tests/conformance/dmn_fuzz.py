"""Throw made-up and mutated DMN files at the reader, the compiler, the review and the evaluation of decisions.

    ./run fuzz dmn [--seconds N | --cases N] [--seed N]

Every file is read, compiled in spite of its faults, reviewed, and all its decisions are made. A case fails if anything
is raised but a refusal with findings, a limit or an unknown decision; if a finding has no known rule, line or sentence
in both languages; if a decision gives something else the second time, changes its input, or takes more than two
seconds of processor time; or if the index of a table finds other rules than trying them one by one.
"""

import random
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any

from campaign import Case, Failure, run_from_shell
from feel_fuzz import FUEL, VALUES, Maker, data, mutate, text_of

from engine.dmn import Decisions, compile_decisions, read_dmn
from engine.dmn.faults import RULES
from engine.dmn.reader import NAMESPACES
from engine.dmn.scopes import Scope
from engine.dmn.tables import Decider
from engine.errors import Invalid, NotFound, TooLarge
from engine.feel import FeelError
from engine.feel.values import Run, lift
from engine.findings import Finding

SLOW_SECONDS = 2.0
HITS = ["UNIQUE", "ANY", "PRIORITY", "FIRST", "RULE ORDER", "OUTPUT ORDER", "COLLECT"]
CONSTANTS = ["0", "1", "5", "-3", "2.5", "10", '"a"', '"b"', '""', "true", "false", "null", 'date("2026-03-02")']
TESTS = [
    "-",
    "",
    "< 5",
    ">= 1",
    "[1..5]",
    "(0..10)",
    "]1..5[",
    '"a"',
    '"a", "b"',
    "not(1, 5)",
    'not("a")',
    "true",
    "= 5",
]
PIECES = [
    *('typeRef="number"', 'typeRef="t1"', 'isCollection="true"', 'hitPolicy="FIRST"', 'hitPolicy="Other"'),
    *('aggregation="SUM"', 'kind="Java"', 'href="#x0"', 'href="#"', 'id="x0"', 'name=""', 'name="x1"'),
    *("<literalExpression><text>1</text></literalExpression>", "<text>", "</text>", "<rule/>", "<import/>", "<!-- -->"),
    *("<![CDATA[", "&amp;", "&lt;", "<", ">", '"', "\x00", "é", "<context><contextEntry/></context>", "<variable/>"),
]


class Author:
    """Writes random DMN files, mostly well formed. Ids are x0, x1, …; types are t0, t1, …"""

    def __init__(self, random_: random.Random) -> None:
        self.random = random_
        self.feel = Maker(random_)
        self.count = random_.randint(1, 6)
        self.types: list[str] = []
        self.kinds: dict[str, list[str]] = {}

    def file(self) -> str:
        types = "".join(self.named_item(f"t{at}") for at in range(self.random.randint(0, 3)))
        elements = "".join(self.element(f"x{at}") for at in range(self.count))
        namespace = self.random.choice(list(NAMESPACES))
        imports = self.maybe('<import name="other" namespace="urn:fuzz" importType="DMN"/>', 0.05)
        head = f'<definitions xmlns="{namespace}" id="d" name="d" namespace="urn:fuzz">'
        return f"{head}\n{imports}{types}{elements}</definitions>"

    def maybe(self, text: str, chance: float) -> str:
        return text if self.random.random() < chance else ""

    def source(self, deep: int = 2) -> str:
        """Return a text element with FEEL: constants, names of the graph, or anything."""
        kind = self.random.random()
        if kind < 0.3:
            found = self.random.choice(CONSTANTS)
        elif kind < 0.6:
            found = self.random.choice([*[f"x{at}" for at in range(6)], "a", "text", "x0(1)", "x1(a)", "x2 + 1"])
        else:
            found = self.feel.expression(deep)
        return f"<text>{escape(found)}</text>"

    def tests(self) -> str:
        found = self.random.choice(TESTS) if self.random.random() < 0.85 else self.feel.test(2)
        return f"<text>{escape(found)}</text>"

    def typed(self, chance: float = 0.4) -> str:
        kinds = ["number", "string", "boolean", "date", "Any", "context", "list", *self.types * 2]
        kind = self.random.choice(kinds) if self.random.random() < 0.98 else "t2"
        return self.maybe(f' typeRef="{kind}"', chance)

    # --- types and elements

    def named_item(self, name: str) -> str:
        found = self.item(name)
        self.types.append(name)
        return found

    def item(self, name: str, deep: int = 2) -> str:
        collection = self.maybe(' isCollection="true"', 0.3)
        limits = self.maybe(f"<allowedValues>{self.tests()}</allowedValues>", 0.3)
        limits += self.maybe(f"<typeConstraint>{self.tests()}</typeConstraint>", 0.2)
        kind = self.random.random()
        if kind < 0.3 and deep:
            parts = "".join(
                self.item(part, deep - 1).replace("itemDefinition", "itemComponent")
                for part in self.random.sample(["a", "b", "c d"], self.random.randint(1, 3))
            )
            return f'<itemDefinition name="{name}"{collection}>{limits}{parts}</itemDefinition>'
        if kind < 0.4:
            result = self.typed().replace("typeRef", "outputTypeRef")
            function = f'<functionItem{result}><parameters name="p"{self.typed()}/></functionItem>'
            return f'<itemDefinition name="{name}">{function}</itemDefinition>'
        return f'<itemDefinition name="{name}"{self.typed(0.9)}{collection}>{limits}</itemDefinition>'

    def element(self, name: str) -> str:
        tag = self.random.choice(["inputData"] * 2 + ["decision"] * 5 + ["businessKnowledgeModel", "decisionService"])
        inside = f'<variable name="{name}"{self.typed()}/>' + getattr(self, tag)()
        self.kinds.setdefault(tag, []).append(name)
        return f'<{tag} id="{name}" name="{name}">{inside}</{tag}>\n'

    def inputData(self) -> str:
        return ""

    def businessKnowledgeModel(self) -> str:
        return self.function("encapsulatedLogic", 2) + self.knows()

    def decisionService(self) -> str:
        return "".join(
            f"<{role} href={self.reference(tag)}/>"
            for role, tag in (("outputDecision", "decision"), ("inputDecision", "decision"), ("inputData", "inputData"))
            if role == "outputDecision" or self.kinds.get(tag)
        )

    def decision(self) -> str:
        needs = "".join(
            f"<informationRequirement><{role} href={self.reference(tag)}/></informationRequirement>"
            for role, tag in (("requiredDecision", "decision"), ("requiredInput", "inputData"))
            if self.kinds.get(tag) and self.random.random() < 0.7
        )
        return needs + self.knows() + self.box(3)

    def knows(self) -> str:
        tag = self.random.choice(["businessKnowledgeModel", "decisionService"])
        needed = f"<knowledgeRequirement><requiredKnowledge href={self.reference(tag)}/></knowledgeRequirement>"
        return self.maybe(needed, 0.7) if self.kinds.get(tag) else ""

    def reference(self, tag: str) -> str:
        """Return a reference to an earlier element of a kind; sometimes to any other, itself or none."""
        known = self.kinds.get(tag)
        if not known or self.random.random() < 0.05:
            return f'"#x{self.random.randrange(self.count + 1)}"'
        return f'"#{self.random.choice(known)}"'

    # --- boxed expressions

    def box(self, deep: int) -> str:
        if deep <= 0:
            return self.literal(0)
        return self.random.choice(self._BOXES)(self, deep - 1)

    def literal(self, _deep: int) -> str:
        return f"<literalExpression{self.typed(0.2)}>{self.source()}</literalExpression>"

    def context(self, deep: int) -> str:
        names = self.random.sample(["a", "b", "c d"], self.random.randint(0, 3))
        entries = "".join(
            f'<contextEntry><variable name="{name}"{self.typed()}/>{self.box(deep)}</contextEntry>' for name in names
        )
        entries += self.maybe(f"<contextEntry>{self.box(deep)}</contextEntry>", 0.4)
        return f"<context>{entries}</context>"

    def list(self, deep: int) -> str:
        return f"<list>{''.join(self.box(deep) for _ in range(self.random.randint(0, 3)))}</list>"

    def relation(self, deep: int) -> str:
        columns = "".join(f'<column name="{name}"{self.typed()}/>' for name in ("a", "b"))
        rows = "".join(f"<row>{self.box(deep)}{self.box(deep)}</row>" for _ in range(self.random.randint(0, 3)))
        return f"<relation>{columns}{rows}</relation>"

    def function(self, tag: str, deep: int) -> str:
        parameters = "".join(
            f'<formalParameter name="{name}"{self.typed()}/>'
            for name in self.random.sample(["p", "q", "a"], self.random.randint(0, 2))
        )
        kind = self.maybe(' kind="Java"', 0.02)
        return f"<{tag}{kind}>{parameters}{self.box(deep)}</{tag}>"

    def defined(self, deep: int) -> str:
        return self.function("functionDefinition", deep)

    def invocation(self, deep: int) -> str:
        called = self.random.choice(["x0", "x1", "x2", "sum", "substring", "function(p) p"])
        bindings = "".join(
            f'<binding><parameter name="{name}"/>{self.box(deep)}</binding>'
            for name in self.random.sample(["p", "q", "a", "list", "string"], self.random.randint(0, 2))
        )
        return f"<invocation><literalExpression><text>{called}</text></literalExpression>{bindings}</invocation>"

    def conditional(self, deep: int) -> str:
        parts = "".join(f"<{tag}>{self.box(deep)}</{tag}>" for tag in ("if", "then", "else"))
        return f"<conditional>{parts}</conditional>"

    def filter(self, deep: int) -> str:
        return f"<filter><in>{self.box(deep)}</in><match>{self.box(deep)}</match></filter>"

    def loop(self, deep: int) -> str:
        tag, body = self.random.choice([("for", "return"), ("some", "satisfies"), ("every", "satisfies")])
        inner = f"<in>{self.box(deep)}</in><{body}>{self.box(deep)}</{body}>"
        return f'<{tag} iteratorVariable="i">{inner}</{tag}>'

    def table(self, _deep: int) -> str:
        inputs, outputs = self.random.randint(0, 3), self.random.randint(1, 2)
        heads = "".join(
            f"<input><inputExpression{self.typed(0.5)}>{self.source(1)}</inputExpression>"
            f"{self.maybe(f'<inputValues>{self.tests()}</inputValues>', 0.2)}</input>"
            for _ in range(inputs)
        )
        tails = "".join(
            f'<output name="o{at}"{self.typed(0.3)}>'
            f"{self.maybe(f'<outputValues><text>{escape(self.constants())}</text></outputValues>', 0.5)}"
            f"{self.maybe(f'<defaultOutputEntry>{self.source(1)}</defaultOutputEntry>', 0.2)}</output>"
            for at in range(outputs)
        )
        rules = "".join(
            "<rule>"
            + "".join(f"<inputEntry>{self.tests()}</inputEntry>" for _ in range(inputs))
            + "".join(f"<outputEntry>{self.source(1)}</outputEntry>" for _ in range(outputs))
            + "</rule>\n"
            for _ in range(self.random.randint(0, 8))
        )
        hit = self.random.choice(HITS)
        how = f' aggregation="{self.random.choice(["SUM", "MIN", "MAX", "COUNT"])}"'
        how = self.maybe(how, 0.5 if hit == "COLLECT" and outputs == 1 else 0.02)
        return f'<decisionTable hitPolicy="{hit}"{how}>{heads}{tails}{rules}</decisionTable>'

    def constants(self) -> str:
        return ", ".join(self.random.sample(CONSTANTS, self.random.randint(1, 4)))

    _BOXES: tuple[Callable[["Author", int], str], ...] = (
        *(literal, literal, context, list, relation, defined, invocation, conditional, filter, loop),
        *(table, table, table, table),
    )


# --- running


def run_case(file: bytes, seed: int) -> str:
    """Run one file and return how it ended; raise Failure if that must not be."""
    start = time.thread_time()
    try:
        model = read_dmn(file, file="fuzz.dmn")
    except (Invalid, TooLarge):
        return "not read"
    decisions = compile_decisions([model], strict=False)
    _look_at([*decisions.findings, *decisions.check()])
    ends = [_made(decisions, name) for name in decisions.ids()]
    seconds = time.thread_time() - start
    if seconds > SLOW_SECONDS:
        raise Failure(f"took {seconds:.1f} s of processor time")
    _compare_index(decisions, seed)
    return f"{'faulty' if decisions.findings else 'right'}, {max(ends, default='no decision')}"


def _look_at(findings: Iterable[Finding]) -> None:
    for finding in findings:
        known = finding.rule in RULES and finding.place.line is not None
        if not known or not all(text.strip() for text in (*finding.message.values(), *finding.mend.values())):
            raise Failure(f"found {finding}, which has no known rule, line or sentence")


def _made(decisions: Decisions, name: str) -> str:
    variables = _variables()
    first = _outcome(decisions, name, variables)
    if variables != _variables():
        raise Failure(f"{name} changed its input")
    if _outcome(decisions, name, _variables()) != first:
        raise Failure(f"{name} gave something else the second time")
    return first[0]


def _variables() -> dict[str, Any]:
    return data() | {f"x{at}": value for at, value in enumerate([5, "a", [1, 2], {"a": 1, "b": "x"}, None, True])}


def _outcome(decisions: Decisions, name: str, variables: dict[str, Any]) -> tuple[str, str]:
    try:
        result = decisions.evaluate(name, variables, now=None, fuel=FUEL)
    except FeelError as error:
        return "stopped", error.message
    except NotFound as error:
        raise Failure(f"{name} is listed, but {error}") from None
    if not isinstance(result.value, VALUES):
        raise Failure(f"{name} gave a {type(result.value).__name__}")
    try:
        result.as_dict()
    except FeelError:
        return "value without JSON", text_of(result.value)
    return ("null" if result.value is None else "value"), f"{text_of(result.value)} {result.fired}"


def _compare_index(decisions: Decisions, seed: int) -> None:
    """Find rules by the index and one by one, for some values."""
    random_ = random.Random(seed)
    candidates = [lift(value) for value in (*data().values(), 0, 1, 2, 2.5, 10, -3, "b", "", True, False)]
    for table in _tables(decisions):
        for _ in range(4):
            values = [random_.choice(candidates) for _ in table.inputs]
            found, plain = _rules(table, values, table.matching), _rules(table, values, table.matching_plainly)
            if found is not None and plain is not None and found != plain:
                raise Failure(f"a table finds rules {found} by its index, {plain} one by one, for {values}")


def _tables(decisions: Decisions) -> Iterable[Decider]:
    return (table for graph in decisions._graphs for builder in graph.builders.values() for table in builder.tables)


def _rules(table: Decider, values: Sequence[Any], match: Callable[..., list[int]]) -> list[int] | None:
    try:
        return match(values, Scope(_variables()), Run(FUEL * 10))
    except FeelError:
        return None


def make_case(random_: random.Random) -> Case:
    """Return a DMN file; some are mutated."""
    text = Author(random_).file()
    if random_.random() < 0.3:
        text = mutate(random_, text, PIECES)
    seed = random_.randrange(1 << 30)
    file = text.encode("utf-8", "replace")
    return Case(repr(text), lambda: run_case(file, seed))


if __name__ == "__main__":
    sys.exit(run_from_shell(make_case, __doc__ or ""))
