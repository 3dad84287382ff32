"""Answers a file of questions with the kernel: the same script in CPython and in Pyodide, compared byte for
byte.

The questions are JSON: {"calls": [[name, request], ...], "spreads": [{"amount", "weights"}, ...]}. The
answers are one line each: those of `calls.call`, then the shares of every spread.
"""

from __future__ import annotations

import json
from decimal import Decimal

from services.offers.domain.allocation import allocate
from services.offers.domain.calls import call


def main(questions: str) -> str:
    """The answers, one line each."""
    asked = json.loads(questions)
    lines = [call(name, request) for name, request in asked["calls"]]
    for row in asked["spreads"]:
        shares = allocate(Decimal(row["amount"]), [Decimal(weight) for weight in row["weights"]])
        lines.append(json.dumps([str(share) for share in shares]))
    return "\n".join(lines)
