"""Sending the queue: in order, idempotently, one bad change never in the way of the next record.

A call without an answer may have been carried out; its items stay as they are and are sent again with the
same ids. Items that come back `held` stay in the queue. An owner that is away holds its own items only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from gateway.device import outgoing
from gateway.device.errors import Refused
from gateway.device.outgoing import QueuedItem
from gateway.device.server import Server
from gateway.device.store import Store

GROUPS_PER_CALL: Final = 200
ITEMS_PER_CALL: Final = 1000
#: Held because of an earlier item, not because its owner is away.
_HELD_BY_ITEM: Final = ("WAITS_FOR_CREATE", "HELD")
_GONE: Final = ("PARKED_NOT_FOUND", "ALREADY_RESOLVED")


@dataclass(slots=True)
class Pushed:
    """What became of the items of one push."""

    outcomes: dict[str, int] = field(default_factory=dict)

    def count(self, outcome: str) -> None:
        """Count one item."""
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1


class Pushing:
    """One push."""

    def __init__(self, store: Store, server: Server, *, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._server = server
        self._clock = clock
        self._pushed = Pushed()
        #: Owners that are away, and records whose create was not applied in this push.
        self._away: set[str] = set()
        self._missing: set[str] = set()

    def run(self, progress: Callable[[int], None] = lambda done: None) -> Pushed:
        """Send decisions, then changes, until everything has an answer or must wait.

        A decision about a change that waits itself (its owner was restored) follows that change.

        Raises:
            ServerAway: and what has no answer stays in the queue.
        """
        items = outgoing.waiting(self._store)
        ids = {item.id for item in items}
        decisions = [item for item in items if item.resolves]
        for item in decisions:
            if item.resolves not in ids:
                self._resolve(item)
                progress(1)
        for call in _calls(_groups([item for item in items if not item.resolves])):
            sent = [item for group in call if self._may_go(group) for item in group]
            if sent:
                self._send(sent)
            progress(sum(len(group) for group in call))
        for item in decisions:
            if item.resolves in ids:
                self._resolve(item)
                progress(1)
        return self._pushed

    def _may_go(self, group: Sequence[QueuedItem]) -> bool:
        """Whether nothing that the group builds on is missing; what stays behind holds what names it."""
        free = group[0].owner not in self._away
        if free and not any(_named(item) & self._missing for item in group):
            return True
        self._missing |= {item.record_id for item in group if _creates(item)}
        return False

    def _send(self, items: Sequence[QueuedItem]) -> None:
        results = self._server.post("/v1/changes", {"items": [item.body for item in items]})["results"]
        with self._store.transaction():
            outgoing.apply_results(self._store, results, now=self._clock())
        for item, result in zip(items, results, strict=True):
            outcome = result["outcome"]
            self._pushed.count(outcome)
            if outcome in ("refused", "held") and _creates(item):
                self._missing.add(item.record_id)
            if outcome == "held" and result.get("reason") not in _HELD_BY_ITEM:
                self._away.add(item.owner)

    def _resolve(self, item: QueuedItem) -> None:
        """Carry out a decision; its change, if any, becomes a change like the others."""
        body: dict[str, Any] = {"entity": item.entity, "choice": item.choice}
        if item.choice in ("mine", "edited"):
            body["change"] = item.body
        try:
            answer = self._server.post(f"/v1/parked/{item.resolves}:resolve", body)
        except Refused as error:
            if error.reason in _GONE and item.sent_again and "change" in body:
                # The question is no more, but what was decided may be lost: it is a change like others now.
                self._send([item])
            else:
                self._not_resolved(item, error)
            return
        result = answer.get("result")
        outcome = result["outcome"] if result else "decided"
        with self._store.transaction():
            if result:
                outgoing.apply_results(self._store, [result], now=self._clock())
            else:
                outgoing.end(self._store, item.id)
            if outcome in ("applied", "merged", "decided"):
                outgoing.decided(self._store, item.resolves)
            elif result and outcome != "held":
                outgoing.ask_again(self._store, item, result)
        self._pushed.count(outcome)

    def _not_resolved(self, item: QueuedItem, error: Refused) -> None:
        """Decided elsewhere: nothing is left to do. Refused: the old question is asked again."""
        with self._store.transaction():
            outgoing.end(self._store, item.id, error.reason)
            if error.reason in _GONE:
                outgoing.decided(self._store, item.resolves)
        self._pushed.count("decided" if error.reason in _GONE else "refused")


def _groups(items: Sequence[QueuedItem]) -> list[list[QueuedItem]]:
    groups: list[list[QueuedItem]] = []
    for item in items:
        if groups and item.group and groups[-1][0].group == item.group:
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def _calls(groups: Sequence[list[QueuedItem]]) -> list[list[list[QueuedItem]]]:
    """Cut groups into calls that the gateway takes."""
    calls: list[list[list[QueuedItem]]] = []
    size = 0
    for group in groups:
        size += len(group)
        if not calls or len(calls[-1]) == GROUPS_PER_CALL or size > ITEMS_PER_CALL:
            calls.append([])
            size = len(group)
        calls[-1].append(group)
    return calls


def _creates(item: QueuedItem) -> bool:
    return item.body.get("op") == "create"


def _named(item: QueuedItem) -> set[str]:
    """Ids of the records that an item names: its own and those among its values."""
    values = [*item.body.get("fields", {}).values(), *item.body.get("request", {}).values()]
    return {item.record_id} | {value for value in values if isinstance(value, str)}
