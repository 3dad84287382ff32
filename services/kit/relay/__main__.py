"""Run the relay until SIGTERM or SIGINT."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType

from services.kit import telemetry
from services.kit.config import settings
from services.kit.garbage import collect_rarely
from services.kit.relay.service_relay import ServiceRelay
from services.kit.subscriptions import manifest


def main(arguments: list[str]) -> None:
    """Relay the services named in the environment, each in a thread of its own."""
    chosen = settings()
    databases = {arguments[0]: chosen.database_url} if arguments else dict(chosen.database_urls)
    if not databases:
        raise SystemExit(
            "Nothing to relay: set SALES_DATABASE_URLS, or SALES_DATABASE_URL and name a service."
        )
    run(databases)


def run(databases: dict[str, str]) -> None:
    """Relay these services (name -> database) until SIGTERM or SIGINT."""
    chosen = settings()
    telemetry.start(next(iter(databases)) if len(databases) == 1 else "all", "relay", sql=False)
    stop = threading.Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    relays = [
        ServiceRelay(service, database_url=url, amqp_url=chosen.amqp_url, subscriptions=manifest(), stop=stop)
        for service, url in databases.items()
    ]
    threads = [threading.Thread(target=relay.run, name=f"relay-{relay.service}") for relay in relays]
    for thread in threads:
        thread.start()
    for relay in relays:
        while not (relay.works.wait(0.2) or stop.is_set()):
            pass
    if not stop.is_set():
        collect_rarely()
        telemetry.ready(chosen)
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(sys.argv[1:])
