"""Pages from a template and its data, by typst: the same bytes for the same data, on every machine.

Only fonts of the typst wheel are used, and files of this folder only are read: data are text to the template,
never markup.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

_FOLDER = Path(__file__).parent


def pdf(template: str, data: Mapping[str, Any], *, made_at: datetime) -> bytes:
    """Typeset a template of this folder; `made_at` is the time inside the file, so that it is not today's.

    Raises:
        typst.TypstError: the template does not fit the data: a mistake of ours.
    """
    found = _compiler(template).compile(
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=int(made_at.timestamp()),
        pdf_tags=False,
    )
    if not isinstance(found, bytes):
        raise TypeError("typst gave no single file")
    return found


def _compiler(template: str) -> typst.Compiler:
    """A compiler of its own for each call: threads share fonts and nothing else."""
    return typst.Compiler(_FOLDER / template, root=_FOLDER, font_paths=_fonts())


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
