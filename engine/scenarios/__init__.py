"""Play scenarios: stories of a process against the real engine, in a database in memory, with a clock that moves."""

from engine.scenarios.stage import Played, Stage, play

__all__ = ["Played", "Stage", "play"]
