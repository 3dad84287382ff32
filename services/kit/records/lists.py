"""Lists that administrators keep (states, reasons, outcomes): texts for every user, and a beginning."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from services.kit.database import Row, UnitOfWork
from services.kit.errors import Invalid, Violation

#: Languages that every user can choose.
_LANGUAGES: Final = ("it", "en")


def missing_texts(row: Row) -> list[Violation]:
    """Return what is wrong with the `texts` of an entry (language -> text): TEXT_MISSING or nothing."""
    texts = row.values["texts"]
    missing = [language for language in _LANGUAGES if not texts.get(language, "").strip()]
    detail = f"a text in {', '.join(missing)} is expected"
    return [Violation("texts", "TEXT_MISSING", detail)] if missing else []


def check_texts(uow: UnitOfWork, row: Row) -> None:
    """Require the texts in the languages that every user can choose.

    Raises:
        Invalid: INVALID_FIELDS with TEXT_MISSING.
    """
    violations = missing_texts(row)
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)


def is_empty(uow: UnitOfWork, entity_name: str) -> bool:
    """True if there never was an entry: deleted ones count, a company that emptied its list meant it."""
    query = sa.select(uow.tables[entity_name].c.id).limit(1)
    return uow.connection.execute(query).first() is None
