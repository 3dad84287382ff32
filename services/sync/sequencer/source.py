"""The events of one owner, in the order of their numbers: doubles, overtaking, gaps, parts of transactions.

Knows neither broker nor database; times come from the caller.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from services.kit.envelope import HEARTBEAT, Event

#: An event that is missing may still be on its way for this long.
PATIENCE_S: Final = 5.0
#: More than these are not held back for one that is missing.
MOST_WAITING: Final = 5_000

Done = Callable[[], None]
"""Tells the broker that an event's effect is committed."""


@dataclass(slots=True)
class Received:
    """An event and its acknowledgement; those that were fetched from the owner need none."""

    event: Event
    done: Done = lambda: None


@dataclass(slots=True)
class Source:
    """Where one owner's stream stands. `seq` None: not known, events are applied as they come."""

    service: str
    epoch: str = ""
    seq: int | None = None
    past_epochs: set[str] = field(default_factory=set)
    #: Number of the export that confirms its rows.
    round: int = 0
    exporting: bool = True
    #: Something about the position has to be written with the next commit.
    is_changed: bool = False
    #: A heartbeat has shown a number below ours: the database was perhaps copied back.
    is_suspect: bool = False
    _waiting: dict[int, list[Received]] = field(default_factory=dict)
    _ready: list[Received] = field(default_factory=list)
    _doubles: list[Received] = field(default_factory=list)
    #: Highest number that the owner has spoken of.
    _known: int = 0
    _gap_since: float | None = None

    @property
    def waiting(self) -> int:
        """How many numbers are held back."""
        return len(self._waiting)

    def take(self, received: Received) -> None:
        """Take an event or a heartbeat."""
        event = received.event
        if event.epoch in self.past_epochs:
            self._doubles.append(received)
            return
        if event.epoch != self.epoch:
            self._enter(event.epoch)
        if event.type.endswith(f".{HEARTBEAT}.v1"):
            self._hear(event.stream_seq)
            self._doubles.append(received)
        elif self.seq is None:
            self._ready.append(received)
        elif event.stream_seq <= self.seq:
            self._doubles.append(received)
        else:
            self._known = max(self._known, event.stream_seq)
            self._waiting.setdefault(event.stream_seq, []).append(received)

    def _hear(self, last_seq: int) -> None:
        if self.seq is None and not self.exporting:
            # An export that found nothing leaves the position open: from the beginning, then.
            self.seq = 0
        if self.seq is not None and last_seq < self.seq:
            self.is_suspect = True
        self._known = max(self._known, last_seq)

    def _enter(self, epoch: str) -> None:
        """Begin an epoch; any but the first means that the owner's database is another one now."""
        if self.epoch:
            self.past_epochs.add(self.epoch)
            self.begin_export()
        self.epoch = epoch
        self.is_changed = True

    def begin_export(self) -> None:
        """Forget the position: the owner's rows are read anew, and replaced whatever their version."""
        self._ready += [each for number in sorted(self._waiting) for each in self._waiting[number]]
        self._waiting.clear()
        self._gap_since = None
        self._known = 0
        self.seq = None
        self.round += 1
        self.exporting = True
        self.is_suspect = False
        self.is_changed = True

    def stands_at(self, epoch: str, seq: int) -> None:
        """Learn the position from the first page of an export."""
        if self.seq is None:
            self.epoch, self.seq = epoch, seq
            self.is_changed = True

    def doubles(self) -> list[Received]:
        """Return what needs no effect any more; only the changes that it names are noted as seen."""
        found, self._doubles = self._doubles, []
        return found

    def run(self, now_s: float) -> list[Received]:
        """Return the next events in order, and move the position; never a part of a transaction alone."""
        found, self._ready = self._ready, []
        if self.seq is None:
            return found
        last = self.seq
        while last + 1 in self._waiting:
            last += 1
        while last > self.seq and self._is_open(self._waiting[last][0].event):
            last -= 1
        for number in range(self.seq + 1, last + 1):
            found += self._waiting.pop(number)
        if last > self.seq:
            self.seq, self._gap_since, self.is_changed = last, None, True
        for number in [number for number in self._waiting if number <= self.seq]:
            self._doubles += self._waiting.pop(number)
        if self._known <= self.seq:
            self._gap_since = None
        elif self._gap_since is None:
            self._gap_since = now_s
        return found

    def _is_open(self, event: Event) -> bool:
        return event.part < event.parts

    def gap(self, now_s: float) -> tuple[int, int] | None:
        """Return the first and the last number to fetch, if it is time to."""
        if self.seq is None or self._gap_since is None:
            return None
        if now_s - self._gap_since < PATIENCE_S and len(self._waiting) < MOST_WAITING:
            return None
        first = self.seq + 1
        while first in self._waiting:
            first += 1
        later = [number for number in self._waiting if number > first]
        return first, (min(later) - 1 if later else max(first, self._known))

    def postpone(self, now_s: float, delay_s: float) -> None:
        """The gap was asked for: not again before `delay_s`."""
        self._gap_since = now_s + delay_s - PATIENCE_S
