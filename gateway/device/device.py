"""A user's copy of the archives on this machine: the one door for the command line and for tests.

    with Device(folder) as device:
        device.sign_in("http://127.0.0.1:8000", "sales.north", password)
        device.pull()
        device.author.edit("crm.party", party_id, {"website": "https://rossi.example"})
        device.push()

Reading and writing never need the server.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, NoReturn, TypeVar
from urllib.parse import quote

import httpx
import orjson
from uuid_utils.compat import uuid7

from gateway.device import outgoing
from gateway.device.agenda import Agenda
from gateway.device.errors import Refused, ServerAway, Unusable, Wiped
from gateway.device.lease import Lease
from gateway.device.live import Listening
from gateway.device.numbers import Numbers
from gateway.device.offers import OfflineOffers
from gateway.device.parked import Parked, Question
from gateway.device.pulling import SCHEMA, Progress, Pulled, Pulling
from gateway.device.pushing import Pushed, Pushing
from gateway.device.server import Server
from gateway.device.store import Store
from gateway.device.view import View
from gateway.device.writing import Author, company_zone
from services.kit.entities import all_entities

FILE: Final = "sales.sqlite"
_Answer = TypeVar("_Answer")


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return a new UUIDv7."""
    return str(uuid7())


class Device:
    """One user's copy in one folder. `key` comes from `locks`; without one the file is plain."""

    def __init__(
        self,
        folder: Path,
        *,
        key: bytes | None = None,
        language: str = "it",
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.store = Store(folder / FILE, key)
        self._server = Server(self.store, language=language, transport=transport)
        self._clock = clock
        self.lease = Lease(self.store, clock=clock)
        self.numbers = Numbers(self.store, clock=clock, new_id=new_id)
        self._author = Author(self.store, new_id=new_id, clock=clock, numbers=self.numbers)

    def __enter__(self) -> Device:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close file and connections."""
        self._server.close()
        self.store.close()

    def sign_in(self, address: str, user_name: str, password: str, *, name: str = "") -> None:
        """Open a session and register this copy.

        Another user may sign in only when nothing of the present one is unsent; their copy is removed first.

        Raises:
            Unusable: UNSENT_OF_ANOTHER.
            SignInNeeded, Refused, ServerAway.
        """
        self._change_user(user_name)
        device_name = name or platform.node()
        device_id = self.store.get("device_id") or new_id()
        with self.store.transaction():
            self.store.put(server=address.rstrip("/"), device_id=device_id)
        self._contact(lambda: self._open_session(user_name, password, device_id, device_name))

    def _open_session(self, user_name: str, password: str, device_id: str, device_name: str) -> None:
        user = self._server.sign_in(user_name, password, device_id=device_id, device_name=device_name)
        with self.store.transaction():
            self.store.put(user_name=user_name, user_id=str(user.get("id", "")), device_name=device_name)
        self._register(device_name)

    def _change_user(self, user_name: str) -> None:
        before = self.store.get("user_name")
        if before and before != user_name:
            if outgoing.waiting(self.store):
                raise Unusable("UNSENT_OF_ANOTHER", before)
            self.store.forget()

    def _register(self, name: str) -> None:
        answer = self._server.post(
            "/v1/sync/devices",
            {
                "device": self.store.get("device_id"),
                "name": name,
                "platform": platform.system().lower(),
                "app": "sales",
                "schema": SCHEMA,
            },
        )
        with self.store.transaction():
            self.store.put(lease_days=str(int(answer["lease_days"])))
        self._renew_lease()

    def _renew_lease(self) -> None:
        self.lease.renew(self._server.post(f"/v1/sync/devices/{self.store.get('device_id')}:renew", None))

    def pull(self, progress: Progress = lambda done, total: None) -> Pulled:
        """Bring the copy up to date; see `Pulling`."""
        pulled = self._known(lambda: self._pulling().run(progress))
        try:
            self._prepare_for_absence()
        except ServerAway:
            # The bundle is in; lease and numbers are asked for again at the next contact.
            return pulled
        return pulled

    def _prepare_for_absence(self) -> None:
        if self.lease.is_due():
            self._known(self._renew_lease)
        self._contact(lambda: self.numbers.refill(self._server, self._author.today()))

    def verify(self, progress: Progress = lambda done, total: None) -> Pulled:
        """Compare the copy with the server and heal it; see `Pulling.verify`."""
        return self._known(lambda: self._pulling().verify(progress))

    def push(self, progress: Callable[[int], None] = lambda done: None) -> Pushed:
        """Send the queue; see `Pushing`."""
        pushing = Pushing(self.store, self._server, clock=self._clock)
        return self._contact(lambda: pushing.run(progress))

    def listen(self) -> Listening:
        """Open the server's stream of events; see `following`."""
        return Listening(self._contact(self._server.live))

    def obey_wipe(self, reason: str) -> NoReturn:
        """Remove the copy, by order of the server.

        Raises:
            Wiped: always; nothing is left.
        """
        self.store.forget()
        raise Wiped(detail=reason)

    def _known(self, call: Callable[[], _Answer]) -> _Answer:
        """Call the server of copies; register again if it forgot this one (a restored database)."""
        try:
            return self._contact(call)
        except Refused as error:
            if error.reason != "DEVICE_UNKNOWN":
                raise
            self._register(self.store.get("device_name"))
            return self._contact(call)

    def _pulling(self) -> Pulling:
        return Pulling(self.store, self._server, clock=self._clock)

    def _contact(self, call: Callable[[], _Answer]) -> _Answer:
        try:
            return call()
        except Wiped:
            self.store.forget()
            raise

    def others_questions(self) -> list[Question]:
        """Return what others' changes ask, those that this user may decide; needs the server."""
        return self.parked.others(self._contact(self._server.parked))

    def unlock_code(self, device_id: str, until: str) -> str:
        """Return the code that opens another user's closed copy until the end of a day; for administrators.

        Raises:
            Refused: DEVICE_UNKNOWN, INVALID_FIELDS.
        """
        path = f"/v1/sync/devices/{quote(device_id, safe='')}:unlock"
        return str(self._contact(lambda: self._server.post(path, {"until": until}))["code"])

    def choose_groups(self, groups: Sequence[str]) -> None:
        """Keep only these grant groups from the next pull on; none: everything that the user may replicate.

        Raises:
            Unusable: GROUP_UNKNOWN.
        """
        known = {entity.grant_group for entity in all_entities().values()}
        for group in groups:
            if group not in known:
                raise Unusable("GROUP_UNKNOWN", group)
        with self.store.transaction():
            self.store.put(groups=orjson.dumps(sorted(groups)).decode() if groups else "")

    @property
    def view(self) -> View:
        """What the user sees.

        Raises:
            LeaseOver: too long without the server.
        """
        self.lease.require()
        return View(self.store)

    @property
    def author(self) -> Author:
        """What the user writes with."""
        self.lease.require()
        return self._author

    @property
    def agenda(self) -> Agenda:
        """What the user's time holds, and the reminders that wait."""
        zone = company_zone()
        return Agenda(self.view, self.author, user_id=self.store.get("user_id"), clock=self._clock, zone=zone)

    @property
    def offers(self) -> OfflineOffers:
        """Pricing, freezing and accepting without the server."""
        return OfflineOffers(self.view, self.author, user_id=self.store.get("user_id"))

    @property
    def parked(self) -> Parked:
        """What waits for a decision."""
        self.lease.require()
        return Parked(self.store, self._author)
