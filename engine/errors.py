"""The errors that a caller of the engine may catch. Each message says what was expected, what was found, and which."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.findings import Finding


class AlurError(Exception):
    """Something a caller can answer. ``facts`` are extra fields for the answer (who, when, which)."""

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts: Mapping[str, Any] = facts


class NotFound(AlurError):
    """There is no such thing, or the caller may not know of it."""


class NotAllowed(AlurError):
    """The caller is known but may not do this."""


class NotPossibleNow(AlurError):
    """The thing exists but its state forbids the act (taken, completed, withdrawn, changed meanwhile)."""


class Stale(AlurError):
    """The caller acted on an older revision than the stored one."""


class Invalid(AlurError):
    """What was handed in breaks its rules. ``findings`` names each fault with its place."""

    def __init__(self, message: str, findings: Sequence[Finding] = (), **facts: Any) -> None:
        super().__init__(message, **facts)
        self.findings = tuple(findings)


class TooLarge(Invalid):
    """What was handed in is over a limit."""
