"""A process for the supervisor's tests: says when it starts and stops, and misbehaves on demand.

    fake_process.py JOURNAL NAME [deaf] [parent] [dies=N]

`deaf` ignores SIGTERM, `parent` starts a child, `dies=N` fails at the first N starts.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

JOURNAL, NAME, *HABITS = sys.argv[1:]


def note(what: str) -> int:
    """Write it down; how often it was written by now."""
    with Path(JOURNAL).open("a") as journal:
        journal.write(f"{NAME} {what}\n")
    return Path(JOURNAL).read_text().splitlines().count(f"{NAME} {what}")


def main() -> None:
    stopped: list[int] = []
    # Before it says that it has started: whoever reads that may stop it at once.
    signal.signal(signal.SIGTERM, lambda number, frame: None if "deaf" in HABITS else stopped.append(number))
    starts = note("started")
    deaths = next((int(habit.removeprefix("dies=")) for habit in HABITS if habit.startswith("dies=")), 0)
    if starts <= deaths:
        print(f"cannot do it, {starts}. time", flush=True)
        sys.exit(3)
    if "parent" in HABITS:
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    Path(os.environ["SALES_READY_FILE"]).touch()
    while not stopped:
        time.sleep(0.02)
    note("stopped")


if __name__ == "__main__":
    main()
