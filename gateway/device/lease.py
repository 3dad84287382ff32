"""How long the copy may be opened without the server, and the code by telephone that opens it for longer.

Time is this machine's clock, but never earlier than the latest moment at which the copy was open: setting the
clock back gains nothing. Reaching the server sets it right again.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import orjson

from gateway.device.errors import LeaseOver, Unusable
from gateway.device.store import Store
from services.kit.lease_codes import lease_mark

_DAYS: Final = 14
_RENEWED_EVERY: Final = timedelta(days=1)
#: How exactly the latest moment is kept; each time costs a write.
_NOTED_EVERY: Final = timedelta(minutes=10)


class Lease:
    """The lease of one copy."""

    def __init__(self, store: Store, *, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def require(self) -> None:
        """Refuse to open the copy when the lease is over.

        Raises:
            LeaseOver: and unsent changes are kept.
        """
        until = self.until()
        if until is None:
            return
        now = self._now()
        if now > until:
            detail = self._store.get("lease_days", str(_DAYS))
            raise LeaseOver(detail=f"{detail}|{self._store.get('device_id')}")
        self._note(now)

    def until(self) -> datetime | None:
        """Return the moment after which the copy stays closed; None before the first contact."""
        contact = self._store.get("last_contact")
        if not contact:
            return None
        days = int(self._store.get("lease_days", str(_DAYS)))
        leased = datetime.fromisoformat(contact) + timedelta(days=days)
        opened = self._store.get("opened_until")
        return max(leased, datetime.fromisoformat(opened)) if opened else leased

    def is_due(self) -> bool:
        """Whether the lease should be renewed at this contact."""
        renewed = self._store.get("renewed_at")
        if not renewed:
            return True
        return abs(self._clock() - datetime.fromisoformat(renewed)) >= _RENEWED_EVERY

    def renew(self, answer: Mapping[str, Any]) -> None:
        """Keep what the server says: days, and the marks of unlock codes."""
        now = self._clock().isoformat()
        with self._store.transaction():
            self._store.put(
                lease_days=str(int(answer["lease_days"])),
                last_contact=now,
                latest=now,
                renewed_at=now,
                opened_until="",
                marks_from=str(answer["marks_from"]),
                marks=orjson.dumps(answer["marks"]).decode(),
            )

    def unlock(self, code: str) -> date:
        """Open the copy by a code that an administrator read out; return the last day (UTC) of it.

        Raises:
            Unusable: CODE_WRONG: mistyped, another device's, or a day that is over.
        """
        day = self._day_of(code)
        end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1) if day else None
        if day is None or end is None or end <= self._now():
            raise Unusable("CODE_WRONG")
        with self._store.transaction():
            self._store.put(opened_until=end.isoformat())
        return day

    def _day_of(self, code: str) -> date | None:
        marks_from = self._store.get("marks_from")
        if not marks_from:
            return None
        first, device_id = date.fromisoformat(marks_from), self._store.get("device_id")
        for number, mark in enumerate(orjson.loads(self._store.get("marks"))):
            day = first + timedelta(days=number)
            if secrets.compare_digest(base64.b64decode(mark), lease_mark(device_id, day, code)):
                return day
        return None

    def _now(self) -> datetime:
        latest = self._store.get("latest")
        return max(self._clock(), datetime.fromisoformat(latest)) if latest else self._clock()

    def _note(self, now: datetime) -> None:
        latest = self._store.get("latest")
        if not latest or now - datetime.fromisoformat(latest) >= _NOTED_EVERY:
            with self._store.transaction():
                self._store.put(latest=now.isoformat())


def note_contact(store: Store, now: datetime) -> None:
    """The server was reached: the lease begins anew, and this clock counts again, whatever it said before."""
    with store.transaction():
        store.put(last_contact=now.isoformat(), latest=now.isoformat())
