"""Fake processes that write a journal."""

import sys
from dataclasses import dataclass
from pathlib import Path

from services.local.process import Process

SCRIPT = Path(__file__).with_name("fake_process.py")


@dataclass(frozen=True, slots=True)
class Fakes:
    """Makes fake processes that write into one journal."""

    folder: Path

    @property
    def journal(self) -> Path:
        return self.folder / "journal"

    def make(
        self,
        name: str,
        *habits: str,
        needs: tuple[str, ...] = (),
        stop_timeout_s: float = 30.0,
        essential: bool = False,
    ) -> Process:
        ready_file = self.folder / f"{name}.ready"
        return Process(
            name=name,
            command=(sys.executable, "-I", "-S", str(SCRIPT), str(self.journal), name, *habits),
            environment={"SALES_READY_FILE": str(ready_file), "FAKE_OF": str(self.folder)},
            is_ready=ready_file.exists,
            before_start=lambda: ready_file.unlink(missing_ok=True),
            needs=frozenset(needs),
            stop_timeout_s=stop_timeout_s,
            essential=essential,
        )

    def step(self, name: str, code: str, *, needs: tuple[str, ...] = (), essential: bool = False) -> Process:
        return Process(
            name=name,
            command=(sys.executable, "-I", "-S", "-c", code),
            environment={"FAKE_OF": str(self.folder)},
            needs=frozenset(needs),
            lasting=False,
            essential=essential,
        )

    def notes(self) -> list[str]:
        return self.journal.read_text().splitlines() if self.journal.exists() else []
