"""What a page says at its top about the act that led to it."""

from collections.abc import Mapping

_NOTICES: Mapping[str, tuple[str, str]] = {
    "signed-out": ("Anda telah keluar.", "You have signed out."),
    "password": ("Kata sandi diganti. Silakan masuk lagi.", "The password was changed. Please sign in again."),
}


def notice(code: str | None, language: str) -> str | None:
    """Return the sentence for a code of the address; None: there is no such, whatever the address says."""
    if code is None or code not in _NOTICES:
        return None
    indonesian, english = _NOTICES[code]
    return english if language == "en" else indonesian
