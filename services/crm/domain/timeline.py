"""What of other records is worth a line of a party's timeline, and which lines follow from what was seen.

A record is known here by the versions that arrived, in any order and some of them twice. The lines are a
function of that set alone: the states that it passed through, as runs of versions, and what its newest
version says. So redelivered and reordered events end in the same timeline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that may happen. `what` names it for ever: it is part of the id of entries."""

    what: str
    #: Fields that say when, the first that is filled; else when the record changed.
    at: tuple[str, ...] = ()
    #: Field with the outcome or reason.
    detail: str = ""


def _state(values: Values) -> str:
    return str(values["state"])


@dataclass(frozen=True, slots=True)
class Above:
    """The record that gives another one its place: an offer its revisions, a mailbox its messages."""

    field: str
    entity: str
    #: It also gives the party and the beginning of the title, and is what the lines are about.
    is_subject: bool = True


@dataclass(frozen=True, slots=True)
class Source:
    """How records of one entity are told."""

    title: Callable[[Values], str] = lambda values: ""
    #: State -> what reaching it means; states without a line are passed over in silence.
    states: Mapping[str, Line] = field(default_factory=dict)
    #: Field -> what its being filled means.
    moments: Mapping[str, Line] = field(default_factory=dict)
    state: Callable[[Values], str] = _state
    #: Field with the party; "id" for parties themselves, "" where the record above gives it or there is none.
    party: str = "party_id"
    above: Above | None = None
    #: False: it does not hang under its party, so its lines are no more visible than itself.
    rooted: bool = True
    #: Field -> entity of the record that its lines are about, if the field is filled.
    about: Mapping[str, str] = field(default_factory=dict)

    def fields(self) -> set[str]:
        """Return the names of the fields that the lines read."""
        lines = [*self.states.values(), *self.moments.values()]
        return {*self.moments, *(name for line in lines for name in (*line.at, line.detail) if name)}


@dataclass(frozen=True, slots=True)
class Run:
    """Versions without a gap, all of them known, in one state."""

    first: int
    last: int
    state: str
    #: When its first version was written, and by whom.
    since: str
    by: str
    #: Outcome or reason, as the last of them says that gives one.
    detail: str = ""


def with_version(runs: Sequence[Run], seen: Run) -> list[Run]:
    """Return the runs with one more version (a run of length one); a known version changes nothing."""
    if any(run.first <= seen.first <= run.last for run in runs):
        return list(runs)
    found: list[Run] = []
    for run in sorted((*runs, seen), key=lambda run: run.first):
        before = found[-1] if found else None
        if before is not None and (before.last + 1, before.state) == (run.first, run.state):
            found[-1] = replace(before, last=run.last, detail=run.detail or before.detail)
        else:
            found.append(run)
    return found


def runs_before(runs: Sequence[Run], version: int) -> list[Run]:
    """Return what is certain of a record whose owner was restored and tells `version` of it: the versions
    before that are those that the backup had; what came after may never have been.
    """
    kept = [run for run in runs if run.first < version]
    return [replace(run, last=min(run.last, version - 1)) for run in kept]


def _passages(runs: Sequence[Run]) -> Iterator[Run]:
    """Yield the runs that begin in another state than the one before them ended in."""
    state = ""
    for run in runs:
        if run.state != state:
            yield run
        state = run.state


@dataclass(frozen=True, slots=True)
class Told:
    """One entry, as far as its own source says: what, for the how manyeth time, when, by whom."""

    what: str
    number: int
    at: str
    by: str
    detail: str


def told(source: Source, runs: Sequence[Run], values: Values) -> Iterator[Told]:
    """Return the lines of a record: one for each time that it reached a state and each moment that is set.

    `values` are those of its newest version.
    """
    times: dict[str, int] = {}
    for run in _passages(runs):
        line = source.states.get(run.state)
        if line is None:
            continue
        times[line.what] = times.get(line.what, 0) + 1
        # What the newest version says is about the state that it is in; each earlier one had its own.
        is_last = run.last == runs[-1].last
        detail = run.detail or (str(values.get(line.detail) or "") if is_last else "")
        yield _told(line, times[line.what], run, values, detail)
    for name, line in source.moments.items():
        if values.get(name) and runs:
            # A moment is never taken back; who set it is not always who wrote the version that shows it.
            yield _told(line, 1, replace(runs[-1], by=""), values, str(values.get(line.detail) or ""))


def _told(line: Line, number: int, run: Run, values: Values, detail: str) -> Told:
    at = next((str(values[name]) for name in line.at if values.get(name)), run.since)
    moment = at if "T" in at else f"{at}T00:00:00Z"
    return Told(line.what, number, moment, run.by, detail)
