"""Fills a system through its own doors: articles by the ERP's events, the rest by `POST /v1/changes`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import orjson

from tests.bench.support import dataset
from tests.bench.support.backlog import Backlog
from tests.bench.support.client import Answer, request_bytes
from tests.bench.support.erp import ErpFeed
from tests.bench.support.load import LoadFailed, LoadGenerator
from tests.bench.support.system import System

_CLIENTS = 4
#: Records in one transaction while parties are loaded. The contract allows 1,000, but a call must be over
#: within the gateway's 30 s on the slowest machine.
_PARTIES_AT_ONCE = 100
_GROUPS_AT_ONCE = 5
_TRIES = 5
_CALL_S = 600.0
_CATCH_UP_S = 600.0


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is to be."""

    parties: int = 20_000
    articles: int = 5_000
    offers: int = 2_000
    #: Northern parties that the ERP knows: offers are made to them, so that their orders need not wait.
    customers: int = 1_000


@dataclass(slots=True)
class Loaded:
    """What was put in."""

    size: Size
    customers: list[str]
    #: Ids of offers and of their revisions, in the same order.
    offers: list[str] = field(default_factory=list)
    revisions: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loader:
    """Puts data into a system."""

    system: System
    feed: ErpFeed
    backlog: Backlog
    generator: LoadGenerator
    say: Callable[[str], None]

    def load(self, size: Size) -> Loaded:
        """Load everything and wait until every service has what it needs of it."""
        northern = [n for n in range(size.parties) if dataset.is_northern(n)]
        loaded = Loaded(size, [dataset.party_id(n) for n in northern[: size.customers]])
        self._timed(loaded, "articles", lambda: self._articles(size))
        self._timed(loaded, "parties", lambda: self._parties(size))
        self._timed(loaded, "customers", lambda: self._customers(loaded))
        self._timed(loaded, "offers", lambda: self._offers(loaded))
        for service in ("crm", "offers"):
            # What autovacuum will have done an hour later.
            self.system.query(service, "vacuum analyze")
        return loaded

    def apply(self, user_name: str, calls: Sequence[Sequence[dataset.Item]]) -> None:
        """Send calls of items.

        Raises:
            LoadFailed: one of the items was not applied.
        """
        token = self.system.sign_in(user_name)
        left = [request_bytes("POST", "/v1/changes", body={"items": call}, token=token) for call in calls]
        for _ in range(_TRIES):
            self.generator.prepare("load", self.system.port, left, again=False)
            played = self.generator.ask_all("load", clients=_CLIENTS, seconds=_CALL_S)
            for answer in played.answers:
                _require_applied(answer)
            # Of a call that took too long nobody knows what was stored; its ids make a second one harmless.
            again = [
                i for i, answer in zip(played.index, played.answers, strict=True) if answer.status >= 500
            ]
            left = [left[i] for i in again]
            if not left:
                return
        raise LoadFailed(f"{len(left)} calls failed {_TRIES} times: {played.failures[0]}")

    def _articles(self, size: Size) -> None:
        self.feed.publish("article_changed", (dataset.article_event(n) for n in range(size.articles)))

    def _parties(self, size: Size) -> None:
        numbers = range(size.parties)
        calls = [
            [
                dataset.create("crm.party", dataset.party_id(n), dataset.party_fields(n), group=f"p{start}")
                for n in numbers[start : start + _PARTIES_AT_ONCE]
            ]
            for start in range(0, size.parties, _PARTIES_AT_ONCE)
        ]
        self.apply("sales.manager", calls)

    def _customers(self, loaded: Loaded) -> None:
        events = (
            {
                "party_id": party_id,
                "customer_code": f"C{number:06d}",
                "credit_state": "open",
                "payment_terms": "30 gg",
            }
            for number, party_id in enumerate(loaded.customers)
        )
        self.feed.publish("party_registered", events)

    def _offers(self, loaded: Loaded) -> None:
        groups = [
            dataset.offer_items(
                number,
                party=loaded.customers[number % len(loaded.customers)],
                articles=loaded.size.articles,
            )
            for number in range(loaded.size.offers)
        ]
        loaded.offers = [group[0]["record_id"] for group in groups]
        loaded.revisions = [group[1]["record_id"] for group in groups]
        calls = [
            [item for group in groups[start : start + _GROUPS_AT_ONCE] for item in group]
            for start in range(0, len(groups), _GROUPS_AT_ONCE)
        ]
        self.apply("sales.north", calls)

    def _timed(self, loaded: Loaded, what: str, step: Callable[[], None]) -> None:
        begun = time.monotonic()
        step()
        drained = self.backlog.drain(within_s=_CATCH_UP_S)
        if drained.left:
            raise LoadFailed(f"{drained.left} events not handled after the {what}")
        loaded.seconds[what] = round(time.monotonic() - begun, 1)
        self.say(f"  {what} loaded in {loaded.seconds[what]:.0f} s")


def _require_applied(answer: Answer) -> None:
    if answer.status >= 500:
        return
    body = orjson.loads(answer.body)
    refused = [each for each in body.get("results", [body]) if each.get("outcome") != "applied"]
    if refused:
        raise LoadFailed(f"{len(refused)} items not applied: {orjson.dumps(refused[:2]).decode()}")
