"""The queue of the user's own changes, and what became of each.

    waiting       not sent, or sent without an answer; sent again with the same id until there is one
    acknowledged  applied, wholly or in part; shown over the replica until a bundle names it in `seen`
    parked        refused; the server keeps it with its payload until its author decides
    ended         decided, or nothing to wait for

Acknowledged changes are kept for 7 days, decisions too: when an owner's database was restored from a backup
(its epoch changed), they are sent again, because the backup may not have them. A question that was decided is
answered again by its decision, nobody is asked twice.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from gateway.device.store import Store
from services.kit.entities import entity

WAITING: Final = "waiting"
ACKNOWLEDGED: Final = "acknowledged"
PARKED: Final = "parked"
ENDED: Final = "ended"

_KEPT: Final = timedelta(days=7)
_COLUMNS: Final = (
    "position, id, group_name, owner, entity, record_id, body, expected, state, outcome, reason, detail, "
    "conflicts, needs_decision, seen, resolves, choice, theirs, acknowledged_at"
)
#: What was carried out, and decisions that ended questions; not those that were refused themselves.
_SEND_AGAIN: Final = f"""
update item set state = '{WAITING}', seen = 0
where owner = :owner and (
    state = '{ACKNOWLEDGED}'
    or (state = '{ENDED}' and choice in ('theirs', 'discarded') and acknowledged_at <> ''))
"""  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class QueuedItem:
    """One change or command of the queue."""

    position: int
    id: str
    group: str
    owner: str
    entity: str
    record_id: str
    #: As it is sent, always the same.
    body: dict[str, Any]
    expected: dict[str, dict[str, Any]]
    state: str
    outcome: str
    reason: str
    detail: str
    conflicts: tuple[str, ...]
    needs_decision: bool
    seen: bool
    resolves: str
    choice: str
    #: What the server had instead, with its version.
    theirs: dict[str, Any]
    #: Answered before, and waiting again because its owner was restored from a backup.
    sent_again: bool


def _item(row: Sequence[Any]) -> QueuedItem:
    position, item_id, group, owner, entity_name, record_id, body, expected, *state = row
    return QueuedItem(
        position=position,
        id=item_id,
        group=group,
        owner=owner,
        entity=entity_name,
        record_id=record_id,
        body=json.loads(body),
        expected=json.loads(expected),
        state=state[0],
        outcome=state[1],
        reason=state[2],
        detail=state[3],
        conflicts=tuple(json.loads(state[4])),
        needs_decision=bool(state[5]),
        seen=bool(state[6]),
        resolves=state[7],
        choice=state[8],
        theirs=json.loads(state[9]),
        sent_again=state[0] == WAITING and bool(state[10]),
    )


def add(
    store: Store,
    items: Sequence[dict[str, Any]],
    *,
    expected: Mapping[str, dict[str, dict[str, Any]]] | None = None,
    resolves: str = "",
    choice: str = "",
) -> None:
    """Put items at the end of the queue, inside the open transaction.

    `expected`: id of an item -> what it is expected to do to records, `{"entity/id": values}`.
    """
    rows = [
        (
            item["id"],
            item.get("group", ""),
            entity(item["entity"]).service,
            item["entity"],
            item["record_id"],
            json.dumps(item),
            json.dumps((expected or {}).get(item["id"], {})),
            WAITING,
            resolves,
            choice,
        )
        for item in items
    ]
    store.sql.executemany(
        """insert into item
        (id, group_name, owner, entity, record_id, body, expected, state, resolves, choice)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        rows,
    )


def waiting(store: Store) -> list[QueuedItem]:
    """Return what has no answer yet, in the order in which it was made."""
    return _select(store, "state = ? order by position", WAITING)


def shown(store: Store) -> list[QueuedItem]:
    """Return the changes that are laid over the replica, in order."""
    return _select(store, f"state = '{WAITING}' or (state = '{ACKNOWLEDGED}' and not seen) order by position")


def awaited(store: Store) -> list[str]:
    """Return ids of acknowledged changes that no bundle has named yet."""
    return [item.id for item in _select(store, "state = ? and not seen order by position", ACKNOWLEDGED)]


def to_decide(store: Store) -> list[QueuedItem]:
    """Return what the server parked and nobody has decided."""
    return _select(store, "needs_decision order by position")


def find(store: Store, item_id: str) -> QueuedItem | None:
    """Return one item."""
    found = _select(store, "id = ?", item_id)
    return found[0] if found else None


def _select(store: Store, condition: str, *values: Any) -> list[QueuedItem]:
    query = f"select {_COLUMNS} from item where {condition}"  # noqa: S608 - our own conditions
    return [_item(row) for row in store.sql.execute(query, values)]


def apply_results(store: Store, results: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    """Write what the server said about items, inside the open transaction. The replica is not touched."""
    for result in results:
        outcome = result["outcome"]
        if outcome == "held":
            _note(store, result, state=WAITING)
        elif outcome == "refused":
            _note(store, result, state=PARKED, needs_decision=not _is_decided(store, result["id"]))
        else:
            _acknowledge(store, result, now=now)


def _acknowledge(store: Store, result: Mapping[str, Any], *, now: datetime) -> None:
    asks = result["outcome"] == "conflict" and not _is_decided(store, result["id"])
    _note(store, result, state=ACKNOWLEDGED, needs_decision=asks)
    store.sql.execute(
        "update item set acknowledged_at = ?, seen = ?, conflicts = ?, theirs = ? where id = ?",
        (
            now.isoformat(),
            int(not result["changed"]),
            json.dumps(result.get("conflicts", [])),
            json.dumps(_theirs(result)),
            result["id"],
        ),
    )


def _is_decided(store: Store, item_id: str) -> bool:
    """Whether a decision about it waits already: its owner was restored, and asks what was asked before."""
    query = "select 1 from item where resolves = ? and state = ?"
    return store.sql.execute(query, (item_id, WAITING)).fetchone() is not None


def _theirs(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what stands there instead of what the author wanted: deciding must not wait for a pull."""
    record = result.get("record") or {}
    names = {name.partition(".")[0] for name in result.get("conflicts", ())}
    return {name: record[name] for name in sorted(names | {"version"}) if name in record} if names else {}


def _note(store: Store, result: Mapping[str, Any], *, state: str, needs_decision: bool = False) -> None:
    told = (result["outcome"], result.get("reason", ""), _detail(result))
    store.sql.execute(
        "update item set state = ?, outcome = ?, reason = ?, detail = ?, needs_decision = ? where id = ?",
        (state, *told, int(needs_decision), result["id"]),
    )


def _detail(result: Mapping[str, Any]) -> str:
    violations = [f"{v.get('field', '')}: {v.get('detail', '')}" for v in result.get("violations", ())]
    return "; ".join(filter(None, [str(result.get("detail", "")), *violations]))


def decided(store: Store, item_id: str) -> None:
    """A parked change is closed, inside the open transaction; nothing asks about it any more."""
    store.sql.execute("update item set needs_decision = 0 where id = ?", (item_id,))
    found = find(store, item_id)
    if found is not None and found.state == PARKED:
        end(store, item_id, found.reason)


def ask_again(store: Store, item: QueuedItem, result: Mapping[str, Any]) -> None:
    """A decision's change was refused or met a conflict: the old question stays open, inside the transaction.

    It tells why, and what its author had typed this time.
    """
    if result["outcome"] == "refused":
        end(store, item.id, result.get("reason", ""))
    typed = json.dumps(item.body.get("fields", {}), ensure_ascii=False)
    why = "; ".join(filter(None, [result.get("reason", ""), _detail(result), typed]))
    store.sql.execute("update item set needs_decision = 0 where id = ?", (item.id,))
    store.sql.execute("update item set detail = ? where id = ?", (why, item.resolves))
    theirs = _theirs(result)
    if theirs:
        store.sql.execute("update item set theirs = ? where id = ?", (json.dumps(theirs), item.resolves))


def end(store: Store, item_id: str, reason: str = "") -> None:
    """An item waits for nothing any more, inside the open transaction. It is kept as long as others."""
    store.sql.execute(
        "update item set state = ?, reason = ?, seen = 1, acknowledged_at = json_extract(body, '$.made_at') "
        "where id = ?",
        (ENDED, reason, item_id),
    )


def end_overlays(store: Store, seen: Collection[str]) -> None:
    """The replica now holds these changes: their overlay ends with the swap that brought them."""
    store.sql.executemany(
        "update item set seen = 1 where id = ? and state = ?", [(each, ACKNOWLEDGED) for each in seen]
    )


def note_epochs(store: Store, epochs: Mapping[str, str], *, now: datetime) -> None:
    """Compare the owners' epochs with the known ones; send again what a restored owner may have lost.

    Changes older than 7 days are forgotten here.
    """
    oldest = (now - _KEPT).isoformat()
    store.sql.execute(
        "delete from item where state in (?, ?) and not needs_decision and seen and acknowledged_at < ?",
        (ACKNOWLEDGED, ENDED, oldest),
    )
    for owner, epoch in epochs.items():
        known = store.get(f"epoch/{owner}")
        if known and known != epoch:
            store.sql.execute(_SEND_AGAIN, {"owner": owner})
        store.sql.execute("insert or replace into setting values (?, ?)", (f"epoch/{owner}", epoch))
