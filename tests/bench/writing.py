"""Writing: a party, and an offer with twenty lines and its totals.

The events that follow are handled meanwhile, and what is left of them afterwards is timed (`drain_s`).
The bare path inserts one row with a unique index, or 22 rows of it in one statement, of the same size.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from uuid_utils.compat import uuid7

from tests.bench.support import dataset
from tests.bench.support.bench import Bench
from tests.bench.support.client import request_bytes
from tests.bench.support.figures import Figure, Goal
from tests.bench.support.rivals import Requests, Rivals, compare

POSITION = 20

#: Requests prepared for each second of load: more than any machine of ours plays.
_PARTIES_PER_S = 1500
_OFFERS_PER_S = 300
_BARE_PER_S = 5000
_BARE_OFFERS_PER_S = 1000
#: Of a party's and of a line's canonical JSON.
_PARTY_BYTES = 900
_LINE_BYTES = 600
_OFFER_ROWS = 2 + dataset.LINES
_WARM_UP_S = 1

_PARTY_GOALS = {
    1: (Goal("p50_ms", 6), Goal("percent_of_bare", 50, at_least=True)),
    8: (Goal("per_s", 300, at_least=True), Goal("percent_of_bare", 50, at_least=True)),
}
_OFFER_GOALS = {1: (Goal("p50_ms", 20),), 8: (Goal("per_s", 100, at_least=True),)}


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure both."""
    seconds = bench.options.seconds + _WARM_UP_S
    numbers = itertools.count(10_000_000)

    def create_party() -> Requests:
        token = bench.system.sign_in("sales.north")
        bodies = (
            dataset.party_fields(number)
            for number in itertools.islice(numbers, int(seconds * _PARTIES_PER_S))
        )
        return Requests(
            [
                request_bytes("POST", "/v1/crm/parties", body=body | {"territory_id": ""}, token=token)
                for body in bodies
            ]
        )

    def insert_one() -> Requests:
        count = int(seconds * _BARE_PER_S)
        return Requests([request_bytes("POST", "/records", body=_row(_PARTY_BYTES)) for _ in range(count)])

    yield from compare(bench, Rivals("create a party", create_party, insert_one, _PARTY_GOALS, writes=True))

    def create_offer() -> Requests:
        token = bench.system.sign_in("sales.north")
        loaded = bench.loaded
        groups = (
            dataset.offer_items(
                number,
                party=loaded.customers[number % len(loaded.customers)],
                articles=loaded.size.articles,
            )
            for number in itertools.islice(numbers, int(seconds * _OFFERS_PER_S))
        )
        return Requests(
            [request_bytes("POST", "/v1/changes", body={"items": group}, token=token) for group in groups]
        )

    def insert_many() -> Requests:
        count = int(seconds * _BARE_OFFERS_PER_S)
        return Requests(
            [
                request_bytes("POST", "/records", body=[_row(_LINE_BYTES) for _ in range(_OFFER_ROWS)])
                for _ in range(count)
            ]
        )

    yield from compare(
        bench, Rivals("an offer with 20 lines", create_offer, insert_many, _OFFER_GOALS, writes=True)
    )


def _row(size_bytes: int) -> dict[str, str]:
    row_id = str(uuid7())
    return {"id": row_id, "code": row_id[::-1], "body": '{"text":"' + "x" * size_bytes + '"}'}
