"""A sequencer that is killed once it has committed events, before the broker hears of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping

from services.sync.sequencer import ledger, process
from services.sync.sequencer.source import Source


class Doomed(ledger.Ledger):
    """Lives for one commit of events."""

    def commit(self, work: ledger.Work, sources: Mapping[str, Source]) -> None:
        super().commit(work, sources)
        if work.events:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    # The name by which a sequencer that leads makes its ledger.
    setattr(process, "Ledger", Doomed)  # noqa: B010
    process.run()
