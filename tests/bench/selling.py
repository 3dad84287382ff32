"""Figures of selling: the funnel now and on a day, times in stages, the forecast, what sellers did and won,
everything about one party.

In a database of its own on the installation's server; the data are generated, the same for every run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from services.crm.reports import opportunities as figures
from services.crm.reports.selling import party_figures, selling_figures
from services.kit.database import Database
from services.kit.permissions import Access, Grant, Kind, Scope, Term
from tests.bench.support.bench import Bench
from tests.bench.support.databases import new_database
from tests.bench.support.figures import Figure
from tests.crm.filling import fill_selling
from tests.crm.quality import timed
from tests.support.owners import NORTH, SOUTH

POSITION = 63

_DATABASE: Final = "bench_selling"
_PARTIES: Final = 100_000
_OPPORTUNITIES: Final = 20_000
_DONE: Final = 80_000
_OFFERS: Final = 60_000
_EACH: Final = 10
_BUSIEST: Final = sa.text(
    "select party_id from figure_source where entity = 'offers.offer' group by party_id "
    "order by count(*) desc, party_id limit 1"
)
#: Whose records the figures count; costs too, so that contributions are summed up.
_GROUPS: Final = ("crm", "offers", "service", "crm_setup")


def measure(bench: Bench) -> Iterator[Figure]:
    """Ask each question for somebody who sees everything, and for somebody with territories."""
    url = new_database(bench.running.admin_url, _DATABASE, "crm")
    part = 10 if bench.options.small else 1
    fill_selling(
        url,
        parties=_PARTIES // part,
        opportunities=_OPPORTUNITIES // part,
        done=_DONE // part,
        offers=_OFFERS // part,
        territories=[str(NORTH), str(SOUTH)],
    )
    yield from figures_of(url)


def figures_of(url: str) -> Iterator[Figure]:
    """Measure on a database that was filled."""
    database = Database("crm", url, pool_size=1)
    try:
        for reader, access in (("everything", _reader(None)), ("two territories", _reader({NORTH, SOUTH}))):
            for name, ask in _questions(database, access).items():
                ask("")
                yield Figure(f"{reader}: {name}", timed(database, ask, [""] * _EACH))
    finally:
        database.close()


def _questions(database: Database, access: Access) -> dict[str, Callable[[str], object]]:
    now = datetime.now(UTC)
    year_ago = (now - timedelta(days=365)).date()
    given: dict[str, Any] = {"since": year_ago, "until": now.date()}
    with database.read() as connection:
        # The one of which there is most to tell.
        party_id = str(connection.execute(_BUSIEST).scalar_one())
    return {
        "funnel now": lambda _: figures.funnel(database, access, day=None, now=now),
        "funnel a month ago": lambda _: figures.funnel(
            database, access, day=(now - timedelta(days=30)).date(), now=now
        ),
        "times in stages": lambda _: figures.stage_times(database, access, since=None, until=None),
        "forecast of a year": lambda _: figures.forecast(
            database, access, first=now.date(), months=12, now=now
        ),
        "by seller": lambda _: selling_figures(database, access, by="seller", **given),
        "by area": lambda _: selling_figures(database, access, by="area", **given),
        "everything about a party": lambda _: party_figures(database, access, party_id),
    }


def _reader(territories: set[Any] | None) -> Access:
    term = Term(Kind.TERRITORY, frozenset(territories)) if territories else Term(Kind.ALL)
    grants = tuple(
        Grant(group, frozenset({"read"}), (Scope((term,)),), facets=frozenset({"cost"})) for group in _GROUPS
    )
    return Access(user_id=NORTH, epoch=1, grants=grants)
