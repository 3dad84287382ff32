"""`make soak`: the random proofs of synchronisation and of the configurator, many times longer.

`SALES_SOAK` says how many (20).
"""

from __future__ import annotations

import os
import subprocess
import sys

RANDOM = (
    "-n",
    "2",
    "tests/device/test_invariants.py",
    "tests/sync/test_random_histories.py",
    "tests/offers/configurator/test_against_brute_force.py",
)
#: Whole systems are killed: one at a time.
FAULTS = ("tests/faults",)


def main() -> int:
    """Run the proofs; the first exit code of pytest that is not 0."""
    environment = {"SALES_SOAK": "20"} | os.environ
    codes = [
        subprocess.run(
            [sys.executable, "-m", "pytest", "--timeout", "0", *proofs], env=environment, check=False
        ).returncode
        for proofs in (RANDOM, FAULTS)
    ]
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main())
