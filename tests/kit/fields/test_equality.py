"""Equality of custom fields is answered by an index; it says what reading every record says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any, Final
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from services.kit.actor import Actor
from services.kit.fields.asking import conditions
from services.kit.fields.definitions import Definition
from services.kit.fields.values import FieldKind, Limits, WrongValue, canonical
from tests.kit.fields.shaping import PARTY, Company

_TRAPS: Final = (
    "", " ", "a", "A", "à", "a\u0300", '"', "\\", "\\u0000", "\\ud800", "\\\\u0041", "%", "_", "a\nb",
    "\x7f", "\u2028", "🙂",
    "'; drop table party; --", "{}", "null", "true", "x" * 10_000, "}" * 99, "$1", "%s", "%(a)s", ":a",
)  # fmt: skip
_TEXTS = st.sampled_from(_TRAPS) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20
)
_NUMBERS = st.sampled_from(
    ["0", "-0", "1", "-1", "480", "0.000000000001", "999999999999999999"]
) | st.decimals(min_value=-(10**17), max_value=10**17, places=6).map(lambda number: format(number, "f"))
#: Texts that are no value of the kind, as an earlier kind or nobody's care may have left them.
_LEFTOVERS: Final = (
    "null", "[]", "{}", "", "x", '"', '"a', "1e5", '["a"]',
    '{"amount":"1.00","currency":"EUR"}', '"\\q"', '"\\u0000"',
    '"\\ud800"', '"a"b"', "NaN", "TRUE", '"a\nb"',
)  # fmt: skip
#: Texts of filters, and what the same is in `custom`.
_KINDS: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "text": _TEXTS,
    "number": _NUMBERS,
    "date": st.dates().map(lambda day: day.isoformat()),
    "time": st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
    "boolean": st.sampled_from(["true", "false"]),
    "choice": st.sampled_from(["red", "green"]),
    "link": st.uuids().map(str),
}
_COLOURS: Final = [{"key": "red", "labels": {"it": "Rosso"}}, {"key": "green", "labels": {"it": "Verde"}}]


class Explained(sa.Executable, sa.ClauseElement):
    """How PostgreSQL would answer a query, one line a row."""

    inherit_cache = False

    def __init__(self, query: sa.Select[Any]) -> None:
        self.query = query


@compiles(Explained)
def explain(explained: Explained, compiler: SQLCompiler, **more: Any) -> str:
    return f"EXPLAIN {compiler.process(explained.query, **more)}"


def stored_text(kind: str, text: str, limits: Limits) -> str | None:
    written = text if kind in ("number", "boolean") else json.dumps(text)
    return canonical(FieldKind(kind), limits, written)


def definition_of(crm: Company) -> Definition:
    with crm.owner.database.read() as connection:
        return crm.owner.database.definitions.current(connection).of(PARTY)["x"]


def hold(crm: Company, values: Mapping[str, str | None], key: str) -> None:
    """Have parties hold these texts, whatever the rules say about them."""
    statement = sa.text("update party set custom = cast(:custom as jsonb) where id = :id")
    rows = [
        {"id": UUID(party_id), "custom": json.dumps({} if text is None else {key: text, "other": '"a"'})}
        for party_id, text in values.items()
    ]
    engine = sa.create_engine(crm.owner.database.engine.url)  # without the guard of the write path
    with engine.begin() as connection:
        connection.execute(statement, rows)
    engine.dispose()


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@pytest.mark.parametrize("kind", list(_KINDS))
def test_what_the_index_finds_is_what_is_equal(crm: Company, seller: Actor, kind: str) -> None:
    shape = {"choices": _COLOURS} if kind == "choice" else {"links_to": PARTY} if kind == "link" else {}
    crm.define("x", kind, **shape)
    limits = definition_of(crm).limits
    parties = [crm.party(seller) for _ in range(6)]

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(_KINDS[kind], min_size=1, max_size=4), st.sampled_from(_LEFTOVERS), st.data())
    def check(texts: list[str], leftover: str, data: st.DataObject) -> None:
        held = [stored_text(kind, text, limits) for text in texts]
        hold(crm, dict(zip_longest(parties, [*held, leftover])), "x")
        asked = data.draw(st.sampled_from(texts) | _KINDS[kind])
        if asked == "":
            return
        equal = crm.listed(seller, f"custom.x = {quoted(asked)}")
        different = crm.listed(seller, f"custom.x != {quoted(asked)}")
        assert set(equal) == set(parties) - set(different)
        wanted = stored_text(kind, asked, limits)
        assert set(equal) == {each for each, text in zip(parties, held, strict=False) if text == wanted}

    check()


def test_a_text_that_is_no_value_finds_nothing_and_breaks_nothing(crm: Company, seller: Actor) -> None:
    crm.define("x", "text")
    parties = [crm.party(seller) for _ in _LEFTOVERS]
    hold(crm, dict(zip(parties, _LEFTOVERS, strict=True)), "x")
    assert crm.listed(seller, "custom.x = a") == []
    assert set(crm.listed(seller, "custom.x != a")) == set(parties)
    assert len(crm.listed(seller, "custom.x : a")) == 0
    with pytest.raises(WrongValue):
        canonical(FieldKind.TEXT, Limits(), '"\\u0000"')


@pytest.mark.parametrize(("kind", "asked"), [("text", "red"), ("number", "1.50"), ("boolean", "true")])
def test_the_index_can_answer_a_filter(crm: Company, seller: Actor, kind: str, asked: str) -> None:
    crm.define("x", kind)
    database = crm.owner.database
    table = database.tables[PARTY]
    query = sa.select(table.c.id).where(*conditions(definition_of(crm), "=", asked, table, {}))
    with database.engine.begin() as connection:
        connection.execute(sa.text("set local enable_seqscan = off"))
        plan = "\n".join(connection.execute(Explained(query)).scalars())
    assert "party_custom" in plan, plan
