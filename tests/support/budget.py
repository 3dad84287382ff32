"""How much time proofs may take: once in `make test`, many times as much in `make soak`."""

from __future__ import annotations

import os

#: Random histories per proof, as a multiple of what `make test` runs.
FACTOR = max(1, int(os.environ.get("SALES_SOAK", "1")))
