"""`python -m services.local.demonstration ADDRESS`, which `make up` runs until it has succeeded once.

SALES_DEMO_PASSWORD    password of the demonstration's users
SALES_ERP_FOLDER       where the stand-in for the ERP reads its files
SALES_READY_FILE       made at the end
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import date, datetime
from pathlib import Path

from gateway.importing.errors import ImportStopped
from services.local.demonstration.seeding import Seeding, SeedingStopped
from services.local.folders import folders
from services.local.messages import say


def main(arguments: list[str]) -> int:
    """Seed the installation; 0 also if it was seeded before, 1 if something is missing."""
    begun = time.monotonic()
    state = _State(folders().local / "demonstration.json")
    if state.is_done:
        say("seeded before")
        return 0
    seeding = Seeding(
        address=arguments[0],
        password=os.environ["SALES_DEMO_PASSWORD"],
        erp_folder=Path(os.environ["SALES_ERP_FOLDER"]),
        today=state.begun_on,
        say=lambda line: say(f"{time.monotonic() - begun:5.1f} s  {line}"),
    )
    try:
        seeding.run()
    except (SeedingStopped, ImportStopped) as stopped:
        say(f"stopped: {stopped}")
        return 1
    for line in seeding.refused:
        say(f"refused: {line}")
    state.keep(done=True)
    say(f"the demonstration company is there after {time.monotonic() - begun:.0f} s")
    return 0


class _State:
    """When seeding began, because all dates count from that day, and whether it has come to its end."""

    def __init__(self, file: Path) -> None:
        self._file = file
        kept = json.loads(file.read_text()) if file.exists() else {}
        self.begun_on = date.fromisoformat(kept["begun_on"]) if kept else datetime.now().astimezone().date()
        self.is_done = bool(kept.get("done"))
        if not kept:
            self.keep(done=False)

    def keep(self, *, done: bool) -> None:
        """Write the file anew."""
        unfinished = self._file.with_suffix(".new")
        unfinished.write_text(json.dumps({"begun_on": self.begun_on.isoformat(), "done": done}))
        unfinished.replace(self._file)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
