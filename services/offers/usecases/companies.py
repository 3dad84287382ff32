"""Rules of the companies whose letterhead prints have."""

from __future__ import annotations

from typing import Final

from services.kit.database import Row, UnitOfWork
from services.kit.errors import Invalid, Violation
from services.kit.prints.typesetting import typeset

_PAGE: Final = '#image("logo.svg", width: 1cm)'


def check_logo(uow: UnitOfWork, row: Row) -> None:
    """Check that the logo can be printed: it is on every page.

    Raises:
        Invalid: INVALID_FIELDS with LOGO_NOT_PRINTABLE.
        Unavailable: PRESS_UNAVAILABLE.
    """
    logo = row.values["logo"]
    if not logo or logo == row.stored.get("logo"):
        return
    try:
        typeset(_PAGE, {}, made_at=uow.now, files={"logo.svg": logo.encode()})
    except Invalid as error:
        detail = error.violations[0].detail
        raise Invalid(
            "INVALID_FIELDS", violations=[Violation("logo", "LOGO_NOT_PRINTABLE", detail)]
        ) from error
