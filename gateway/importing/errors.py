"""Why an import stops, and what is wrong with a line.

ImportStopped       nothing or not everything was imported; `reason` says why
LineProblem         one line that is not imported; the others go on
"""

from __future__ import annotations

from dataclasses import dataclass


class ImportStopped(Exception):
    """The import cannot begin or go on. `reason` is a key of `texts`."""

    def __init__(self, reason: str, **params: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.params = params


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What is wrong with a line: `column` is its header in the file, "" where it is the line as a whole."""

    line: int
    column: str
    reason: str
    #: The value that is wrong, or what a text needs to know.
    value: str = ""
