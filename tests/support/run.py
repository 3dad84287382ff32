"""`make test`: the checks, then all tests. Those that measure or break whole systems run alone, at the end.

The last line adds the runs up in pytest's own words.
"""

import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.support import check

ROOT = Path(__file__).parents[2]
ALONE = "e2e or faults"
# Tests differ in length by a thousand: whoever has finished takes over what the other has not begun.
PARALLEL = ("-n", "2", "--dist", "worksteal", "--durations", "10", "-m", f"not ({ALONE})")
SEQUENTIAL = ("--durations", "10", "-m", ALONE)
ALL_PASSED, NONE_COLLECTED = 0, 5


def main() -> int:
    """0 if everything passed."""
    signal.signal(signal.SIGTERM, _interrupt)
    begun = time.monotonic()
    checks_failed = check.main()
    totals: Counter[str] = Counter()
    codes = [_pytest(options, totals) for options in (PARALLEL, SEQUENTIAL)]
    passed = not checks_failed and set(codes) <= {ALL_PASSED, NONE_COLLECTED} and totals["passed"] > 0
    if checks_failed:
        print("make check failed: see above.")
    print(f"===== {_in_words(totals)} in {time.monotonic() - begun:.2f}s =====", flush=True)
    return 0 if passed else 1


def _pytest(options: Sequence[str], totals: Counter[str]) -> int:
    """Run pytest, show its output as it comes, add its closing line to `totals`."""
    command = [sys.executable, "-m", "pytest", *options]
    print(f"\n$ pytest {' '.join(options)}", flush=True)
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as run:
        assert run.stdout is not None
        try:
            closing = _show(run.stdout)
        except KeyboardInterrupt:
            # pytest then ends its servers and workers.
            run.send_signal(signal.SIGINT)
            _show(run.stdout)
            sys.exit(130)
    for count, what in re.findall(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)", closing):
        totals[what.removesuffix("s") if what == "errors" else what] += int(count)
    return run.returncode


def _show(lines: Iterable[str]) -> str:
    """Pass pytest's output on; its closing line."""
    closing = ""
    for line in lines:
        sys.stdout.write(line)
        sys.stdout.flush()
        if re.fullmatch(r"=* ?(no tests ran|\d+ \w+.*) in [\d.]+s.*", line.strip()):
            closing = line
    return closing


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _in_words(totals: Counter[str]) -> str:
    order = ("failed", "error", "passed", "skipped", "xfailed", "xpassed")
    return ", ".join(f"{totals[what]} {what}" for what in order if totals[what]) or "no tests ran"


if __name__ == "__main__":
    sys.exit(main())
