"""The commits of a leading sequencer: events in, numbered rows out, all or nothing.

ledger = Ledger(store)          # takes the lead: an older leader can commit nothing any more
ledger.commit(Work(events=…))
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from services.kit.envelope import Event
from services.kit.outbox.epoch import CHECK
from services.kit.telemetry.logs import get_logger
from services.sync.sequencer import metrics
from services.sync.sequencer.source import Source
from services.sync.storage.nodes import Key
from services.sync.storage.store import CHANNEL, Store
from services.sync.usecases.buckets import Buckets
from services.sync.usecases.granting import ACCESS, grant
from services.sync.usecases.incoming import Incoming, Unreadable, read_record
from services.sync.usecases.placing import Batch

_log = get_logger(__name__)

_SEEN = "insert into seen_change (change_id, seq) select unnest(%s::uuid[]), %s on conflict do nothing"
_POSITION = """
    insert into source_position (service, epoch, stream_seq, past_epochs, round, exporting)
    values (%s, %s, %s, %s, %s, %s)
    on conflict (service) do update set epoch = excluded.epoch, stream_seq = excluded.stream_seq,
        past_epochs = excluded.past_epochs, round = excluded.round, exporting = excluded.exporting
"""
_QUARANTINE = """
    insert into quarantine (type, id, cause) values (%s, %s, %s)
    on conflict (type, id) do update set cause = excluded.cause, tried_at = now()
"""


@dataclass(slots=True)
class Work:
    """What one transaction is to hold."""

    events: Sequence[Event] = ()
    #: Events committed before: only the changes that they name are noted, again.
    doubles: Sequence[Event] = ()
    #: Records that were fetched, in the form of records_changed.
    records: Sequence[Mapping[str, Any]] = ()
    #: Records that their owner does not have.
    removed: Sequence[Key] = ()
    #: Quarantined records that are mended, or gone.
    mended: Sequence[tuple[str, str]] = ()
    sources: Sequence[Source] = field(default=())


class Ledger:
    """The store in the hands of its only writer."""

    def __init__(self, store: Store) -> None:
        self.store = store
        (row,) = store.rows(
            "update head set epoch = epoch + 1, mark = gen_random_uuid() returning epoch, seq, generation"
        )
        self.epoch: int = row.epoch
        self.seq: int = row.seq
        self.generation: int = row.generation
        self._begin_generation_after_restore()
        self._buckets = Buckets(store)
        self._measure_quarantine()

    def _begin_generation_after_restore(self) -> None:
        """A restored store gave numbers that it no longer knows: checkpoints beyond its head hold nothing."""
        self.store.run(CHECK)
        (row,) = self.store.rows(
            "select head.database_epoch as known, outbox_counter.epoch as found from head, outbox_counter"
        )
        if row.known == row.found:
            return
        with self.store.connection.transaction():
            if row.known is not None:
                self._begin_generation()
            self.store.run("update head set database_epoch = %s", (row.found,))
            self.store.publish_head(epoch=self.epoch, seq=self.seq)

    def _begin_generation(self) -> None:
        self.generation += 1
        self.store.run(
            "insert into generation (generation, valid_to) values (%s, %s)", (self.generation, self.seq)
        )
        self.store.run("update head set generation = %s", (self.generation,))

    def sources(self, services: Iterable[str]) -> dict[str, Source]:
        """Return where each owner's stream stands."""
        found = {service: Source(service) for service in services}
        for row in self.store.rows("select * from source_position"):
            if row.service in found:
                found[row.service] = Source(
                    row.service,
                    epoch=row.epoch,
                    seq=row.stream_seq,
                    past_epochs=set(row.past_epochs),
                    round=row.round,
                    exporting=row.exporting,
                )
        return found

    def commit(self, work: Work, sources: Mapping[str, Source]) -> None:
        """Write it, durable when this returns.

        A record that the database refuses is set aside alone, with its cause; the rest stands.

        Raises:
            Fenced: another sequencer leads; nothing was written.
        """
        started = time.perf_counter()
        rounds = {service: source.round for service, source in sources.items()}
        # In a pipeline nobody waits for a statement whose result nobody reads: PostgreSQL writes one table
        # while the rows of the next are made.
        with self.store.connection.pipeline(), self.store.connection.transaction():
            seq = self._apply(work, rounds)
            changes = [change for event in (*work.events, *work.doubles) for change in event.change_ids]
            if changes:
                self.store.run(_SEEN, (changes, seq))
            for source in work.sources:
                self.store.run(_POSITION, _position(source))
            if work.mended:
                self.store.connection.cursor().executemany(
                    "delete from quarantine where type = %s and id = %s", work.mended
                )
            self.store.publish_head(epoch=self.epoch, seq=seq)
        moved = seq != self.seq or bool(changes)
        self.seq = seq
        metrics.head.set(seq)
        metrics.commit_seconds.observe(time.perf_counter() - started)
        if moved:
            self.store.run(f"notify {CHANNEL}")

    def _apply(self, work: Work, rounds: Mapping[str, int]) -> int:
        records = self._readable([*_changed(work.events), *work.records])
        try:
            with self.store.connection.transaction():
                return self._write(records, work.removed, rounds, self.seq)
        except psycopg.DataError as error:
            _log.error("a record cannot be stored; the batch is written one by one", exc_info=error)
        self._buckets = Buckets(self.store)
        seq = self.seq
        for record in records:
            try:
                with self.store.connection.transaction():
                    seq = self._write([record], (), rounds, seq)
            except psycopg.DataError as error:
                self._set_aside(record.key.type, record.key.id, f"{type(error).__name__}: {error}"[:500])
                self._buckets = Buckets(self.store)
        return self._write([], work.removed, rounds, seq)

    def _write(
        self, records: Sequence[Incoming], removed: Sequence[Key], rounds: Mapping[str, int], seq: int
    ) -> int:
        if not records and not removed:
            return seq
        batch = Batch(self.store, self._buckets, seq=seq)
        batch.take(records, rounds)
        batch.remove(removed)
        batch.place()
        seq = batch.write()
        for key, record in batch.written.items():
            if key.type == ACCESS:
                seq = grant(self.store, self._buckets, record.bodies["base"].decode(), seq=seq)
        return seq

    def _readable(self, records: Sequence[Mapping[str, Any]]) -> list[Incoming]:
        found = []
        for record in records:
            try:
                found.append(read_record(record))
            except Unreadable as error:
                self._set_aside(
                    str(record.get("entity", ""))[:100], str(record.get("id", ""))[:100], str(error)
                )
        return found

    def _set_aside(self, entity: str, record_id: str, cause: str) -> None:
        _log.error("record in quarantine", entity=entity, record_id=record_id, cause=cause)
        self.store.run(_QUARANTINE, (entity, record_id, cause))
        self._measure_quarantine()

    def _measure_quarantine(self) -> None:
        metrics.quarantined.set(self.store.rows("select count(*) from quarantine")[0].count)

    def quarantined(self, *, older_than_s: float) -> list[tuple[str, str]]:
        """Return records whose last attempt is long enough ago, and note this one."""
        self._measure_quarantine()
        rows = self.store.rows(
            "update quarantine set tried_at = now() where tried_at <= now() - make_interval(secs => %s) "
            "returning type, id",
            (older_than_s,),
        )
        return [(row.type, row.id) for row in rows]

    def absent(self, entities: Sequence[str], *, round_number: int, limit: int) -> list[Key]:
        """Return records that an export, now complete, has not confirmed."""
        return list(self.store.unconfirmed(entities, before=round_number, limit=limit))

    def wants_rebuild(self) -> bool:
        """True if somebody has asked for a rebuild."""
        return bool(self.store.rows("select rebuild_wanted from head")[0].rebuild_wanted)

    def finish_rebuild(self) -> None:
        """Count every bucket anew and begin a generation, now that all owners were exported.

        Numbers stay, because what did not change kept its own: checkpoints of the generation before hold, and
        a device receives only what differs.
        """
        with self.store.connection.transaction():
            self.store.run(_COUNT)
            self._begin_generation()
            self.store.run("update head set rebuild_wanted = false, mark = gen_random_uuid()")
            self.store.publish_head(epoch=self.epoch, seq=self.seq)
        self.store.run(f"notify {CHANNEL}")


_COUNT = """
    update bucket set count = coalesce(found.count, 0), bytes = coalesce(found.bytes, 0),
        sum = mod(
            mod(coalesce(found.sum, 0), 18446744073709551616) + 18446744073709551616, 18446744073709551616)
    from bucket as each left join (
        select b.id, count(*) as count, sum(f.size) as bytes,
               sum(('x' || encode(f.hash, 'hex'))::bit(64)::bigint::numeric) as sum
        from bucket b join bucket_entry e on e.bucket = b.id and e.live
        join facet f on f.type = e.type and f.id = e.id
            and f.facet = coalesce(nullif(split_part(b.key, '#', 2), ''), 'base')
        group by b.id
    ) as found using (id)
    where bucket.id = each.id
"""


def _changed(events: Iterable[Event]) -> Iterable[Mapping[str, Any]]:
    for event in events:
        if event.type.endswith(".records_changed.v1"):
            yield from event.data.get("records", ())


def _position(source: Source) -> tuple[Any, ...]:
    return (
        source.service,
        source.epoch,
        source.seq,
        sorted(source.past_epochs),
        source.round,
        source.exporting,
    )
