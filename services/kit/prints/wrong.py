"""What the press has against a template."""

from __future__ import annotations


class Wrong(Exception):
    """The template is wrong, at `file`, `line` and `column` where that is known."""

    def __init__(self, message: str, *, file: str = "", line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.place = {"file": file, "line": line, "column": column}
