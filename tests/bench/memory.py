"""Memory: everything that `make up` runs, as PSS: what is shared counts once, divided by its users.

Measured last, on a system that has worked. A process counts with its children.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.support.bench import Bench
from tests.bench.support.family import family, pss_mb
from tests.bench.support.figures import Figure

POSITION = 90


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure each process of the installation, and all of them."""
    total = 0.0
    count = 0
    for name, pids in sorted(family(bench.system).items()):
        pss = sum(pss_mb(pid) for pid in pids)
        total += pss
        count += len(pids)
        yield Figure(name, {"pss_mb": pss, "processes": len(pids)})
    yield Figure("everything", {"pss_mb": total, "processes": count})
