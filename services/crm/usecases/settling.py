"""What must hold of parties and of everything under them when a transaction ends."""

from __future__ import annotations

from collections.abc import Sequence

from services.crm.usecases.passages import settle_places
from services.crm.usecases.primaries import settle_primaries
from services.crm.usecases.relationships import check_hierarchy, is_subsidiary
from services.kit.database import Row, UnitOfWork


def settle_parties(uow: UnitOfWork, parties: Sequence[Row]) -> None:
    """Keep primaries, passages and groups of companies right, for all parties of a group of changes at once.

    Raises:
        NotAllowedNow: HIERARCHY_CIRCLE.
    """
    settle_primaries(uow, {row.id for row in parties})
    settle_places(uow, parties)
    # Last, because it writes what is changed up to here.
    subsidiaries = {row.values["party_id"] for row in uow.rows() if is_subsidiary(row)}
    if subsidiaries:
        check_hierarchy(uow, subsidiaries)
