"""A page and its data become a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from services.kit.errors import NotFound
from services.kit.prints import typesetting
from services.kit.prints.contents import DOCX, TYPST, Page
from services.kit.prints.pages import Company

_FOLDER: Final = Path(__file__).parent
#: What pages import by its name.
HELPERS: Final = "kit.typ"
LIST_PAGE: Final = _FOLDER / "list.typ"
SHEET_PAGE: Final = _FOLDER / "sheet.typ"
_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

Contents = Callable[[str], bytes | None]
"""Hash of a Word file -> its content."""


@dataclass(frozen=True, slots=True)
class File:
    """A file ready to be shown or sent."""

    name: str
    content_type: str
    content: bytes


@lru_cache(maxsize=64)
def built_in(path: Path) -> Page:
    """Return a page of ours."""
    return Page(TYPST, path.read_text(encoding="utf-8"))


def whole(page: Page) -> Page:
    """Return a page with the helpers that it would import today: printed with them for ever."""
    return page if page.helpers or page.kind == DOCX else replace(page, helpers=_helpers())


def render(
    page: Page,
    data: Mapping[str, Any],
    *,
    company: Company,
    made_at: datetime,
    name: str,
    contents: Contents,
) -> File:
    """Return the file of a page.

    Raises:
        Invalid: TEMPLATE_REFUSED, with the place.
        NotFound: DOCUMENT_UNKNOWN, the Word file is not there.
        Unavailable: PRESS_UNAVAILABLE.
    """
    if page.kind == DOCX:
        content = contents(page.document)
        if content is None:
            raise NotFound("DOCUMENT_UNKNOWN")
        return File(f"{name}.docx", _WORD, filled(content, data))
    content = typesetting.typeset(page.source, data, made_at=made_at, files=files_of(page, company))
    return File(f"{name}.pdf", "application/pdf", content)


def files_of(page: Page, company: Company) -> dict[str, bytes]:
    """Return the files that a page may read."""
    return {**company.files, HELPERS: (page.helpers or _helpers()).encode()}


def filled(document: bytes, data: Mapping[str, Any]) -> bytes:
    """Return a Word file with its placeholders filled in.

    Raises:
        Invalid: TEMPLATE_REFUSED.
        Unavailable: PRESS_UNAVAILABLE.
    """
    told = {"data": json.dumps(data, ensure_ascii=False)}
    return typesetting.order("docx", {"template.docx": document}, told)[0]


def check_document(document: bytes) -> None:
    """Check that a file is a Word file that can be filled in, and that it holds nothing else.

    Raises:
        Invalid: TEMPLATE_REFUSED.
        Unavailable: PRESS_UNAVAILABLE.
    """
    typesetting.order("docx_check", {"template.docx": document}, {})


@lru_cache(maxsize=1)
def _helpers() -> str:
    return (_FOLDER / HELPERS).read_text(encoding="utf-8")
