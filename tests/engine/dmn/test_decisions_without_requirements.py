"""Decisions as most editors write them: a table that names variables and declares none of them as its inputs."""

from datetime import UTC, datetime

from engine.dmn import compile_decisions, read_dmn

NOW = datetime(2026, 3, 2, tzinfo=UTC)

TABLE = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:test">
  <decision id="size" name="size">
    %s
    <decisionTable id="t" hitPolicy="UNIQUE">
      <input id="i"><inputExpression id="e" typeRef="number"><text>building.floors</text></inputExpression></input>
      <output id="o" name="size" typeRef="string" />
      <rule id="r1"><inputEntry id="a"><text>&lt;= 2</text></inputEntry><outputEntry id="b"><text>"small"</text></outputEntry></rule>
      <rule id="r2"><inputEntry id="c"><text>&gt; 2</text></inputEntry><outputEntry id="f"><text>"large"</text></outputEntry></rule>
    </decisionTable>
  </decision>
  <inputData id="other" name="other"><variable name="other" /></inputData>
</definitions>"""  # noqa: E501


def test_a_decision_without_requirements_reads_what_is_given() -> None:
    decisions = compile_decisions([read_dmn(TABLE % b"", file="size.dmn")])

    result = decisions.evaluate("size", {"building": {"floors": 4}}, now=NOW)

    assert result.value_json == "large"


def test_a_decision_with_requirements_reads_only_these() -> None:
    requirement = b'<informationRequirement id="q"><requiredInput href="#other" /></informationRequirement>'
    decisions = compile_decisions([read_dmn(TABLE % requirement, file="size.dmn")])

    result = decisions.evaluate("size", {"building": {"floors": 4}, "other": 1}, now=NOW)

    assert result.value_json is None
    assert any("'building'" in warning for warning in result.warnings)
