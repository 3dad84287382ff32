"""Final numbers without the server: taken from the blocks that this device holds, in order, none twice.

A block serves only documents dated in its year. With none left a document gets a provisional number of this
device, and keeps it for ever. Blocks are refilled when the server is reached; what is not used stays a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

import orjson

from gateway.device.errors import Refused
from gateway.device.server import Server
from gateway.device.store import Store
from gateway.device.view import View
from services.kit.bundle import BASE
from services.offers.domain.numbering import OFFERS, final_number, provisional_number

OFFER: Final = "offers.offer"
BLOCK: Final = "offers.number_block"
#: With fewer left the next block is reserved.
_REFILL_BELOW: Final = 10
_ASK_AGAIN: Final = timedelta(days=1)
_NEXT_YEAR_FROM_MONTH: Final = 12


class Numbers:
    """The numbers that this device may give."""

    def __init__(self, store: Store, *, clock: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self._store = store
        self._view = View(store)
        self._clock = clock
        self._new_id = new_id

    def complete(self, entity_name: str, fields: Mapping[str, Any], today: date) -> dict[str, Any]:
        """Return the fields of a new record, an offer's with its number and the date of its year."""
        if entity_name != OFFER or "number" in fields:
            return dict(fields)
        dated = str(fields.get("offer_date") or today.isoformat())
        return {**fields, "offer_date": dated, "number": self._take(OFFERS, dated[:4])}

    def _take(self, series: str, year: str) -> str:
        """Return the next free number; given once, whatever becomes of the document."""
        with self._store.transaction():
            for block in self._blocks(series, year):
                key = f"number/{block['id']}"
                for number in range(int(self._store.get(key) or block["first"]), block["last"] + 1):
                    text = final_number(series, int(year), number)
                    if self._is_free(text):
                        self._store.put(**{key: str(number + 1)})
                        return text
            key = f"provisional/{series}"
            count = int(self._store.get(key, "0")) + 1
            self._store.put(**{key: str(count)})
            return provisional_number(series, self._store.get("device_id"), count)

    def _is_free(self, text: str) -> bool:
        """Whether no offer of the copy has it: a folder set back from a backup forgets what it gave."""
        query = "select 1 from fragment where type = ? and facet = ? and instr(body, cast(? as blob)) > 0"
        return self._store.sql.execute(query, (OFFER, BASE, f'"number":"{text}"')).fetchone() is None

    def left(self, series: str, year: str) -> int:
        """Return how many final numbers of a year are left."""
        next_of = {
            block["id"]: int(self._store.get(f"number/{block['id']}") or block["first"])
            for block in self._blocks(series, year)
        }
        return sum(block["last"] + 1 - next_of[block["id"]] for block in self._blocks(series, year))

    def _blocks(self, series: str, year: str) -> list[dict[str, Any]]:
        mine = self._view.records(BLOCK, device_id=self._store.get("device_id"))
        wanted = [each for each in mine if each["series"] == series and str(each["year"]) == year]
        return sorted(wanted, key=lambda block: int(block["first"]))

    def refill(self, server: Server, today: date) -> int:
        """Reserve blocks where numbers run out; return how many. They arrive with a later bundle.

        Only for users who carry offers. Asked once: an answer that was lost reserves nothing twice.

        Raises:
            ServerAway: and the same block is asked for again.
        """
        if not self._carries_offers():
            return 0
        years = [today.year, today.year + 1] if today.month >= _NEXT_YEAR_FROM_MONTH else [today.year]
        return sum(self._reserve(server, OFFERS, str(year)) for year in years)

    def _reserve(self, server: Server, series: str, year: str) -> int:
        key = f"reserving/{series}/{year}"
        asked = orjson.loads(self._store.get(key) or "{}")
        if self.left(series, year) >= _REFILL_BELOW or not self._may_ask(asked):
            return 0
        if not asked or asked["answered_at"]:
            asked = {"id": self._new_id(), "answered_at": ""}
            self._keep(key, asked)
        try:
            server.post("/v1/offers/number-blocks", {"id": asked["id"], "series": series, "year": int(year)})
            reserved = 1
        except Refused:
            # Reserved before and the answer was lost; or not for this user, who keeps to provisional numbers.
            reserved = 0
        self._keep(key, {**asked, "answered_at": self._clock().isoformat()})
        return reserved

    def _may_ask(self, asked: Mapping[str, str]) -> bool:
        """Not while a block that was reserved is on its way, and after a refusal not before the next day."""
        if not asked or not asked["answered_at"] or self._view.server_record(BLOCK, asked["id"]):
            return True
        return abs(self._clock() - datetime.fromisoformat(asked["answered_at"])) >= _ASK_AGAIN

    def _keep(self, key: str, asked: Mapping[str, str]) -> None:
        with self._store.transaction():
            self._store.put(**{key: orjson.dumps(asked).decode()})

    def _carries_offers(self) -> bool:
        query = "select 1 from bucket where key like 'offers/%'"
        return self._store.sql.execute(query).fetchone() is not None
