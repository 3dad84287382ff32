"""`python -m services.local.mail [run | smtp | set-up URL | reply]`: see the package.

run       Dovecot and the SMTP server, until Ctrl-C (the default)
smtp      the SMTP server alone, for a supervisor
set-up    mailboxes for the demonstration's sellers, at the interface of this address
reply     answer as the customer
"""

import argparse
import os
import signal
import sys
import threading
import time
from pathlib import Path

import httpx

from services.local.chosen_ports import ChosenPorts
from services.local.folders import Folders, folders
from services.local.mail import customer, place
from services.local.mail.set_up import set_up
from services.local.mail.smtp import Deliver, server
from services.local.messages import CannotContinue, say
from services.local.ports import answers


def main() -> None:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(prog="python -m services.local.mail")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("run", help="run both servers until Ctrl-C")
    commands.add_parser("smtp", help="run the SMTP server alone")
    commands.add_parser("set-up", help="make the demonstration's mailboxes").add_argument("url")
    reply = commands.add_parser("reply", help="answer the newest message of an address as its owner")
    reply.add_argument("address", help="the customer's address")
    reply.add_argument("--text", default=customer.TEXT)
    reply.add_argument("--to", default="", help="write to this address instead of the reply address")
    reply.add_argument("--no-thread", action="store_true", help="leave In-Reply-To and References out")
    asked = parser.parse_args()
    try:
        _run(asked)
    except CannotContinue as problem:
        sys.exit(str(problem))
    except httpx.HTTPError as error:
        sys.exit(f"The interface refuses: {error}")


def _run(asked: argparse.Namespace) -> None:
    where = folders()
    if asked.command == "smtp":
        serve_smtp(place.read(where))
    elif asked.command == "set-up":
        set_up(place.read(where), address=asked.url)
    elif asked.command == "reply":
        _reply(place.read(where), asked)
    else:
        _both(where)


def serve_smtp(servers: place.MailServers) -> None:
    """Serve until SIGTERM or SIGINT."""
    controller = server(servers.smtp_port, Deliver(servers.office), password=servers.password)
    controller.start()
    ready = os.environ.get("SALES_READY_FILE")
    if ready:
        Path(ready).touch()
    say(f"SMTP on port {servers.smtp_port}; every message stays on this machine.")
    _until_told()
    controller.stop()


def _both(where: Folders) -> None:
    where.make()
    ports = ChosenPorts(where.run / "mail-ports.json")
    servers, node = place.prepare(where, ports)
    ports.keep()
    process = node.process()
    child = process.start(where.log / "dovecot.log")
    try:
        deadline = time.monotonic() + 20
        while not answers(servers.imap_port):
            if child.poll() is not None or time.monotonic() > deadline:
                raise CannotContinue("Dovecot does not start.", f"Its log is {where.log / 'dovecot.log'}.")
            time.sleep(0.05)
        say(f"IMAP on port {servers.imap_port}, any address, password {servers.password}")
        serve_smtp(servers)
    finally:
        child.terminate()
        child.wait()
        process.after_stop()


def _reply(servers: place.MailServers, asked: argparse.Namespace) -> None:
    received = customer.newest_received(servers, asked.address)
    answer = customer.reply_to(
        received, address=asked.address, text=asked.text, to=asked.to, threaded=not asked.no_thread
    )
    customer.send(servers, answer, sender=asked.address, recipients=[str(answer["To"])])
    say(f'{asked.address} answered "{received["Subject"]}" to {answer["To"]}')


def _until_told() -> None:
    """Wait for SIGTERM or SIGINT."""
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: told.set())
    told.wait()


if __name__ == "__main__":
    main()
