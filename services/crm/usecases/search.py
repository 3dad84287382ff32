"""One box over parties, their contact points, opportunities and activities, within what the caller may see.

Words are compared without accents and case. A code that is the question comes first, then records that have
all its words as they are, then those that begin with it, then those that have its words in some part: codes,
numbers and names alike. Only if nothing is found, words that were mistyped are looked for.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from services.crm.storage import searching
from services.kit.database import Database
from services.kit.database.rows import folded
from services.kit.errors import Forbidden, Invalid, Violation
from services.kit.permissions import Access
from services.kit.records.filters import escape_like

_MOST: Final = 20
_MOST_WORDS: Final = 10
_LONGEST: Final = 200
#: Shorter words are like too many others; codes and numbers are copied, and like each other.
_SHORTEST_MISTYPED: Final = 4
#: How like a mistyped word must be, tried in order: a letter too many or too few leaves 0.7 of a word of
#: nine, two letters exchanged 0.43 of one of six.
_LIKE: Final = (0.6, 0.42)
_SET_LIKE: Final = "select set_config('pg_trgm.word_similarity_threshold', %(like)s, true)"
#: Users and kinds of questions whose compiled statements are remembered.
_REMEMBERED: Final = 512
#: Sorts behind every character.
_LAST: Final = chr(0x10FFFF)


@dataclass(frozen=True, slots=True)
class Found:
    """A record that answers the question."""

    entity: str
    id: str
    party_id: str
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement as the driver takes it, with the values that are the same each time."""

    sql: str
    parameters: Mapping[str, Any]


class Search:
    """The search box of one database; remembers the statements of users who ask again."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._statements: OrderedDict[tuple[Any, ...], _Compiled] = OrderedDict()

    def __call__(self, access: Access, question: str) -> list[Found]:
        """Return at most twenty records, the best first.

        Raises:
            Forbidden: NOT_GRANTED, the caller may see no party at all.
            Invalid: INVALID_QUERY.
        """
        if not access.allows("crm", "read"):
            raise Forbidden("NOT_GRANTED", params={"entity": "crm.party", "action": "read"})
        words = _words(question)
        if not words:
            return []
        whole = " ".join(words)
        found: dict[str, Any] = {}
        with self._database.read() as connection:
            self._at_once(connection, access, words, whole, found)
            if len(found) < _MOST:
                self._in_parts(connection, access, words, whole, found)
        if not found:
            self._mistyped(access, words, whole, found)
        best = sorted(found.values(), key=lambda row: _order(row, whole))[:_MOST]
        return [
            Found(
                searching.ENTITIES[row.entity],
                str(row.id),
                str(row.party_id or ""),
                row.title or row.detail,
                row.detail,
            )
            for row in best
        ]

    def _at_once(
        self,
        connection: sa.Connection,
        access: Access,
        words: Sequence[str],
        whole: str,
        found: dict[str, Any],
    ) -> None:
        statement = self._statement(
            access, ("at once",), lambda: searching.at_once(access, self._database.tables)
        )
        asked = {"words": list(words), "whole": whole, "beyond": whole + _LAST}
        _take(connection.exec_driver_sql(statement.sql, {**statement.parameters, **asked}), found)

    def _in_parts(
        self,
        connection: sa.Connection,
        access: Access,
        words: Sequence[str],
        whole: str,
        found: dict[str, Any],
    ) -> None:
        lengths = tuple(min(len(word), 3) for word in words)
        statement = self._statement(
            access, ("in parts", lengths), lambda: searching.in_parts(access, self._database.tables, lengths)
        )
        asked = {"whole": whole}
        for number, word in enumerate(words):
            escaped = escape_like(word)
            asked[f"start_{number}"] = f"{escaped}%"
            asked[f"pattern_{number}"] = f"%{escaped}%" if len(word) > 2 else f"% {escaped}%"
        known = {name: value for name, value in asked.items() if f"%({name})s" in statement.sql}
        _take(connection.exec_driver_sql(statement.sql, {**statement.parameters, **known}), found)

    def _mistyped(self, access: Access, words: Sequence[str], whole: str, found: dict[str, Any]) -> None:
        if not all(word.isalpha() and len(word) >= _SHORTEST_MISTYPED for word in words):
            return
        statement = self._statement(
            access,
            ("mistyped", len(words)),
            lambda: searching.mistyped(access, self._database.tables, len(words)),
        )
        asked = {f"word_{number}": word for number, word in enumerate(words)} | {"whole": whole}
        with self._database.engine.begin() as connection:
            for like in _LIKE:
                connection.exec_driver_sql(_SET_LIKE, {"like": str(like)})
                _take(connection.exec_driver_sql(statement.sql, {**statement.parameters, **asked}), found)
                if found:
                    return

    def _statement(
        self, access: Access, kind: tuple[Any, ...], build: Callable[[], sa.CompoundSelect[Any]]
    ) -> _Compiled:
        """Build a statement once for each user: building it takes longer than running it."""
        key = (access.user_id, access.epoch, access.is_system, *kind)
        known = self._statements.get(key)
        if known is None:
            options = {"render_postcompile": True}
            compiled = build().compile(self._database.reading, compile_kwargs=options)
            fixed = {name: value for name, value in compiled.params.items() if value is not None}
            known = self._statements[key] = _Compiled(str(compiled), fixed)
            while len(self._statements) > _REMEMBERED:
                self._statements.popitem(last=False)
        return known


def _words(question: str) -> list[str]:
    if "\x00" in question or len(question) > _LONGEST:
        violation = Violation("q", "INVALID_TEXT", f"at most {_LONGEST} characters of text")
        raise Invalid("INVALID_QUERY", violations=[violation])
    return folded(question).split()[:_MOST_WORDS]


def _take(rows: Iterable[Any], found: dict[str, Any]) -> None:
    """Keep each record once, by the best way in which it was found: ways come in their order."""
    for row in sorted(rows, key=lambda row: row.way):
        found.setdefault(str(row.id), row)


def _order(row: Any, whole: str) -> tuple[Any, ...]:
    """Return what a record is ordered by: what is shorter is nearer to what was asked."""
    begins_a_word = f" {whole}" in f" {row.text}"
    return (
        not row.is_code,
        row.way,
        -row.likeness,
        not begins_a_word,
        row.entity,
        len(row.text),
        str(row.id),
    )
