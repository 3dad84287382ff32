"""The only writer of the store: takes every owner's events in order, and everything else that fills it.

sequencer = Sequencer(ledger, owners, ("crm", "offers", "identity"))
sequencer.step(inflow.collect())        # again and again, in one thread
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from services.kit.entities import entities_of
from services.kit.errors import NotFound, SalesError
from services.kit.records.foreign import changed_record
from services.kit.telemetry.logs import get_logger
from services.sync.sequencer import metrics
from services.sync.sequencer.ledger import Ledger, Work
from services.sync.sequencer.owners import Download, Owners
from services.sync.sequencer.source import Received, Source
from services.sync.usecases.sweeping import sweep

_log = get_logger(__name__)

_RETRY_S: Final = 1.0
_QUARANTINE_S: Final = 60.0
_SWEEP_S: Final = 300.0
_REMOVED_AT_ONCE: Final = 500


class Sequencer:
    """One leader's work. Any exception that leaves it means: begin again, from what is committed."""

    def __init__(
        self,
        ledger: Ledger,
        owners: Owners,
        services: Iterable[str],
        *,
        clock: Callable[[], float] = time.monotonic,
        quarantine_s: float = _QUARANTINE_S,
    ) -> None:
        self._ledger = ledger
        self._owners = owners
        self._clock = clock
        self._quarantine_s = quarantine_s
        self.sources = ledger.sources(services)
        self._exports: dict[str, Download] = {}
        self._replays: dict[str, Download] = {}
        self._export_at: dict[str, float] = {}
        self._rebuilding = False
        self._next_quarantine = clock()
        self._next_sweep = clock()
        self._next_look = clock()

    def step(self, received: Sequence[Received]) -> None:
        """Commit what is in order; go on with what is being fetched."""
        for each in received:
            source = self.sources.get(each.event.service)
            if source is None:
                each.done()
            else:
                source.take(each)
        for source in self.sources.values():
            self._check_suspicion(source)
        self._commit_runs()
        for source in self.sources.values():
            self._close_gap(source)
            self._export(source)
        self._mend()
        self._rebuild()
        if self._clock() >= self._next_sweep:
            self._next_sweep = self._clock() + _SWEEP_S
            sweep(self._ledger.store, epoch=self._ledger.epoch, seq=self._ledger.seq)

    def close(self) -> None:
        """Give up what is being fetched."""
        for download in (*self._exports.values(), *self._replays.values()):
            download.stop()

    def _commit_runs(self) -> None:
        events: list[Received] = []
        doubles: list[Received] = []
        for source in self.sources.values():
            run = source.run(self._clock())
            again = source.doubles()
            metrics.events.labels(source.service).inc(len(run))
            metrics.doubles.labels(source.service).inc(len(again))
            events += run
            doubles += again
        changed = [source for source in self.sources.values() if source.is_changed]
        named = [each.event for each in doubles if each.event.change_ids]
        if events or changed or named:
            work = Work(events=[each.event for each in events], doubles=named, sources=changed)
            self._ledger.commit(work, self.sources)
            for source in changed:
                source.is_changed = False
        for each in (*events, *doubles):
            each.done()

    def _close_gap(self, source: Source) -> None:
        download = self._replays.get(source.service)
        if download is None:
            gap = source.gap(self._clock())
            if gap is None or source.exporting:
                return
            _log.warning("gap", service=source.service, first=gap[0], last=gap[1])
            metrics.replays.labels(source.service).inc()
            self._replays[source.service] = self._owners.replay(source.service, source.epoch, *gap)
            return
        try:
            while (events := download.next()) is not None:
                for event in events:
                    source.take(Received(event))
        except queue.Empty:
            return
        except NotFound:
            _log.warning("gap cannot be replayed: exporting", service=source.service)
            source.begin_export()
        except SalesError as error:
            _log.warning("owner does not replay", service=source.service, reason=error.reason)
            source.postpone(self._clock(), _RETRY_S)
        else:
            source.postpone(self._clock(), _RETRY_S)
        del self._replays[source.service]

    def _check_suspicion(self, source: Source) -> None:
        """A heartbeat below our position is old, or the owner's database was copied back: the owner knows."""
        if not source.is_suspect:
            return
        source.is_suspect = False
        position = source.seq
        if position is None or source.exporting:
            return
        try:
            download = self._owners.replay(source.service, source.epoch, position, position)
            while True:
                try:
                    if download.next() is None:
                        return
                except queue.Empty:
                    time.sleep(0.005)
        except NotFound:
            _log.warning("the owner has gone back: exporting", service=source.service, position=position)
            source.begin_export()
        except SalesError as error:
            _log.warning("owner does not answer", service=source.service, reason=error.reason)

    def _export(self, source: Source) -> None:
        """Take the next page of an export; events go on between the pages."""
        if not source.exporting or self._clock() < self._export_at.get(source.service, 0.0):
            return
        download = self._exports.get(source.service)
        if download is None:
            metrics.exports.labels(source.service).inc()
            self._exports[source.service] = self._owners.export(source.service)
            return
        try:
            page = download.next()
        except queue.Empty:
            return
        except SalesError as error:
            _log.warning("owner does not export", service=source.service, reason=error.reason)
            del self._exports[source.service]
            self._export_at[source.service] = self._clock() + _RETRY_S
            return
        if page is None:
            self._finish_export(source)
            return
        source.stands_at(page.epoch, page.stream_seq)
        work = Work(records=[changed_record(placed) for placed in page.records], sources=[source])
        self._ledger.commit(work, self.sources)
        source.is_changed = False

    def _finish_export(self, source: Source) -> None:
        """Remove what the owner does not have, and go on with its events alone."""
        names = [entity.name for entity in entities_of(source.service)]
        while keys := self._ledger.absent(names, round_number=source.round, limit=_REMOVED_AT_ONCE):
            self._ledger.commit(Work(removed=keys), self.sources)
        source.exporting = False
        self._ledger.commit(Work(sources=[source]), self.sources)
        del self._exports[source.service]
        _log.info("exported", service=source.service, position=source.seq)

    def _mend(self) -> None:
        """Fetch again what could not be applied."""
        if self._clock() < self._next_quarantine:
            return
        self._next_quarantine = self._clock() + min(self._quarantine_s, 1.0)
        for entity, record_id in self._ledger.quarantined(older_than_s=self._quarantine_s):
            try:
                record = self._owners.get(entity, record_id)
            except (SalesError, KeyError) as error:
                _log.warning("still in quarantine", entity=entity, record_id=record_id, exc_info=error)
                continue
            work = Work(records=[record] if record else [], mended=[(entity, record_id)])
            self._ledger.commit(work, self.sources)

    def _rebuild(self) -> None:
        if self._clock() >= self._next_look and not self._rebuilding:
            self._next_look = self._clock() + 1.0
            if self._ledger.wants_rebuild():
                self._rebuilding = True
                for source in self.sources.values():
                    source.begin_export()
        if self._rebuilding and not any(source.exporting for source in self.sources.values()):
            self._ledger.finish_rebuild()
            self._rebuilding = False
            _log.info("rebuilt", generation=self._ledger.generation)
