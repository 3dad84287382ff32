"""The search box over parties, contact points, opportunities and activities: how fast, by kind of question.

In a database of its own on the installation's server; the data are generated, the same for every run.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from services.crm.usecases.search import Search
from services.kit.database import Database
from services.kit.permissions import Access, Grant, Kind, Scope, Term
from tests.bench.support.bench import Bench
from tests.bench.support.databases import new_database
from tests.bench.support.figures import Figure, Goal
from tests.crm.filling import Searched, fill_search
from tests.crm.quality import timed
from tests.support.owners import NORTH, SOUTH

POSITION = 61

_DATABASE: Final = "bench_search"
_RECORDS, _SMALL = 200_000, 20_000
_EACH: Final = 40
_GOAL: Final = (Goal("p50_ms", 15),)


def measure(bench: Bench) -> Iterator[Figure]:
    """Ask as people do: codes, beginnings of names, words that many records have, short and mistyped ones."""
    url = new_database(bench.running.admin_url, _DATABASE, "crm")
    count = _SMALL if bench.options.small else _RECORDS
    filled = fill_search(url, count, territories=[str(NORTH), str(SOUTH)])
    database = Database("crm", url, pool_size=1)
    try:
        box, access = Search(database), _seller()
        kinds = _questions(filled)
        for questions in kinds.values():
            # The first question of a user builds its statements; a day has many more.
            box(access, questions[0])
        every = [
            question for kind, questions in kinds.items() if kind != "mistyped" for question in questions
        ]
        for name, questions in {"all but mistyped": every, **kinds}.items():
            values = timed(database, lambda question: box(access, question), questions)
            goals = _GOAL if name == "all but mistyped" else ()
            yield Figure(f"search over {count:,}: {name}", values, goals=goals)
    finally:
        database.close()


def _questions(filled: Searched) -> dict[str, list[str]]:
    draw = random.Random(7)
    companies = draw.sample(list(filled.companies.values()), _EACH)
    words = [max(each.name.split()[:-1] or [each.name], key=len) for each in companies]
    codes = [each.vat_number for each in companies[::2]] + [each.email for each in companies[1::2]]
    return {
        "codes": codes,
        "beginnings of names": [each.name[: draw.randrange(4, 12)] for each in companies],
        "parts of codes": [
            _part(draw, subject) for subject in draw.sample(list(filled.activities.values()), _EACH)
        ],
        "words of many": draw.choices(
            ("visita", "niccolò", "s.r.l.", "ART", "meccanica", "perché no"), k=_EACH
        ),
        "short words": draw.choices(("of", "al", "me", "no", "s.", "an"), k=_EACH),
        "mistyped": [_mistyped(draw, word) for word in words if len(word) > 5 and word.isalpha()],
    }


def _part(draw: random.Random, subject: str) -> str:
    code = subject.rpartition(" ")[2]
    return code[draw.randrange(4) :]


def _mistyped(draw: random.Random, word: str) -> str:
    place = draw.randrange(1, len(word) - 1)
    return word[:place] + word[place + 1 :] + "x" * draw.randrange(2)


def _seller() -> Access:
    """Somebody who sees the companies of two territories: all of them, by the long way."""
    scope = Scope((Term(Kind.TERRITORY, frozenset({NORTH, SOUTH})),))
    return Access(user_id=NORTH, epoch=1, grants=(Grant("crm", frozenset({"read"}), (scope,)),))
