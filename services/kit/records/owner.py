"""An owner of records: the service's side of Apply, Get, List and the parked changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from services.kit.actor import Actor
from services.kit.database import Database, UnitOfWork
from services.kit.database.engine import is_retryable
from services.kit.entities import all_entities
from services.kit.errors import Invalid, NotFound, SalesError, Stale, Unavailable
from services.kit.permissions import Access
from services.kit.records import claims, parking
from services.kit.records.claims import Decision
from services.kit.records.execution import Execution, ItemFailed
from services.kit.records.items import Item, groups_of, parse_item
from services.kit.records.references import Fetch
from services.kit.records.rules import Rules

MAX_GROUPS = 200
MAX_GROUP_ITEMS = 1000
_ATTEMPTS = 3
CHOICES = ("mine", "theirs", "edited", "discarded")


class _Refused(Exception):
    """An item is refused: the transaction is rolled back whole."""

    def __init__(self, failed: ItemFailed) -> None:
        super().__init__(str(failed))
        self.failed = failed


class AccessBook(Protocol):
    """Where accesses come from: `services.kit.access.AccessBook`."""

    def get(self, actor: Actor) -> Access:
        """Return what the actor may do, never older than the actor's grant epoch."""


class _Held(Exception):
    """A group waits for something parked: its transaction is rolled back, so that its ids stay unclaimed."""

    def __init__(self, decisions: list[Decision]) -> None:
        super().__init__("held")
        self.decisions = decisions


@dataclass(frozen=True, slots=True)
class Owner:
    """One service as the owner of its records."""

    database: Database
    rules: Rules
    access_book: AccessBook
    #: Reads a record of another owner, for references that our copy does not know.
    fetch: Fetch
    #: Values of the first records of another owner's entity; none where nobody else is known.
    listed: Callable[[str], list[dict[str, Any]]] = lambda _: []

    def apply(self, actor: Actor, sent: Sequence[bytes], *, with_records: bool = True) -> list[Decision]:
        """Apply changes and commands in order, each group in a transaction of its own.

        With records: each decision has its record as its author sees it.

        Raises:
            Invalid: TOO_MANY_GROUPS, TOO_MANY_ITEMS, INVALID_ITEM (an item without an id).
            Unavailable: the database or another owner is away; groups before it are stored, the rest is not.
                Sent again as a whole, those answer as duplicates.
        """
        access = self.access_book.get(actor)
        groups = groups_of([parse_item(item) for item in sent])
        if len(groups) > MAX_GROUPS:
            raise Invalid("TOO_MANY_GROUPS", params={"limit": str(MAX_GROUPS)})
        if any(len(group) > MAX_GROUP_ITEMS for group in groups):
            raise Invalid("TOO_MANY_ITEMS", params={"limit": str(MAX_GROUP_ITEMS)})
        return [
            decision
            for group in groups
            for decision in self._apply_group(actor, access, group, with_records=with_records)
        ]

    def _apply_group(
        self,
        actor: Actor,
        access: Access,
        items: list[Item],
        *,
        with_records: bool = True,
        resolving: UUID | None = None,
        also: Callable[[UnitOfWork, list[Decision]], None] | None = None,
    ) -> list[Decision]:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._transaction(
                    actor,
                    access,
                    items,
                    with_records=with_records,
                    resolving=resolving,
                    also=also,
                    hopeful=attempt == 1,
                )
            except _Held as held:
                return held.decisions
            except _Refused as refused:
                if refused.failed.error.reason == "CHANGED_MEANWHILE" and attempt < _ATTEMPTS:
                    continue
                return self._store_refusal(actor, items, refused.failed, resolving=resolving, also=also)
            except DBAPIError as error:
                if not is_retryable(error) or attempt == _ATTEMPTS:
                    raise
            except Unavailable as error:
                cause = error.__cause__
                if cause is None or not is_retryable(cause) or attempt == _ATTEMPTS:
                    raise
        raise AssertionError("the loop returns or raises")

    def _transaction(
        self,
        actor: Actor,
        access: Access,
        items: list[Item],
        *,
        with_records: bool,
        resolving: UUID | None,
        also: Callable[[UnitOfWork, list[Decision]], None] | None,
        hopeful: bool,
    ) -> list[Decision]:
        """Run a group once. A hopeful run takes created ids for new ones; the write tells if one is not."""
        with _refusing(items), self.database.unit_of_work(actor) as uow:
            claimed = claims.claim(uow, items)
            fresh, decisions = claimed.fresh, claimed.decisions
            if fresh:
                held = parking.held_ids(uow.connection, actor, fresh, resolving=resolving)
                if held:
                    raise _Held(in_order(items, [*decisions, *(Decision(item, "held") for item in fresh)]))
                uow.change_ids = [item.id for item in fresh]
                made = Execution(
                    uow,
                    access,
                    self.rules,
                    fresh,
                    fetch=self.fetch,
                    survivors=claimed.survivors,
                    hopeful=hopeful,
                    with_records=with_records,
                ).run()
                claims.store(uow, made)
                if resolving is None:
                    parking.park(uow.connection, actor, made, group_size=len(items))
                decisions = [*decisions, *made]
            if also is not None:
                also(uow, decisions)
            return in_order(items, decisions)

    def _store_refusal(
        self,
        actor: Actor,
        items: list[Item],
        failed: ItemFailed,
        *,
        resolving: UUID | None,
        also: Callable[[UnitOfWork, list[Decision]], None] | None,
    ) -> list[Decision]:
        """Claim the ids again and keep the refusal.

        A transaction of its own instead of a savepoint in the first: most groups are not refused, and the
        savepoint cost them two statements of nine (17 % of the time of a create, by cProfile, 2026-11-23).
        """
        with self.database.unit_of_work(actor) as uow:
            claimed = claims.claim(uow, items)
            made = [_refused(item, failed) for item in claimed.fresh]
            claims.store(uow, made)
            if resolving is None:
                parking.park(uow.connection, actor, made, group_size=len(items))
            decisions = in_order(items, [*claimed.decisions, *made])
            if also is not None:
                also(uow, decisions)
            return decisions

    def resolve(self, actor: Actor, *, change_id: UUID, choice: str, change: bytes | None) -> Decision | None:
        """Close a parked change. "mine" and "edited" carry a new change, applied in the same transaction.

        Returns the decision on the new change, None for "theirs" and "discarded". A new change that is
        refused leaves the old one open.

        Raises:
            NotFound: PARKED_NOT_FOUND, also for those that the actor may not see.
            Invalid: UNKNOWN_CHOICE, CHANGE_REQUIRED, CHANGE_NOT_EXPECTED.
        """
        if choice not in CHOICES:
            raise Invalid("UNKNOWN_CHOICE", params={"choices": ", ".join(CHOICES)})
        carries_change = choice in ("mine", "edited")
        if carries_change and change is None:
            raise Invalid("CHANGE_REQUIRED", "this choice carries a new change with a new id")
        if not carries_change and change is not None:
            raise Invalid("CHANGE_NOT_EXPECTED", "this choice carries no change")
        access = self.access_book.get(actor)
        if change is None:
            with self.database.unit_of_work(actor) as uow:
                self._lock_parked(uow, actor, access, change_id)
                parking.mark_resolved(uow.connection, change_id, resolution=choice, actor=actor, now=uow.now)
            return None

        def close(uow: UnitOfWork, decisions: list[Decision]) -> None:
            parked = self._lock_parked(uow, actor, access, change_id, known=decisions[0].duplicate)
            if parked is not None and decisions[0].outcome in ("applied", "merged"):
                parking.mark_resolved(uow.connection, change_id, resolution=choice, actor=actor, now=uow.now)

        decisions = self._apply_group(actor, access, [parse_item(change)], resolving=change_id, also=close)
        return decisions[0]

    def _lock_parked(
        self, uow: UnitOfWork, actor: Actor, access: Access, change_id: UUID, *, known: bool = False
    ) -> dict[str, Any] | None:
        parked = parking.lock_parked(uow.connection, change_id)
        if parked is not None and parked["resolution"] is not None and known:
            return None
        if parked is None or parked["resolution"] is not None:
            raise NotFound("PARKED_NOT_FOUND", params={"id": str(change_id)})
        if parked["author_id"] != actor.user_id and not _supervises(access, parked["entity"]):
            raise NotFound("PARKED_NOT_FOUND", params={"id": str(change_id)})
        return parked


@contextmanager
def _refusing(items: Sequence[Item]) -> Iterator[None]:
    """Turn the error of an item, or of the write at the end, into the refusal of the group."""
    try:
        yield
    except ItemFailed as failed:
        if isinstance(failed.error, Unavailable):
            raise failed.error from failed
        raise _Refused(failed) from failed
    except (Invalid, Stale) as error:
        raise _Refused(ItemFailed(items[-1], error)) from error


def _supervises(access: Access, entity_name: str) -> bool:
    found = all_entities().get(entity_name)
    return found is not None and access.allows(found.grant_group, "approve")


def _refused(item: Item, failed: ItemFailed) -> Decision:
    """The failing item gets its own error; the others of the group say which one it was."""
    error: SalesError = failed.error
    if item is not failed.item:
        error = Invalid(
            "GROUP_REFUSED", "another item of the group was refused", params={"id": str(failed.item.id)}
        )
    return Decision(item, "refused", error=error, record_id=item.record_id)


def in_order(items: Sequence[Item], decisions: Sequence[Decision]) -> list[Decision]:
    """Return the decisions in the order of their items."""
    by_item = {id(decision.item): decision for decision in decisions}
    return [by_item[id(item)] for item in items]
