"""`python -m tests.bench [NAME...]`, which `make bench` calls."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.support import machine
from tests.bench.support.bench import Bench, Options
from tests.bench.support.figures import Figure
from tests.bench.support.loading import Size
from tests.bench.support.registry import Benchmark, benchmarks, names
from tests.bench.support.table import table, verdicts

_REPORTS = Path(__file__).parents[2] / ".local" / "bench"


def main(arguments: list[str]) -> int:
    """Measure, print and keep; 1 if something could not be measured."""
    asked = _parser().parse_args(arguments)
    chosen = benchmarks(asked.names)
    size = Size(parties=asked.parties, articles=asked.articles, offers=asked.offers)
    bench = Bench(Options(seconds=asked.seconds, rounds=asked.rounds, size=size, small=asked.small))
    report: dict[str, object] = {
        "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine.facts(),
        "load_average_before": machine.load_average(),
        "options": {"seconds": asked.seconds, "rounds": asked.rounds, "small": asked.small},
    }
    figures: dict[str, list[Figure]] = {}
    failures: dict[str, str] = {}
    # A benchmark that is told to go takes its servers with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    try:
        for each in chosen:
            _measure(each, bench, figures, failures)
    finally:
        bench.close()
    report |= {
        "load_average_after": machine.load_average(),
        "system": bench.facts,
        "figures": {name: [figure.as_json() for figure in found] for name, found in figures.items()},
        "failures": failures,
    }
    print(verdicts(figures))
    print(f"\nkept in {_keep(report)}")
    for name, why in failures.items():
        print(f"{name} could not be measured: {why}", file=sys.stderr)
    return 1 if failures else 0


def _measure(
    benchmark: Benchmark, bench: Bench, figures: dict[str, list[Figure]], failures: dict[str, str]
) -> None:
    """Let one benchmark run; what goes wrong in it is no reason not to run the others."""
    print(f"{benchmark.name} ...", flush=True)
    found = figures.setdefault(benchmark.name, [])
    try:
        found.extend(benchmark.measure(bench))
    except Exception as error:  # noqa: BLE001  # reported, and told by the exit code
        traceback.print_exc()
        failures[benchmark.name] = f"{type(error).__name__}: {error}"[:500]
    if found:
        print(table(benchmark.title, found), flush=True)


def _keep(report: dict[str, object]) -> str:
    _REPORTS.mkdir(parents=True, exist_ok=True)
    file = _REPORTS / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    file.write_text(json.dumps(report, indent=1))
    return str(file.relative_to(_REPORTS.parents[1]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench", description="Measure the system on this machine.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(names())}")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each load of each figure")
    parser.add_argument("--rounds", type=int, default=5, help="into which they are cut, in turns with bare")
    parser.add_argument("--small", action="store_true", help="sync: 10,000 and 100,000 records")
    size = Size()
    parser.add_argument("--parties", type=int, default=size.parties)
    parser.add_argument("--articles", type=int, default=size.articles)
    parser.add_argument("--offers", type=int, default=size.offers)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
