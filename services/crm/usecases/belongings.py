"""What is shown with parties in one row of a file, for many parties at once, as far as its reader sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson

from services.kit.entities import entity
from services.kit.permissions import Access
from services.kit.records.reading import Reader, ReadRecord

_BELOW: Final = ("crm.address", "crm.contact_point", "crm.relationship")


def belongings(reader: Reader, access: Access, party_ids: Sequence[str]) -> list[ReadRecord]:
    """Return addresses, contact points and relationships of these parties, each by id, and the parties at the
    other end of the relationships.

    Raises:
        Forbidden: NOT_GRANTED, for who may read no party at all.
    """
    below = {name: reader.under(access, entity(name), party_ids) for name in _BELOW}
    others = {orjson.loads(each.fragments["base"])["other_id"] for each in below["crm.relationship"]}
    parties = reader.get_many(access, entity("crm.party"), sorted(others)) if others else {}
    return [*(each for found in below.values() for each in found), *(parties[id_] for id_ in sorted(parties))]
