"""`make check`: everything that can be said about the code without running it.

All steps run, so that one reading shows all that is wrong; the report at the end names what failed.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYTHON_FOLDERS = ("services", "gateway", "tests")


@dataclass(frozen=True, slots=True)
class Step:
    """One program to run; skipped while what it needs does not exist."""

    name: str
    command: tuple[str, ...]
    needs: str = ""
    folder: str = ""


STEPS = (
    Step("style", ("ruff", "check", "--quiet")),
    Step("format", ("ruff", "format", "--check", "--quiet")),
    Step("types", ("mypy", "services", "gateway", "k8s", "tests/support", "tests/conftest.py")),
    Step("walls between packages", ("lint-imports",)),
    Step("dependencies", ("deptry", ".", "--config", "requirements/deptry.toml")),
    Step("contracts and generated code", ("bash", "protos/check.sh"), needs="protos/check.sh"),
    # Its packages are there where Node is new enough.
    Step(
        "web client",
        ("npm", "run", "--silent", "check"),
        needs="gateway/web/node_modules/.lock-digest",
        folder="gateway/web",
    ),
)


def main() -> int:
    """Run all steps; the number of those that failed."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'protos/gen/py'}"}
    failed = [step.name for step in STEPS if not _passes(step, environment)]
    print(f"check: {', '.join(failed)} FAILED" if failed else "check: all passed", flush=True)
    return len(failed)


def _passes(step: Step, environment: dict[str, str]) -> bool:
    if step.needs and not (ROOT / step.needs).exists():
        return True
    begun = time.monotonic()
    done = subprocess.run(
        step.command,
        cwd=ROOT / step.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    passed = done.returncode == 0
    print(f"check: {step.name:<30} {'passed' if passed else 'FAILED'} in {time.monotonic() - begun:.1f} s")
    if not passed:
        print(done.stdout, flush=True)
    return passed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
