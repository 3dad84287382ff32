"""Text on its way into a spreadsheet and back: a cell that would be read as a formula begins with an
apostrophe.

shown("=1+1")    "'=1+1"
typed("'=1+1")   "=1+1"
"""

from __future__ import annotations

from typing import Final

#: What spreadsheets take for the beginning of a formula, or of a command to another program.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def shown(text: str) -> str:
    """Return the text so that no spreadsheet calculates it, in a file without types of cells (CSV)."""
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA) else text


def typed(text: str) -> str:
    """Return what `shown` was given."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(_FORMULA) else text
