"""The questions behind the one search box: each finds some records of every entity in one way.

They read `search_text` by three indexes: its words as they are, its beginning, and its trigrams. A way gives
at most `MOST` records of each entity and no order of its own: of a word that half of all records have, any
will do, and sorting all of them took five times as long as finding some (2026-11-29, 200,000 records).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.crm.storage.tables import activity, contact_point, opportunity, party
from services.kit.entities import entity
from services.kit.permissions import Access, condition
from services.kit.schema import first_of_search_text, words_of_search_text

#: Records of one entity that one way finds; more would be shown to nobody.
MOST: Final = 60
#: Entity -> columns of the party's id, the title, the detail, and the codes by which people name it.
_SHOWN: Final[
    Mapping[str, tuple[sa.Column[Any], sa.Column[Any], sa.Column[Any], tuple[sa.Column[Any], ...]]]
] = {
    "crm.party": (
        party.c.id,
        party.c.name,
        party.c.vat_number,
        (party.c.vat_number, party.c.tax_code, party.c.erp_code),
    ),
    "crm.contact_point": (
        contact_point.c.party_id,
        contact_point.c.person_name,
        contact_point.c.value,
        (contact_point.c.value,),
    ),
    "crm.opportunity": (opportunity.c.party_id, opportunity.c.title, opportunity.c.state, ()),
    "crm.activity": (activity.c.party_id, activity.c.subject, activity.c.kind, ()),
}
#: In the order in which equally good records are shown.
ENTITIES: Final = tuple(_SHOWN)

Ways = Mapping[str, list[sa.ColumnElement[bool]]]


def at_once(access: Access, tables: Mapping[str, sa.Table]) -> sa.CompoundSelect[Any]:
    """Return the question for records that have all words as they are (way 0), or begin with the whole
    question (way 1). Parameters: `words`, `whole`, `beyond`.
    """
    words = sa.bindparam("words", type_=pg.ARRAY(sa.Text))
    whole, beyond = (sa.bindparam(name, type_=sa.Text) for name in ("whole", "beyond"))
    parts = []
    for name in ENTITIES:
        text = tables[name].c.search_text
        first = first_of_search_text(text)
        ways = (
            words_of_search_text(text).op("@>")(words),
            # As a range: the prefix of a parameter is not known when the statement is planned.
            sa.and_(first.op("~>=~")(whole), first.op("~<~")(beyond)),
        )
        parts += [_part(access, tables, name, way, each) for way, each in enumerate(ways)]
    return sa.union_all(*parts)


def in_parts(
    access: Access, tables: Mapping[str, sa.Table], lengths: tuple[int, ...]
) -> sa.CompoundSelect[Any]:
    """Return the question for records that have every word in some place (way 2), words of one or two
    letters at the beginning of a word: trigrams know no others. Parameters: `pattern_0`, `start_0` …
    """
    parts = []
    for name in ENTITIES:
        text = tables[name].c.search_text
        held = [_holds(text, number, length) for number, length in enumerate(lengths)]
        parts.append(_part(access, tables, name, 2, sa.and_(*held)))
    return sa.union_all(*parts)


def _holds(text: sa.ColumnElement[Any], number: int, length: int) -> sa.ColumnElement[bool]:
    somewhere = text.like(sa.bindparam(f"pattern_{number}", type_=sa.Text), escape="\\")
    if length > 2:
        return somewhere
    return sa.or_(text.like(sa.bindparam(f"start_{number}", type_=sa.Text), escape="\\"), somewhere)


def mistyped(access: Access, tables: Mapping[str, sa.Table], count: int) -> sa.CompoundSelect[Any]:
    """Return the question for records with words like the question's (way 3). Parameters: `word_0` …;
    `pg_trgm.word_similarity_threshold` says how like.
    """
    parts = []
    for name in ENTITIES:
        text = tables[name].c.search_text
        words = [sa.bindparam(f"word_{number}", type_=sa.Text) for number in range(count)]
        likeness = sum(
            (sa.func.word_similarity(word, text) for word in words[1:]),
            sa.func.word_similarity(words[0], text),
        )
        like = sa.and_(*(word.op("<%")(text) for word in words))
        parts.append(_part(access, tables, name, 3, like, likeness=likeness))
    return sa.union_all(*parts)


def _part(
    access: Access,
    tables: Mapping[str, sa.Table],
    name: str,
    way: int,
    found: sa.ColumnElement[bool],
    *,
    likeness: sa.ColumnElement[Any] | None = None,
) -> sa.Select[Any]:
    table = tables[name]
    party_id, title, detail, codes = _SHOWN[name]
    whole = sa.bindparam("whole", type_=sa.Text)
    is_code = sa.or_(sa.false(), *(sa.func.lower(code) == whole for code in codes))
    part = sa.select(
        sa.literal_column(str(ENTITIES.index(name))).label("entity"),
        sa.literal_column(str(way)).label("way"),
        table.c.id,
        party_id.label("party_id"),
        title.label("title"),
        detail.label("detail"),
        is_code.label("is_code"),
        table.c.search_text.label("text"),
        (likeness if likeness is not None else sa.literal_column("0")).label("likeness"),
    ).where(table.c.deleted.is_(False), condition(access, entity(name), "read", tables), found)
    return sa.select(part.limit(MOST).subquery())
