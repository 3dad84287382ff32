"""Cycles of objects are looked for rarely, and not among what lasts as long as the process.

Python looks after every 700 containers that were made, and a transaction of 900 records makes tens of
thousands, none of them in cycles: a fifth of the processor time of an import in the CRM's api (4,000 parties,
0.84 and 0.61 ms each, 2026-11-30). What was imported until a process serves is never looked at again.
"""

from __future__ import annotations

import gc
from typing import Final

#: Containers made until the youngest are looked at; times that they are until the next older ones are, too.
#: The youngest are a few MB then.
_THRESHOLDS: Final = (20_000, 20, 50)


def collect_rarely() -> None:
    """Call it once, when everything is imported and the process begins to serve."""
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
