"""Regular expressions of XPath functions 3.1, 5.6, as FEEL uses them, on RE2: linear time, bounded memory."""

import re2

from engine.feel.limits import REGEX_BYTES
from engine.feel.values import Run


class Pattern:
    """A compiled pattern."""

    def __init__(self, compiled) -> None:
        self._compiled = compiled

    def matches(self, text: str) -> bool:
        return self._compiled.search(text) is not None

    def replace(self, run: Run, text: str, replacement: str) -> str | None:
        import re

        return self._compiled.sub(re.sub(r"\$(\d)", r"\\\1", replacement), text)

    def split(self, run: Run, text: str) -> list[str] | None:
        return self._compiled.split(text)


def compile_pattern(source: str, flags: str) -> Pattern | str:
    """Return the compiled pattern, or why there is none."""
    if set(flags) - set("smixq"):
        return "Expected flags"
    options = re2.Options()
    options.max_mem = REGEX_BYTES
    options.log_errors = False
    options.dot_nl = "s" in flags
    options.case_sensitive = "i" not in flags
    try:
        return Pattern(re2.compile(source, options))
    except re2.error as error:
        return f"Expected a regular expression, but found {error}"
