"""Ours beside the bare path, in turns: what the machine does meanwhile happens to both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.bench.support.bench import Bench
from tests.bench.support.effort import Effort, effort_of_bare, effort_of_system
from tests.bench.support.figures import Figure, Goal, Repeated, percentile
from tests.bench.support.load import Played

_WARM_UP_S = 0.5
#: After this the rest of the backlog is reported, not waited for.
_DRAIN_LIMIT_S = 60.0
_OURS, _BARE = "ours", "bare"

Goals = Mapping[int, Sequence[Goal]]
"""Goals by number of clients."""


@dataclass(frozen=True, slots=True)
class Requests:
    """What is asked of one side; `again`: it changes nothing and may be asked any number of times."""

    requests: Sequence[bytes]
    again: bool = False


@dataclass(frozen=True, slots=True)
class Rivals:
    """One thing done by both sides."""

    name: str
    #: Called for each number of clients: requests carry a token, which ages.
    ours: Callable[[], Requests]
    bare: Callable[[], Requests]
    goals: Goals
    #: Events follow from it, and have to be handled.
    writes: bool = False


@dataclass(slots=True)
class _Side:
    effort: Effort
    played: list[Played] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return sum(len(each.taken_s) for each in self.played)

    @property
    def per_s(self) -> list[float]:
        return [each.per_s for each in self.played]

    @property
    def ordered_ms(self) -> list[float]:
        return sorted(taken * 1000 for each in self.played for taken in each.taken_s)

    @property
    def p50s(self) -> list[float]:
        return [percentile(sorted(each.taken_s), 50) * 1000 for each in self.played]


def compare(bench: Bench, rivals: Rivals) -> list[Figure]:
    """Measure both sides with each number of clients."""
    return [_compare(bench, rivals, clients) for clients in bench.options.clients]


def _compare(bench: Bench, rivals: Rivals, clients: int) -> Figure:
    generator = bench.generator
    prepared = ((_OURS, bench.system.port, rivals.ours()), (_BARE, bench.bare.port, rivals.bare()))
    for side, port, asked in prepared:
        generator.prepare(side, port, asked.requests, again=asked.again)
        generator.play(side, clients=clients, seconds=_WARM_UP_S)
    _, left = _drained(bench, rivals)
    sides = {
        _OURS: _Side(effort_of_system(bench.system)),
        _BARE: _Side(effort_of_bare(bench.system, bench.bare.pids)),
    }
    drain_s = 0.0
    for _ in range(bench.options.rounds):
        for side, played in sides.items():
            played.effort.start()
            run = generator.play(side, clients=clients, seconds=bench.options.seconds / bench.options.rounds)
            if not run.taken_s:
                raise RuntimeError(f"{rivals.name}: no requests left, prepare more")
            played.played.append(run)
            if side == _OURS:
                taken_s, left = _drained(bench, rivals)
                drain_s += taken_s
            played.effort.stop()
    return _figure(rivals, clients, sides, drain_s, left)


def _drained(bench: Bench, rivals: Rivals) -> tuple[float, int]:
    """Let the pipeline finish: the bare side shall not pay for our events."""
    if not rivals.writes:
        return 0.0, 0
    drained = bench.backlog.drain(within_s=_DRAIN_LIMIT_S)
    return drained.seconds, drained.left


def _figure(rivals: Rivals, clients: int, sides: Mapping[str, _Side], drain_s: float, left: int) -> Figure:
    ours, bare = sides[_OURS], sides[_BARE]
    rate, p50 = Repeated(ours.per_s), Repeated(ours.p50s)
    percent = Repeated([100 * a / b for a, b in zip(ours.per_s, bare.per_s, strict=True)])
    ordered, bare_ordered = ours.ordered_ms, bare.ordered_ms
    values = {
        "p50_ms": percentile(ordered, 50),
        "p95_ms": percentile(ordered, 95),
        "p99_ms": percentile(ordered, 99),
        "per_s": rate.median,
        "bare_p50_ms": percentile(bare_ordered, 50),
        "bare_p99_ms": percentile(bare_ordered, 99),
        "bare_per_s": Repeated(bare.per_s).median,
        "percent_of_bare": percent.median,
        "cpu_ms": ours.effort.ms_each(ours.requests),
        "bare_cpu_ms": bare.effort.ms_each(bare.requests),
    }
    spread = {
        "p50_ms": p50.spread,
        "per_s": rate.spread,
        "bare_per_s": Repeated(bare.per_s).spread,
        "percent_of_bare": percent.spread,
    }
    goals = list(rivals.goals.get(clients, ()))
    if rivals.writes:
        values["drain_s"] = drain_s
        goals.append(Goal("drain_s", 10))
    failed = sum(each.failed for each in ours.played)
    notes = [f"CPU ms a request: {ours.effort.by_process(ours.requests)}"]
    notes += [f"{failed} requests failed"] if failed else []
    notes += [f"{left} events were left after {_DRAIN_LIMIT_S:.0f} s"] if left else []
    return Figure(
        f"{rivals.name}, {clients} client{'s' if clients > 1 else ''}",
        values,
        spread,
        goals,
        "; ".join(notes),
    )
