"""Legal terms of running cases: when they are due, what stops and extends them, and the timers that wait for them."""

from engine.terms.clock import Moments, Pause, Run, moments

__all__ = ["Moments", "Pause", "Run", "moments"]
