"""The timeline of every party: entries made from the records of all services, as their events tell them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid5

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.crm.domain.timeline import Run, Told, runs_before, told, with_version
from services.crm.domain.timeline_sources import SOURCES
from services.crm.storage import timeline as store
from services.crm.storage.aliases import survivors_of
from services.crm.storage.tables import timeline_entry
from services.crm.storage.timeline import Key, Known
from services.crm.usecases import figure_sources
from services.kit.database import Row, UnitOfWork
from services.kit.entities import SCOPE_FIELDS, entity
from services.kit.entities.canonical import time_text
from services.kit.lives import present

_LONGEST: Final = 500
#: An entry's id follows from its source and what happened, so that making it twice makes it once.
_IDS: Final = UUID("0a6e3b0e-8f43-5d0c-9d52-61f1f2a7c4d8")


def told_of(service: str) -> list[str]:
    """Return the entities of a service that are told."""
    return [name for name in SOURCES if name.partition(".")[0] == service]


def tell(uow: UnitOfWork, changed: Iterable[Mapping[str, Any]]) -> None:
    """Bring the timeline, and what figures know, up to date with versions of records, of any service and in
    any order.

    What arrives before the record above it is remembered; its lines are made when that arrives.
    """
    records = [record for record in changed if record["entity"] in SOURCES]
    if not records:
        return
    bodies = [orjson.loads(record["fragments"]["base"]) for record in records]
    keys = [Key(record["entity"], record["id"]) for record in records]
    above = {found for key, body in zip(keys, bodies, strict=True) if (found := _above(key, body))}
    known = _lock(uow, above, set(keys))
    before = {key: (each.facts, each.deleted) for key, each in known.items()}
    lives = present(uow.connection)
    restored = set()
    for key, record, body in zip(keys, records, bodies, strict=True):
        if _enter_life(known[key], lives, int(record["version"])):
            restored.add(key)
        _see(known[key], record, body)
    store.store(uow.connection, [known[key] for key in sorted(set(keys))])
    figure_sources.keep(uow, records, known)
    moved = {key for key in keys if (known[key].facts, known[key].deleted) != before[key]}
    below = store.lock_below(uow.connection, sorted(moved))
    _write(uow, {**below, **known}, {*keys, *below}, restored)


def tell_again(uow: UnitOfWork, keys: Collection[Key]) -> None:
    """Make the lines of these records anew from what is known: their party has become another."""
    known = store.lock(uow.connection, sorted(keys))
    above = {each.above for each in known.values() if each.above} - known.keys()
    _write(uow, known | _lock(uow, above, set()), set(keys))


def tell_again_of_party(uow: UnitOfWork, party_id: str) -> None:
    """Make all lines of a party anew: it was merged, and is itself again."""
    keys = store.keys_of_party(uow.connection, party_id)
    tell_again(uow, {*keys, *store.lock_below(uow.connection, sorted(keys))})


def _lock(uow: UnitOfWork, above: Collection[Key], keys: Collection[Key]) -> dict[Key, Known]:
    """Lock records above others first, and all in one order: two workers never wait for each other."""
    known = store.lock(uow.connection, sorted(above)) if above else {}
    return known | (store.lock(uow.connection, sorted(keys)) if keys else {})


def _above(key: Key, body: Mapping[str, Any]) -> Key | None:
    above = SOURCES[key.entity].above
    record_id = body.get(above.field, "") if above else ""
    return Key(above.entity, record_id) if above and record_id else None


def _enter_life(known: Known, lives: Mapping[str, UUID], version: int) -> bool:
    """Let a record be told in the present life of its owner's database; True if it was told in another one,
    of which nothing from `version` on is certain.
    """
    life = str(lives.get(known.key.entity.partition(".")[0], ""))
    is_other = bool(known.version and known.life and life and known.life != life)
    known.life = life or known.life
    if is_other:
        known.version = 0
        known.runs = runs_before(known.runs, version)
    return is_other


def _see(known: Known, record: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    """Note a version; what it says counts if none that is newer has been seen."""
    source = SOURCES[known.key.entity]
    version = int(record["version"])
    state = source.state(body)
    line = source.states.get(state)
    detail = str(body.get(line.detail) or "")[:_LONGEST] if line and line.detail else ""
    seen = Run(version, version, state, body["updated_at"], body.get("updated_by", ""), detail)
    known.runs = with_version(known.runs, seen)
    if version < known.version:
        return
    known.version = version
    known.deleted = bool(record["deleted"])
    known.above = _above(known.key, body)
    about = next(((name, i) for field, name in source.about.items() if (i := body.get(field))), known.key)
    known.facts = {
        "party": body.get(source.party, "") if source.party else "",
        "title": source.title(body),
        "about": list(about),
        # A party is the root of its lines: they have no copy of its place.
        "scope": {} if source.party == "id" else {name: record[name] for name in SCOPE_FIELDS},
        "fields": {name: body[name] for name in sorted(source.fields()) if body.get(name)},
    }


def _write(
    uow: UnitOfWork,
    known: Mapping[Key, Known],
    keys: Collection[Key],
    restored: Collection[Key] = (),
) -> None:
    """Create, change and remove the entries of these records; of restored ones also those that tell of what
    never was.
    """
    wanted: dict[str, dict[str, Any]] = {}
    for key in sorted(keys):
        wanted |= _entries(known[key], known)
    survivors = survivors_of(uow.connection, {values["party_id"] for values in wanted.values()})
    stored = uow.get_many("crm.timeline_entry", wanted, lock=True)
    for entry_id, values in wanted.items():
        for name in ("party_id", "root_id"):
            values[name] = survivors.get(values[name], values[name])
        row = stored.get(entry_id)
        if row is not None:
            row.values.update(values)
        elif not values["deleted"]:
            uow.create("crm.timeline_entry", values | {"id": entry_id})
    if restored:
        _forget(uow, restored, wanted)


def _forget(uow: UnitOfWork, sources: Collection[Key], wanted: Collection[str]) -> None:
    """Remove the entries of these records that are no longer wanted."""
    ids = sa.literal([key.id for key in sources], pg.ARRAY(sa.Uuid(as_uuid=False)))
    for row in uow.find("crm.timeline_entry", timeline_entry.c.source_id == sa.any_(ids), lock=True):
        if row.id not in wanted and Key(row.values["source_entity"], row.values["source_id"]) in sources:
            row.values["deleted"] = True


def _entries(each: Known, known: Mapping[Key, Known]) -> dict[str, dict[str, Any]]:
    """Return the entries of a record by id; none while its party or the record above it is unknown."""
    source = SOURCES[each.key.entity]
    above = known[each.above] if each.above else None
    subject = above if above and source.above and source.above.is_subject else each
    if (above and not above.version) or not subject.version or not subject.facts["party"]:
        return {}
    about = Key(*subject.facts["about"])
    party_id = subject.facts["party"]
    titles = dict.fromkeys(known.facts["title"] for known in (subject, each))
    common = {
        "party_id": party_id,
        "root_id": party_id if source.rooted else "",
        "source_group": entity(each.key.entity).grant_group,
        "source_entity": each.key.entity,
        "source_id": each.key.id,
        "subject_entity": about.entity,
        "subject_id": about.id,
        "title": " · ".join(filter(None, titles))[:500],
        "deleted": each.deleted or bool(above and above.deleted),
        **(above or each).facts["scope"],
    }
    lines = told(source, each.runs, each.facts["fields"])
    return {_entry_id(each.key, line): common | _of_line(line) for line in lines}


def _of_line(line: Told) -> dict[str, Any]:
    return {"what": line.what, "detail": line.detail[:_LONGEST], "happened_at": line.at, "by_id": line.by}


def _entry_id(key: Key, line: Told) -> str:
    return str(uuid5(_IDS, f"{key.entity}/{key.id}/{line.what}/{line.number}"))


def begin_visits(uow: UnitOfWork, user_ids: Iterable[str]) -> None:
    """Give every user a marker of their last visit, so that devices only ever move it."""
    wanted = sorted(set(user_ids))
    stored = uow.get_many("crm.timeline_visit", wanted)
    for user_id in wanted:
        if user_id not in stored:
            values = {"id": user_id, "owner_id": user_id, "seen_at": "1970-01-01T00:00:00Z"}
            uow.create("crm.timeline_visit", values)


def prepare_visit(uow: UnitOfWork, row: Row) -> None:
    """Move the marker of the last visit: never back, never beyond now."""
    seen = min(datetime.fromisoformat(row.values["seen_at"]), uow.now)
    if row.stored.get("seen_at"):
        seen = max(seen, datetime.fromisoformat(row.stored["seen_at"]))
    row.values["seen_at"] = time_text(seen)
