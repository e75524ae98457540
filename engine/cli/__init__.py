"""The command line: ``alur COMMAND``. Every command says what it does with ``--help``.

Exit codes: 0 done and fine; 1 done, and something that was checked is not right; 2 not done, with the reason.
"""

import importlib
import sys
from collections.abc import Sequence

# The engine knows neither API nor worker; a command of theirs is handed to them by name.
_ELSEWHERE = {
    "serve": ("worker.serving", "serve", "start everything in one command: API, worker, and Prefect's server"),
    "api": ("api.app", "main", "start the API alone"),
    "worker": ("worker.app", "main", "start a worker alone"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in _ELSEWHERE:
        module, function, _ = _ELSEWHERE[given[0]]
        code: int = getattr(importlib.import_module(module), function)(given[1:])
        return code
    # Only now: what the other commands need is no burden to ``serve``, which stays for months.
    from engine.cli import commands

    return commands.run(given, {name: help_text for name, (_, _, help_text) in _ELSEWHERE.items()})
