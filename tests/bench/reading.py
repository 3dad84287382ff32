"""Reading: one party by its id, and 50 parties found by a word of their names, as a salesperson would."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.bench.support import dataset
from tests.bench.support.bench import Bench
from tests.bench.support.client import request_bytes
from tests.bench.support.figures import Figure, Goal
from tests.bench.support.rivals import Requests, Rivals, compare

POSITION = 10

_PAGE = 50
_DIFFERENT_READS = 2000

_READ_GOALS = {
    1: (Goal("p50_ms", 2), Goal("percent_of_bare", 60, at_least=True)),
    8: (Goal("per_s", 1100, at_least=True), Goal("percent_of_bare", 60, at_least=True)),
}
_SEARCH_GOALS = {1: (Goal("p50_ms", 6),), 8: (Goal("per_s", 400, at_least=True),)}


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure both."""
    northern = [n for n in range(bench.options.size.parties) if dataset.is_northern(n)]
    wanted = [dataset.party_id(n) for n in random.Random(1).choices(northern, k=_DIFFERENT_READS)]

    def read_ours() -> Requests:
        token = bench.system.sign_in("sales.north")
        return Requests(
            [request_bytes("GET", f"/v1/crm/parties/{each}", token=token) for each in wanted], again=True
        )

    def read_bare() -> Requests:
        return Requests([request_bytes("GET", f"/records/{each}") for each in wanted], again=True)

    yield from compare(bench, Rivals("one record", read_ours, read_bare, _READ_GOALS))

    def search_ours() -> Requests:
        token = bench.system.sign_in("sales.north")
        path = f"/v1/crm/parties?page_size={_PAGE}&search="
        return Requests(
            [request_bytes("GET", path + word.lower(), token=token) for word in dataset.SURNAMES], again=True
        )

    def search_bare() -> Requests:
        path = f"/records?page_size={_PAGE}&search="
        return Requests([request_bytes("GET", path + word.lower()) for word in dataset.SURNAMES], again=True)

    yield from compare(bench, Rivals("search, 50 rows", search_ours, search_bare, _SEARCH_GOALS))
