"""What figures know of other services' records, kept as the timeline hears of them; and what offers make of
their opportunities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from services.crm.domain.figure_sources import FIGURE_SOURCES, since, values_kept
from services.crm.domain.opportunities import consequences, is_loss_proposed, standing
from services.crm.storage import figure_sources as store
from services.crm.storage.figure_sources import Offer
from services.crm.storage.timeline import Key, Known
from services.crm.usecases.opportunities import enter
from services.kit.database import Row, UnitOfWork

_OFFER = "offers.offer"
_PLACE = ("owner_id", "team_id", "product_line", "shared_with")


def keep(uow: UnitOfWork, records: Sequence[Mapping[str, Any]], known: Mapping[Key, Known]) -> None:
    """Keep what figures need of the records of an event, in whatever order versions come.

    `known` is what the timeline knows of them, this event included; its rows are locked.
    """
    newest: dict[Key, Mapping[str, Any]] = {}
    heard: set[Key] = set()
    for record in records:
        key = Key(record["entity"], record["id"])
        if key.entity in FIGURE_SOURCES:
            heard.add(key)
            if int(record["version"]) == known[key].version:
                newest[key] = record
    offers = {key.id for key in newest if key.entity == _OFFER}
    before = store.offers(uow.connection, offers)
    store.store(uow.connection, [_row(key, newest[key], known[key]) for key in sorted(newest)])
    late = sorted(heard - newest.keys())
    store.store_since(uow.connection, [_key(key) | {"since": _since(known[key])} for key in late])
    _follow(uow, before, store.offers(uow.connection, offers))


def _row(key: Key, record: Mapping[str, Any], known: Known) -> dict[str, Any]:
    fragments = record["fragments"]
    body, cost = orjson.loads(fragments["base"]), orjson.loads(fragments.get("cost") or "{}")
    empty = dict.fromkeys(("party_id", "above_id", "amount", "chosen_id", "opportunity_id"))
    place = {name: record[name] or None for name in _PLACE}
    return {
        **_key(key),
        **empty,
        **place,
        "product_line": record["product_line"],
        "shared_with": record["shared_with"],
        "deleted": known.deleted,
        "since": _since(known),
        **values_kept(FIGURE_SOURCES[key.entity], body, cost),
    }


def _key(key: Key) -> dict[str, str]:
    return {"entity": key.entity, "id": key.id}


def _since(known: Known) -> str:
    return since(known.runs, FIGURE_SOURCES[known.key.entity].group)


def _follow(uow: UnitOfWork, before: Mapping[str, Offer], after: Mapping[str, Offer]) -> None:
    """Let opportunities follow the offers that came, went, or ended: what a person decided since stays,
    until an offer says something new.
    """
    said = {_saying(each) for each in before.values()}
    news = {each.id for each in after.values() if _saying(each) not in said}
    touched = {each[i].opportunity_id for each in (before, after) for i in news if i in each} - {""}
    offers = store.offers_of(uow.connection, touched)
    for row in uow.get_many("crm.opportunity", touched, lock=True).values():
        if not row.values["deleted"]:
            _move(uow, row, offers[row.id])


def _saying(offer: Offer) -> tuple[str, ...]:
    running = "gone" if offer.deleted else standing(offer.state)
    # Lost and cancelled both end an offer; only one of them proposes a loss.
    return (offer.id, offer.opportunity_id, offer.state if running == "ended" else running)


def _move(uow: UnitOfWork, row: Row, offers: Sequence[Offer]) -> None:
    states = [each.state for each in offers]
    accepted = [each.since for each in offers if standing(each.state) == "accepted"]
    for command in consequences(row.values["state"], states):
        enter(uow, row, command, made_at=min(accepted) if accepted else None)
    proposed = is_loss_proposed(row.values["state"], states)
    row.values["proposal"] = "lose" if proposed else "unspecified"
