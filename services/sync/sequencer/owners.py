"""What the sequencer asks of owners: Replay, Export and Get. Downloads run beside it, so that a slow owner
delays nobody else's events.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sales.sync.v1 import records_pb2, records_pb2_grpc

from services.kit import envelope, rpc
from services.kit.actor import SYSTEM
from services.kit.entities import entities_of
from services.kit.errors import Unavailable
from services.kit.records.foreign import ForeignRecords

_REPLAY_TIMEOUT_S = 30.0
#: Pages that wait to be written.
_PAGES = 2


class Download:
    """Messages of a call, fetched by a thread; `next` never waits."""

    def __init__(self, call: Callable[[], Iterator[Any]]) -> None:
        self._call = call
        self._found: queue.Queue[Any] = queue.Queue(_PAGES)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="download", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            with rpc.acting(SYSTEM):
                for message in self._call():
                    self._put(message)
                    if self._stop.is_set():
                        return
            self._put(None)
        except Exception as error:  # noqa: BLE001  # handed to the thread that asked
            self._put(error)

    def _put(self, found: Any) -> None:
        while not self._stop.is_set():
            try:
                self._found.put(found, timeout=0.2)
            except queue.Full:
                continue
            return

    def next(self) -> Any:
        """Return the next message, None at the end.

        Raises:
            queue.Empty: nothing has arrived yet.
            SalesError: the owner's answer.
        """
        found = self._found.get_nowait()
        if isinstance(found, Exception):
            raise found
        return found

    def stop(self) -> None:
        """Give up what has not arrived."""
        self._stop.set()


class Owners:
    """The owners' RecordsService, by name."""

    def __init__(self, targets: Mapping[str, str]) -> None:
        self._targets = targets
        self._stubs: dict[str, Any] = {}
        self._foreign = ForeignRecords(targets)

    def replay(self, service: str, epoch: str, first: int, last: int) -> Download:
        """Fetch events again; its messages are lists of `Event`."""

        def call() -> Iterator[list[envelope.Event]]:
            wanted = records_pb2.ReplayRequest(epoch=epoch, from_seq=first, to_seq=last)
            for page in self._stub(service).Replay(wanted, timeout=_REPLAY_TIMEOUT_S):
                yield [envelope.decode(body) for body in page.events]

        return Download(call)

    def export(self, service: str) -> Download:
        """Fetch all records of a service; its messages are `ExportResponse`s."""
        names = sorted(entity.name for entity in entities_of(service))
        return Download(lambda: self._stub(service).Export(records_pb2.ExportRequest(entities=names)))

    def get(self, entity: str, record_id: str) -> dict[str, Any] | None:
        """Return a record as it is now, None if its owner has none.

        Raises:
            SalesError: the owner is away, or refuses.
        """
        return self._foreign(entity, record_id)

    def _stub(self, service: str) -> Any:
        if service not in self._stubs:
            target = self._targets.get(service)
            if target is None:
                raise Unavailable("OWNER_AWAY", params={"service": service})
            self._stubs[service] = records_pb2_grpc.RecordsServiceStub(rpc.channel(target))
        return self._stubs[service]
