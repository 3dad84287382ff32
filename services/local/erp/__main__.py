"""Run the stand-in until SIGTERM: `python -m services.local.erp [--again]`.

    SALES_AMQP_URL          the broker SALES_ERP_FOLDER        articles.csv, prices.csv, problems.txt,
    erp.sqlite; a sample catalogue if it is empty SALES_ERP_DELIVERY_S    seconds from an order to its
    delivery (20) SALES_READY_FILE        made once we are connected

`--again` tells all articles and prices once more, for an installation that was set up anew.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from services.local.erp.books import Books
from services.local.erp.broker import Broker
from services.local.erp.catalogue import Catalogue
from services.local.erp.clerk import Clerk

_PAUSE_S = 1.0


def say(text: str) -> None:
    """One line for the log."""
    print(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} erp: {text}", flush=True)


def main() -> None:
    """Connect, work, connect again, until told to stop."""
    stop = threading.Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    folder = Path(os.environ.get("SALES_ERP_FOLDER", ".local/erp"))
    catalogue = Catalogue(folder)
    if catalogue.make_sample():
        say(f"no catalogue in {folder}: a sample was put there")
    books = Books(folder / "erp.sqlite")
    if "--again" in sys.argv:
        books.forget_told()
    deliver_after_s = float(os.environ.get("SALES_ERP_DELIVERY_S", "20"))
    clerk = Clerk(books, article=catalogue.article, deliver_after_s=deliver_after_s)
    read_catalogue(catalogue, books)
    while not stop.is_set():
        work(stop, catalogue, books, clerk)
        stop.wait(_PAUSE_S)
    books.close()
    say("stopped")


def read_catalogue(catalogue: Catalogue, books: Books) -> None:
    """Read the files; say what is wrong in them."""
    count = catalogue.read(books)
    say(f"catalogue read: {len(catalogue.articles)} articles, {count} messages to send")
    for problem in catalogue.problems:
        say(problem)


def work(stop: threading.Event, catalogue: Catalogue, books: Books, clerk: Clerk) -> None:
    """Work on one connection until it breaks or we are told to stop."""
    broker = Broker(
        os.environ.get("SALES_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//"),
        books=books,
        clerk=clerk,
        say=say,
    )
    try:
        broker.open()
        be_ready()
        while not stop.is_set():
            broker.turn()
            for done in clerk.deliver_due():
                say(done)
            if catalogue.has_changed():
                read_catalogue(catalogue, books)
    except broker.errors as error:
        say(f"connection lost ({type(error).__name__}: {error}), trying again")
    finally:
        broker.close()


def be_ready() -> None:
    """Tell the supervisor that we work."""
    path = os.environ.get("SALES_READY_FILE")
    if path and not Path(path).exists():
        Path(path).touch()
        say("connected")


if __name__ == "__main__":
    main()
