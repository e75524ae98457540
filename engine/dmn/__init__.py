"""DMN 1.1 to 1.5: read decisions, compile them once, make them, and tell which rules fired."""

from engine.dmn.decide import decide
from engine.dmn.decisions import DecisionResult, Decisions, compile_decisions
from engine.dmn.model import DmnFile
from engine.dmn.reader import read_dmn
from engine.dmn.tables import Fired

__all__ = ["DecisionResult", "Decisions", "DmnFile", "Fired", "compile_decisions", "decide", "read_dmn"]
