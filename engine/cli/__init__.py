"""The command line: ``alur COMMAND``. Every command says what it does with ``--help``.

Exit codes: 0 done and fine; 1 done, and something that was checked is not right; 2 not done, with the reason.
"""

from engine.cli.main import main

__all__ = ["main"]
