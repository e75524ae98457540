"""The rules of structure: what BPMN 2.0.2 demands of a model, each with an id. RULES.md lists them."""

from engine.bpmn.rules import activities, collaboration, data, events, flows, identity
from engine.bpmn.rules.registry import RULES, check_structure

__all__ = ["RULES", "activities", "check_structure", "collaboration", "data", "events", "flows", "identity"]
