"""`POST /v1/changes`: items of several owners, in their order, each owner's in as few calls as that allows.

One owner's consecutive groups are one `Apply`. What happens when something is away:

- no owner answered anything: the call fails as a whole (503), nothing is known to be stored; - an owner
answered before or after: the items of the one that is away come back `held` with its reason, and so do
  its later items, for their order is kept; other owners' items go on unless they name a record held with
  them.

Sent again with the same ids, whatever was stored after all answers as a duplicate.
"""

from __future__ import annotations

from typing import Any

from sales.sync.v1 import records_pb2
from starlette.requests import Request
from starlette.responses import Response

from gateway.api import incoming, results
from gateway.api.answers import json_response
from gateway.api.callers import Callers
from gateway.api.groups import Group, Item, grouped
from gateway.api.owners import Owners
from services.kit import rpc
from services.kit.actor import Actor
from services.kit.errors import Invalid, NotAllowedNow, SalesError, Violation

_STORED = (records_pb2.OUTCOME_APPLIED, records_pb2.OUTCOME_MERGED)


class Changes:
    """`POST /v1/changes`."""

    def __init__(self, owners: Owners, callers: Callers, *, call_timeout_s: float) -> None:
        self._owners = owners
        self._callers = callers
        self._call_timeout_s = call_timeout_s

    async def post(self, request: Request) -> Response:
        """Apply the items in order; one result for each, in the same order."""
        actor = self._callers.actor(request)
        incoming.parameters(request, ())
        groups = grouped(_items(await incoming.members(request)))
        is_little = incoming.wants_little(request)
        sending = Sending(self._owners, actor, incoming.language(request), with_records=not is_little)
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            found = await sending.run(groups)
        headers = {"Preference-Applied": "return=minimal"} if is_little else None
        return json_response({"results": found}, headers=headers)


def _items(body: dict[str, Any]) -> list[Any]:
    unknown = [Violation(name[:100], "UNKNOWN_FIELD") for name in body if name != "items"]
    items = body.get("items")
    if unknown:
        raise Invalid("INVALID_FIELDS", violations=unknown)
    if not isinstance(items, list) or not items:
        wrong = Violation("items", "REQUIRED" if items in (None, []) else "WRONG_TYPE")
        raise Invalid("INVALID_FIELDS", "a list of at least one item is expected", violations=[wrong])
    return items


class Sending:
    """One call on its way: what was answered, what is waiting, what must not be sent any more."""

    def __init__(self, owners: Owners, actor: Actor, language: str, *, with_records: bool = True) -> None:
        self._owners = owners
        self._actor = actor
        self._language = language
        self._with_records = with_records
        self._found: dict[int, dict[str, Any]] = {}
        self._waiting: list[Group] = []
        #: Ids of records whose create was not applied.
        self._missing: set[str] = set()
        self._away: dict[str, SalesError] = {}
        self._somebody_answered = False

    async def run(self, groups: list[Group]) -> list[dict[str, Any]]:
        """Send the groups and return one result for each item.

        Raises:
            SalesError: no owner answered; what the first of them failed with.
        """
        for group in groups:
            if self._waiting and self._must_wait_for_answers(group):
                await self._send()
            self._take(group)
        await self._send()
        if self._away and not self._somebody_answered:
            raise next(iter(self._away.values()))
        return [self._found[index] for index in sorted(self._found)]

    def _must_wait_for_answers(self, group: Group) -> bool:
        if group.refusals is not None:
            return False
        if group.owner != self._waiting[0].owner:
            return True
        # For a device the owner itself holds what depends on a refused create.
        if self._actor.device_id is not None:
            return False
        made = {item.creates for waiting in self._waiting for item in waiting.items}
        return any(item.names & made for item in group.items)

    def _take(self, group: Group) -> None:
        """Queue a group for its owner, or answer it here."""
        if group.refusals is not None:
            for item, refusal in zip(group.items, group.refusals, strict=True):
                self._answer(item, "refused", refusal)
        elif group.owner in self._away:
            self._hold(group, self._away[group.owner])
        elif any(item.names & self._missing for item in group.items):
            self._hold(group, NotAllowedNow("WAITS_FOR_CREATE", "it names a record that was not created"))
        else:
            self._waiting.append(group)

    async def _send(self) -> None:
        """Send what waits as one call of its owner."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        items = [item for group in waiting for item in group.items]
        wanted = records_pb2.ApplyRequest(
            items=[records_pb2.Item(sent=item.body) for item in items],
            without_records=not self._with_records,
        )
        owner = waiting[0].owner
        try:
            answered = await self._owners.records(owner).Apply(wanted, timeout=rpc.remaining_s())
        except SalesError as error:
            self._away[owner] = error
            for group in waiting:
                self._hold(group, error)
            return
        self._somebody_answered = True
        for item, result in zip(items, answered.results, strict=True):
            self._found[item.index] = results.result_json(result, self._language)
            if result.outcome not in _STORED and item.creates:
                self._missing.add(item.creates)

    def _hold(self, group: Group, error: SalesError) -> None:
        for item in group.items:
            self._answer(item, "held", error)

    def _answer(self, item: Item, outcome: str, error: SalesError) -> None:
        self._found[item.index] = results.unsent(item.id, outcome, error, self._language)
        if item.creates:
            self._missing.add(item.creates)
