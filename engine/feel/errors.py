"""What can go wrong with an expression: it cannot be compiled, or its evaluation had to be stopped."""


class FeelSyntaxError(Exception):
    """The text is not an expression of its language. Lines and columns count from 1, ``offset`` from 0.

    ``expected`` and ``found`` are short English phrases; ``message`` holds both and the place.
    """

    def __init__(self, source: str, offset: int, *, expected: str, found: str) -> None:
        self.offset = min(max(offset, 0), len(source))
        self.line = source.count("\n", 0, self.offset) + 1
        self.column = self.offset - (source.rfind("\n", 0, self.offset) + 1) + 1
        self.expected = expected
        self.found = found
        self.message = f"Expected {expected}, but found {found} at line {self.line}, column {self.column}"
        super().__init__(self.message)


class FeelError(Exception):
    """The evaluation was stopped: no fuel left, a value too large, too deep, or a result that has no JSON form.

    Most faults do not raise: in FEEL they make the value null (DMN 1.5, 10.3.2.1) and leave a warning.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
