"""`make soak`: the random proofs of synchronisation, many times longer. `SALES_SOAK` says how many (20)."""

from __future__ import annotations

import os
import subprocess
import sys

PROOFS = ("tests/device/test_invariants.py", "tests/sync/test_random_histories.py")


def main() -> int:
    """Run the proofs; pytest's own exit code."""
    environment = {"SALES_SOAK": "20"} | os.environ
    command = [sys.executable, "-m", "pytest", "-n", "2", "--timeout", "0", *PROOFS]
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
