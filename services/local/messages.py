"""What the person at the terminal reads.

Standard library only: the installer speaks through it before any package exists.
"""

import sys


class CannotContinue(Exception):
    """Something that only the person can change. One line what, one line the way out."""

    def __init__(self, what: str, way_out: str) -> None:
        super().__init__(f"{what}\n  -> {way_out}")


def say(text: str) -> None:
    """Print one line at once, also when the output is a pipe; a closed terminal is no error."""
    try:
        print(text, flush=True)
    except (BrokenPipeError, OSError):
        # Nobody reads any more. Stopping must go on in order, so nothing may be raised from here.
        sys.stdout = None
