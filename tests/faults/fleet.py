"""Ten people at work on ten copies, over real HTTP, whatever happens to the servers.

Each round of a device is what a user does: writes without a server, then sends and fetches. Whoever finds the
server away tries again; nothing is ever written twice by hand.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from gateway.device import outgoing
from gateway.device.device import Device
from gateway.device.errors import Damaged, ServerAway, SignInNeeded
from tests.device.support import content
from tests.faults.oracle import Content
from tests.support.installation import Installation

PARTY, ACTIVITY = "crm.party", "crm.activity"
OFFER, REVISION, LINE = "offers.offer", "offers.revision", "offers.line"
#: Who carries the ten devices.
USERS = ("sales.north",) * 5 + ("sales.south",) * 3 + ("sales.manager",) * 2
CHANGES_PER_ROUND = 10
_PAUSE_S = 0.3
#: Between two rounds, where it is time that counts and not the number of changes.
_BREATH_S = 0.5

T = TypeVar("T")


@dataclass(slots=True)
class Person:
    """One device and what its user remembers to have written."""

    number: int
    user_name: str
    device: Device
    installation: Installation
    #: (entity, id) -> field -> what was written last.
    written: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    shared: str = ""
    rounds: int = 0

    @property
    def user_id(self) -> str:
        """Of its user; only in the device's thread."""
        return self.device.store.get("user_id")

    def mismatches(self) -> int:
        """Buckets that once were not what the server had said."""
        return int(self.device.store.get("mismatches", "0"))

    @property
    def item_ids(self) -> set[str]:
        """Ids of everything that was ever put into the queue."""
        return {row[0] for row in self.device.store.sql.execute("select id from item")}

    def sign_in(self) -> None:
        self.device.sign_in(
            self.installation.address,
            self.user_name,
            self.installation.password,
            name=f"device {self.number}",
        )

    def work(self) -> None:
        """Write ten changes: a party with activities, an offer, edits of both, a note on a shared party."""
        self.rounds += 1
        author = self.device.author
        name = f"Cliente {self.number}.{self.rounds}"
        party = author.new(PARTY, {"name": name, "kind": "company", "country": "IT"})
        call = author.new(ACTIVITY, {"party_id": party["record_id"], "kind": "call", "subject": "first"})
        author.save([party, call])
        offer = author.new(OFFER, {"party_id": party["record_id"], "title": f"Pressa {self.rounds}"})
        revision = author.new(
            REVISION, {"offer_id": offer["record_id"], "currency": "EUR", "valid_until": "2999-12-31"}
        )
        line = author.new(
            LINE,
            {
                "revision_id": revision["record_id"],
                "quantity": "2",
                "unit_price": "1000.00",
                "discounts": "10",
                "vat_rate": "22",
            },
        )
        author.save([offer, revision, line])
        for attempt in ("second", "third"):
            self._edit(ACTIVITY, call["record_id"], subject=f"{attempt} {self.rounds}")
        self._edit(PARTY, party["record_id"], notes=f"noted {self.rounds}")
        self._edit(OFFER, offer["record_id"], title=f"Pressa {self.number}.{self.rounds}")
        author.edit(PARTY, self.shared, {"custom": {f"device_{self.number}": str(self.rounds)}})

    def round(self) -> None:
        """Work, send, fetch."""
        self.work()
        self.insist(self.device.push)
        self.insist(self.device.pull)

    def _edit(self, entity: str, record_id: str, **fields: str) -> None:
        self.device.author.edit(entity, record_id, fields)
        self.written.setdefault((entity, record_id), {}).update(fields)

    def order(self) -> str:
        """Make an offer, freeze and accept it, all in the queue; return the offer's id."""
        author = self.device.author
        party = author.create(PARTY, {"name": f"Ordina {self.number}", "kind": "company", "country": "IT"})
        offer = author.create(OFFER, {"party_id": party, "title": "Da ordinare"})
        line = {"quantity": "1", "unit_price": "500.00", "vat_rate": "22"}
        revision = author.create(
            REVISION, {"offer_id": offer, "currency": "EUR", "valid_until": "2999-12-31"}, [(LINE, line)]
        )
        self.device.offers.freeze(revision)
        self.device.offers.accept(offer)
        return offer

    def make_shared(self) -> str:
        """Make the party to which everybody of this user writes; return its id."""
        made = self.device.author.create(PARTY, {"name": f"Comune {self.user_name}", "kind": "company"})
        self.send()
        return made

    def insist(self, call: Callable[[], object], *, within_s: float = 400.0) -> None:
        """Do it, as often as the server is away; sign in again when the session is gone."""
        deadline = time.monotonic() + within_s
        while True:
            try:
                call()
                return
            except SignInNeeded:
                try:
                    self.sign_in()
                except ServerAway:
                    time.sleep(_PAUSE_S)
            except (ServerAway, Damaged):
                assert time.monotonic() < deadline, "the server never came back"
                time.sleep(_PAUSE_S)

    def hear_of_new_epochs(self) -> None:
        """Pull until a bundle has named an owner's new epoch, then send again what it may have lost."""

        def hear() -> None:
            self.device.pull()
            if not outgoing.waiting(self.device.store):
                raise ServerAway

        self.insist(hear)
        self.send()

    def send(self) -> None:
        """Push until nothing waits any more."""

        def push() -> None:
            self.device.push()
            if outgoing.waiting(self.device.store):
                raise ServerAway

        self.insist(push)

    def content(self) -> Content:
        return {key: body for key, (_, body) in content(self.device.store).items()}


class Fleet:
    """All ten, each in a thread of their own: a file of SQLite belongs to the thread that opened it."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        _define_notes(installation)
        self._threads = [ThreadPoolExecutor(1, f"device-{number}") for number in range(len(USERS))]
        self.people: list[Person] = []
        for number, (thread, user) in enumerate(zip(self._threads, USERS, strict=True)):
            device = thread.submit(_device, folder / f"device-{number}").result()
            self.people.append(Person(number, user, device, installation))
        self.all(Person.sign_in)
        shared = {}
        for thread, person in zip(self._threads, self.people, strict=True):
            if person.user_name not in shared:
                shared[person.user_name] = thread.submit(person.make_shared).result()
            person.shared = shared[person.user_name]
        self.all(lambda person: person.insist(lambda: _pull_until_here(person)))

    def begin(self, work: Callable[[Person], T]) -> list[Future[T]]:
        """Have everybody do something at once."""
        return [
            thread.submit(work, person) for thread, person in zip(self._threads, self.people, strict=True)
        ]

    def all(self, work: Callable[[Person], T]) -> list[T]:
        """The same; return what each has to say, in order."""
        return finished(self.begin(work))

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Everybody works on until the block is left; then every change gets its answer."""
        over = threading.Event()

        def work(person: Person) -> None:
            while not over.is_set():
                person.round()
                over.wait(_BREATH_S)
            person.send()

        begun = self.begin(work)
        try:
            yield
        finally:
            over.set()
            finished(begun)

    def close(self) -> None:
        self.all(lambda person: person.device.close())
        for thread in self._threads:
            thread.shutdown()


def finished(begun: Sequence[Future[T]], *, within_s: float = 600.0) -> list[T]:
    """Wait until everybody is done; whoever failed fails the test."""
    deadline = time.monotonic() + within_s
    return [each.result(max(0.1, deadline - time.monotonic())) for each in begun]


def working(rounds: int) -> Callable[[Person], None]:
    """Return what a person does for so many rounds, until every change has an answer."""

    def work(person: Person) -> None:
        for _ in range(rounds):
            person.round()
        person.send()

    return work


def _device(folder: Path) -> Device:
    device = Device(folder)
    # The machine under the device does not fail here; only the servers do.
    device.store.sql.execute("pragma synchronous = off")
    return device


def _pull_until_here(person: Person) -> None:
    person.device.pull()
    if person.device.view.server_record(PARTY, person.shared) is None:
        raise ServerAway


def _define_notes(installation: Installation) -> None:
    """Give parties a field for each device."""
    with installation.signed_in("admin") as admin:
        for number in range(len(USERS)):
            key = f"device_{number}"
            field = {"entity": PARTY, "key": key, "kind": "number", "labels": {"it": key, "en": key}}
            answer = admin.post("/v1/crm/field-definitions", json=field)
            assert answer.status_code == 201, answer.text
