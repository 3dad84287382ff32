"""Shows that pip is getting on: which package of how many."""

import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from services.local.messages import say

# Where lines stay, one in a few is enough.
SECONDS_BETWEEN_LINES = 3.0


@dataclass(slots=True)
class Progress:
    """Runs one pip command, writes all that it says to `log`, and shows a line of it."""

    total: int
    log: Path
    _seen: set[str] = field(default_factory=set)
    _last_line_at: float = 0.0

    def run(self, command: Sequence[str]) -> bool:
        """True if pip succeeded."""
        with (
            self.log.open("a") as log,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip,
        ):
            assert pip.stdout is not None
            try:
                for line in pip.stdout:
                    log.write(line)
                    self._show(line)
            except KeyboardInterrupt:
                pip.terminate()
                raise
        self._end_line()
        return pip.returncode == 0

    def last_lines(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-6:])

    def _show(self, line: str) -> None:
        named = re.match(r"(?:Collecting|Requirement already satisfied:) ([\w.\-]+)", line)
        if named:
            self._seen.add(named[1].lower())
            self._print(f"Packages: {min(len(self._seen), self.total)} of {self.total}, {named[1]}")
        elif line.startswith("Installing collected packages"):
            self._last_line_at = 0.0
            self._print("Packages: all here, unpacking them")

    def _print(self, text: str) -> None:
        if sys.stdout.isatty():
            sys.stdout.write(f"\r\033[K{text}")
            sys.stdout.flush()
        elif time.monotonic() - self._last_line_at > SECONDS_BETWEEN_LINES:
            say(text)
            self._last_line_at = time.monotonic()

    def _end_line(self) -> None:
        if sys.stdout.isatty():
            sys.stdout.write("\n")
            sys.stdout.flush()
