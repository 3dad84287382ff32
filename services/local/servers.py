"""The database and the broker of an installation: private nodes, or servers that were given."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg

from services.local.chosen_ports import ChosenPorts
from services.local.folders import ROOT, Folders
from services.local.messages import CannotContinue, say
from services.local.passwords import kept
from services.local.ports import answers
from services.local.private_postgres import private_postgres
from services.local.private_rabbitmq import private_rabbitmq
from services.local.process import Process
from services.local.processes import DATABASES
from services.local.services import SERVICES

POSTGRES_PORT = 432
SYSTEM_SERVERS = {"DATABASE_URL": ("PostgreSQL", 5432), "AMQP_URL": ("RabbitMQ", 5672)}


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the services find them, and the processes that must run for it."""

    database_urls: Mapping[str, str]
    amqp_url: str
    processes: tuple[Process, ...]
    brokers: frozenset[str]


def prepare_servers(folders: Folders, ports: ChosenPorts) -> Servers:
    """Private nodes where `DATABASE_URL` and `AMQP_URL` name none.

    Raises:
        CannotContinue: a given server does not answer, or a private one cannot be made.
    """
    given_database, given_broker = os.environ.get("DATABASE_URL", ""), os.environ.get("AMQP_URL", "")
    processes: list[Process] = []
    if given_database:
        admin_url = _libpq(given_database)
        _check_database(admin_url)
    else:
        postgres = private_postgres(
            folders.local,
            port=ports.choose("postgres", POSTGRES_PORT),
            password=kept(folders.secrets, "postgres"),
        )
        admin_url = postgres.admin_url
        processes.append(postgres.process())
    if given_broker:
        _check_broker(given_broker)
    else:
        rabbitmq = private_rabbitmq(folders, ports)
        processes.append(rabbitmq.process())
    urls = _database_urls(folders, admin_url)
    processes.append(_databases(admin_url, urls, ours=not given_database))
    return Servers(
        database_urls=urls,
        amqp_url=given_broker or rabbitmq.amqp_url,
        processes=tuple(processes),
        brokers=frozenset() if given_broker else frozenset({"rabbitmq"}),
    )


def name_system_servers() -> None:
    """Say which servers of the system are running, so that nobody wonders whether we use them."""
    for given, (name, port) in SYSTEM_SERVERS.items():
        if not os.environ.get(given) and answers(port):
            say(f"The system's {name} on port {port} is left alone.")


def _database_urls(folders: Folders, admin_url: str) -> dict[str, str]:
    """Each service's own URL on the server of `admin_url`, with its options (TLS, for instance)."""
    server = urlsplit(admin_url)
    address = server.netloc.rpartition("@")[2]
    return {
        service.name: urlunsplit(
            server._replace(
                netloc=f"{service.database}:{quote(kept(folders.secrets, service.database))}@{address}",
                path=f"/{service.database}",
            )
        )
        for service in SERVICES
    }


def _databases(admin_url: str, urls: Mapping[str, str], *, ours: bool) -> Process:
    return Process(
        name=DATABASES,
        command=(sys.executable, "-m", "services.local.databases"),
        environment={
            "PYTHONPATH": str(ROOT),
            "SALES_ADMIN_URL": admin_url,
            "SALES_DATABASE_URLS": json.dumps(dict(urls)),
            "SALES_OWN_SERVER": "1" if ours else "",
        },
        needs=frozenset({"postgres"}) if ours else frozenset(),
        folder=ROOT,
        lasting=False,
        essential=True,
    )


def _libpq(url: str) -> str:
    """Without the driver's name that SQLAlchemy puts into the scheme."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}{separator}{rest}"


def _check_database(admin_url: str) -> None:
    try:
        with psycopg.connect(admin_url, connect_timeout=10) as connection:
            version = connection.info.server_version
    except psycopg.Error as error:
        raise CannotContinue(
            f"The server of DATABASE_URL cannot be used: {str(error).strip()}",
            "Correct DATABASE_URL, or unset it for a private PostgreSQL.",
        ) from error
    if version < 150000:
        raise CannotContinue(
            f"The server of DATABASE_URL is PostgreSQL {version // 10000}.", "It must be 15 or newer."
        )


def _check_broker(url: str) -> None:
    # Only here, because importing it costs every start 0.2 s.
    import kombu

    try:
        with kombu.Connection(url, connect_timeout=10) as connection:
            connection.connect()
    except (OSError, ValueError, *kombu.Connection(url).connection_errors) as error:
        raise CannotContinue(
            f"The broker of AMQP_URL cannot be used: {error}",
            "Correct AMQP_URL, or unset it for a private RabbitMQ.",
        ) from error
