"""Findings of DMN, made in one way."""

from engine.findings import Finding, Place, Severity


def fault(
    rule: str,
    place: Place,
    indonesian: str,
    english: str,
    element: str | None = None,
    *,
    severity: Severity = Severity.ERROR,
    mend: tuple[str, str] | None = None,
) -> Finding:
    """Return a finding; ``mend`` is (Indonesian, English)."""
    how = {"id": mend[0], "en": mend[1]} if mend else {}
    return Finding(rule, severity, {"id": indonesian, "en": english}, place, element, mend=how)
