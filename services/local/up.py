"""`make up`: the whole system on one machine, until Ctrl-C."""

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence

from services.local.chosen_ports import ChosenPorts
from services.local.connections import Connections
from services.local.folders import Folders
from services.local.leftovers import end_leftovers
from services.local.listener import listener_of
from services.local.messages import CannotContinue, say
from services.local.only_one import only_one
from services.local.passwords import kept
from services.local.ports import LOOPBACK, is_free
from services.local.process import Process
from services.local.processes import Surroundings, declared
from services.local.servers import name_system_servers, prepare_servers
from services.local.supervisor import Supervisor

DEMO_USERS = ("sales.north", "sales.south", "sales.manager", "service.tech", "admin")


def up(folders: Folders, *, declare: Callable[[Surroundings], Sequence[Process]] = declared) -> None:
    """Start everything and stay until a signal says stop; then nothing of it is left.

    Raises:
        CannotContinue: something that only the person can change.
    """
    begun = time.monotonic()
    _on_stop_signals(_leave)
    folders.make()
    with only_one(folders):
        end_leftovers(folders)
        name_system_servers()
        http_port = _http_port()
        ports = ChosenPorts(folders.run / "ports.json")
        servers = prepare_servers(folders, ports)
        Connections(servers.amqp_url, dict(servers.database_urls)).keep(folders)
        surroundings = Surroundings(
            folders=folders,
            ports=ports,
            http_port=http_port,
            demo_password=kept(
                folders.secrets, "demo-password", given=os.environ.get("SALES_DEMO_PASSWORD", "")
            ),
            database_urls=servers.database_urls,
            amqp_url=servers.amqp_url,
            needs_broker=servers.brokers,
        )
        supervisor = Supervisor(
            [*servers.processes, *declare(surroundings)],
            run_folder=folders.run,
            log_folder=folders.log,
            when_all_ready=lambda: _welcome(surroundings, time.monotonic() - begun),
        )
        ports.keep()
        _on_stop_signals(supervisor.stop)
        say("Starting. Ctrl-C stops everything.")
        supervisor.run()
    say("Stopped. The data is kept.")


def _http_port() -> int:
    """Fixed, unlike all others: people and bookmarks know it."""
    wanted = os.environ.get("SALES_PORT") or "8080"
    if not wanted.isdecimal() or not 0 < int(wanted) < 65536:
        raise CannotContinue(f"SALES_PORT is {wanted!r}.", "It must be a number from 1 to 65535.")
    if not is_free(int(wanted)):
        raise CannotContinue(
            f"Port {wanted} is taken by {listener_of(int(wanted))}.",
            "Stop that, or choose another port: make up SALES_PORT=8081",
        )
    return int(wanted)


def _on_stop_signals(act: Callable[[], None]) -> None:
    def handle(_number: int, _frame: object) -> None:
        act()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handle)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        # Under `nohup` it is meant to outlive its terminal.
        signal.signal(signal.SIGHUP, handle)


def _leave() -> None:
    """While nothing runs yet there is nothing to stop."""
    sys.exit("Interrupted.")


def _welcome(surroundings: Surroundings, seconds: float) -> None:
    say(
        f"\nProject Sales is ready after {seconds:.0f} s: http://{LOOPBACK}:{surroundings.http_port}\n"
        f"  users     {', '.join(DEMO_USERS)}\n"
        f"  password  {surroundings.demo_password}\n"
        f"  data and logs are in {surroundings.folders.local}; Ctrl-C stops everything\n"
    )
