"""The rules: what BPMN 2.0.2 and Alur demand of a model, each with an id. RULES.md lists them."""

from engine.bpmn.rules import (
    activities,
    collaboration,
    conditions,
    data,
    events,
    flows,
    gateways,
    identity,
    items,
    reading,
    references,
)
from engine.bpmn.rules.registry import RULES, Both, Rule, check_structure

FAMILIES = (reading, identity, references, flows, conditions, events, activities, gateways, data, items, collaboration)

__all__ = ["FAMILIES", "RULES", "Both", "Rule", "check_structure"]
