"""The role `sequencer`: stand by, lead, and begin again whenever something breaks."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType
from typing import Final

import psycopg

from services.kit import telemetry
from services.kit.config import Settings, settings
from services.kit.garbage import collect_rarely
from services.kit.pace import Pace
from services.kit.telemetry.logs import get_logger
from services.sync.sequencer import metrics
from services.sync.sequencer.inflow import BATCH, LOST, Inflow, subscriptions
from services.sync.sequencer.ledger import Ledger
from services.sync.sequencer.owners import Owners
from services.sync.sequencer.sequencer import Sequencer
from services.sync.storage.store import Fenced, Store

_log = get_logger(__name__)

#: Any two numbers, the same in every sequencer.
_LOCK: Final = (1_396_788_293, 2)
_STANDBY_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 5.0
#: Between the beginnings of two commits that are not full.
_PACE_S: Final = 0.05


def run() -> None:
    """Sequence until SIGTERM or SIGINT."""
    chosen = settings()
    telemetry.start("sync", "sequencer", sql=False)
    collect_rarely()
    stop = threading.Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    owners = Owners(chosen.grpc_targets)
    pause_s = 0.1
    while not stop.is_set():
        begun = time.monotonic()
        try:
            lead(chosen, owners, stop)
        except (psycopg.Error, Fenced, *LOST) as error:
            _log.warning("begin again", exc_info=error)
        except Exception as error:  # noqa: BLE001  # a mistake of ours: the same way out, and an alarm
            _log.error("begin again", exc_info=error)
        metrics.leads.set(0)
        pause_s = 0.1 if time.monotonic() - begun > _LONGEST_PAUSE_S else min(pause_s * 2, _LONGEST_PAUSE_S)
        stop.wait(pause_s)


def lead(chosen: Settings, owners: Owners, stop: threading.Event) -> None:
    """Wait for the lead, then work until stopped or something breaks."""
    store = Store(chosen.database_url)
    try:
        telemetry.ready(chosen)
        while not store.rows("select pg_try_advisory_lock(%s, %s) as held", _LOCK)[0].held:
            if stop.wait(_STANDBY_S):
                return
        _log.info("leading")
        ledger = Ledger(store)
        sequencer = Sequencer(ledger, owners, [entry.publisher for entry in subscriptions()])
        metrics.leads.set(1)
        inflow = Inflow(chosen.amqp_url)
        try:
            pace = Pace(_PACE_S)
            while not stop.is_set():
                received = inflow.collect()
                if received:
                    pace.begin()
                sequencer.step(received)
                if 0 < len(received) < BATCH:
                    stop.wait(pace.pause_s())
            inflow.settle()
        finally:
            sequencer.close()
            inflow.drop()
    finally:
        store.close()
