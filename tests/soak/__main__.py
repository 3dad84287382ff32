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
#: What `make test` asks with the same values each time.
PROPERTIES = (
    "-n",
    "2",
    *(
        f"tests/{part}"
        for part in ("kit", "crm/unit", "offers/unit", "aftersales/unit", "mail/unit", "exporting")
    ),
)
#: Whole systems are killed: one at a time.
FAULTS = ("tests/faults",)


def main() -> int:
    """Run the proofs; the first exit code of pytest that is not 0."""
    environment = {"SALES_SOAK": "20"} | os.environ
    codes = [
        subprocess.run(
            [sys.executable, "-m", "pytest", "--timeout", "0", "--hypothesis-profile", "chance", *proofs],
            env=environment,
            check=False,
        ).returncode
        for proofs in (RANDOM, PROPERTIES, FAULTS)
    ]
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(main())
