"""What is where in `.local/`."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of one installation. Everything that it keeps is below `local`, or recorded there."""

    local: Path

    @property
    def run(self) -> Path:
        """Pids, ports and state; worthless once nothing runs."""
        return self.local / "run"

    @property
    def log(self) -> Path:
        return self.local / "log"

    @property
    def secrets(self) -> Path:
        return self.local / "secrets"

    @property
    def erp(self) -> Path:
        """Where the stand-in for the ERP finds its CSV files."""
        return self.local / "erp"

    @property
    def blobs(self) -> Path:
        """Contents kept by their hash: raw messages, attachments."""
        return self.local / "blobs"

    @property
    def rabbitmq(self) -> Path:
        return self.local / "rabbitmq"

    def make(self) -> None:
        # PostgreSQL's own account passes through, so this one is open; secrets have a closed one.
        self.local.mkdir(mode=0o755, parents=True, exist_ok=True)
        for folder in (self.run, self.log, self.erp):
            folder.mkdir(exist_ok=True)
        self.secrets.mkdir(mode=0o700, exist_ok=True)


def folders() -> Folders:
    """Those of this checkout; `SALES_LOCAL` names another folder, for a second installation beside it."""
    return Folders(Path(os.environ.get("SALES_LOCAL") or ROOT / ".local").absolute())
