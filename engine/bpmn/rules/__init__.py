"""The rules: what BPMN 2.0.2 and Alur demand of a model, each with an id. RULES.md lists them."""

from engine.bpmn.rules import (
    activities,
    collaboration,
    compiling,
    conditions,
    data,
    events,
    executing,
    expressions,
    flows,
    gateways,
    identity,
    items,
    naming,
    paths,
    reading,
    references,
    style,
    tokens,
    variables,
)
from engine.bpmn.rules.meaning import LintContext, Subject, check_meaning
from engine.bpmn.rules.registry import RULES, Both, Rule, check_structure

# The families of rules in the order in which RULES.md lists them.
FAMILIES = (
    reading,
    executing,
    expressions,
    naming,
    paths,
    tokens,
    variables,
    style,
    identity,
    references,
    flows,
    conditions,
    events,
    activities,
    gateways,
    data,
    items,
    collaboration,
    compiling,
)

__all__ = ["FAMILIES", "RULES", "Both", "LintContext", "Rule", "Subject", "check_meaning", "check_structure"]
