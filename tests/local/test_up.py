"""`make up` from the outside: real servers, real signals, fake services."""

import os
import signal
import socket
from pathlib import Path

import psycopg
import pytest

from services.local.ports import is_free, random_free
from services.local.servers import POSTGRES_PORT
from services.local.services import SERVICES
from tests.local.conftest import FAKE_UP
from tests.local.fakes import Fakes
from tests.support.installation import Installation
from tests.support.watching import eventually


def server_url(installation: Installation, role: str, database: str) -> str:
    password = installation.password_of(role)
    user = "postgres" if role == "postgres" else role
    return f"postgresql://{user}:{password}@127.0.0.1:{installation.port_of('postgres')}/{database}"


def test_ctrl_c_ends_every_process_and_the_next_start_finds_the_data(installation: Installation) -> None:
    installation.start()
    installation.wait_until_ready()
    assert f"http://127.0.0.1:{installation.http_port}" in installation.output
    assert "sales.north, sales.south, sales.manager, service.tech, admin" in installation.output
    assert installation.password_of("demo-password") in installation.output
    with psycopg.connect(server_url(installation, "sales_crm", "sales_crm")) as connection:
        connection.execute("create table kept (word text)")
        assert connection.execute("show fsync").fetchone() == ("on",)

    installation.send(signal.SIGINT)
    assert installation.wait_until_ended() == 0
    eventually(lambda: installation.pids == [])
    assert Fakes(installation.local).notes()[-2:] == ["gateway stopped", "api stopped"]

    installation.start(SALES_DEMO_PASSWORD="a password that was given")
    installation.wait_until_ready()
    assert "password  a password that was given" in installation.output
    with psycopg.connect(server_url(installation, "sales_crm", "sales_crm")) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (0,)


def test_no_role_can_open_another_service_s_database(installation: Installation) -> None:
    installation.start()
    installation.wait_until_ready()
    for service in SERVICES:
        role = service.database
        psycopg.connect(server_url(installation, role, role)).close()
        others = [other.database for other in SERVICES if other is not service]
        for database in (*others, "postgres", "template1"):
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                psycopg.connect(server_url(installation, role, database))
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server_url(installation, role, role).replace(":", ":x", 2).replace(":x//", "://"))


@pytest.mark.faults
def test_what_a_killed_supervisor_left_is_ended_and_its_data_is_used(
    complete_installation: Installation,
) -> None:
    """Slow (a broker starts twice): the one test in which both private servers run."""
    installation = complete_installation
    installation.start()
    installation.wait_until_ready()
    installation.send(signal.SIGKILL)
    installation.wait_until_ended()
    left = installation.pids
    assert len(left) > 5

    installation.start()
    installation.wait_until_ready()
    assert "An earlier run was killed and left 4 processes: ending them." in installation.output
    assert "replaced" not in installation.output
    assert not set(left) & set(installation.pids)

    installation.send(signal.SIGTERM)
    assert installation.wait_until_ended() == 0
    eventually(lambda: installation.pids == [])


def test_down_stops_a_run_and_cleans_up_after_a_killed_one(installation: Installation) -> None:
    installation.start()
    installation.wait_until_ready()
    assert "Stopping Project Sales" in installation.down()
    assert installation.wait_until_ended() == 0

    installation.start()
    installation.wait_until_ready()
    installation.send(signal.SIGKILL)
    installation.wait_until_ended()
    assert "An earlier run was killed" in installation.down()
    eventually(lambda: installation.pids == [])
    assert "is not running" in installation.down()


def test_a_second_start_in_the_same_folder_says_so(installation: Installation) -> None:
    installation.start()
    installation.wait_until_ready()
    second = Installation(installation.local, installation.settings, FAKE_UP)
    first_output = installation.output
    second.start()
    assert second.wait_until_ended() == 1
    assert "is running in this folder already (pid" in second.output
    assert "`make down` stops it" in second.output
    assert "Stopped" not in first_output


def test_a_taken_http_port_is_an_error_that_names_the_culprit(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", installation.http_port)):
        installation.start()
        assert installation.wait_until_ended() == 1
    assert f"Port {installation.http_port} is taken by" in installation.output
    assert f"(pid {os.getpid()})" in installation.output
    assert "SALES_PORT=" in installation.output
    eventually(lambda: installation.pids == [])


def test_any_other_port_that_is_taken_is_replaced_and_named(installation: Installation) -> None:
    while not is_free(wanted := installation.ports_from + POSTGRES_PORT):
        installation.ports_from = random_free()
    with socket.create_server(("127.0.0.1", wanted)):
        installation.start()
        installation.wait_until_ready()
    assert f"replaced: postgres {installation.port_of('postgres')} for {wanted}" in installation.output


def test_a_data_folder_that_is_none_is_put_aside(installation: Installation) -> None:
    (installation.local / "postgres" / "data").mkdir(parents=True)
    (installation.local / "postgres" / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n")
    (installation.local / "postgres" / "data.unfinished").mkdir()
    installation.start()
    installation.wait_until_ready()
    assert "holds no PostgreSQL data: put aside as data." in installation.output


def test_data_without_its_password_is_an_error_that_says_what_to_do(installation: Installation) -> None:
    installation.start()
    installation.wait_until_ready()
    installation.send(signal.SIGTERM)
    installation.wait_until_ended()
    (installation.local / "secrets" / "postgres").unlink()
    installation.start()
    assert installation.wait_until_ended() == 1
    assert "refuses the password" in installation.output
    eventually(lambda: installation.pids == [])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL under another account")
def test_below_a_closed_folder_the_data_goes_outside(installation: Installation) -> None:
    closed = installation.local / "closed"
    closed.mkdir(parents=True, mode=0o700)
    inner = Installation(closed / "local", installation.settings, FAKE_UP)
    try:
        inner.start()
        inner.wait_until_ready()
        place = Path((inner.local / "places" / "postgres").read_text())
        assert f"its folder is {place}" in inner.output
        assert (place / "data" / "PG_VERSION").exists()
        inner.send(signal.SIGTERM)
        inner.wait_until_ended()
        inner.start()
        inner.wait_until_ready()
        assert "its folder is" not in inner.output
    finally:
        inner.remove()


def test_database_url_and_amqp_url_replace_the_private_servers(
    installation: Installation, other_postgres: str
) -> None:
    installation.start(DATABASE_URL=other_postgres.replace("postgresql://", "postgresql+psycopg://"))
    installation.wait_until_ready()
    assert not (installation.local / "postgres").exists()
    assert not (installation.local / "rabbitmq").exists()
    role = "sales_offers"
    server = other_postgres.rpartition("@")[2].partition("/")[0]
    psycopg.connect(f"postgresql://{role}:{installation.password_of(role)}@{server}/{role}").close()
    installation.send(signal.SIGTERM)
    installation.wait_until_ended()

    # Another installation must not take the roles of the first over.
    (installation.local / "secrets" / role).unlink()
    installation.start(DATABASE_URL=other_postgres)
    assert installation.wait_until_ended() == 1
    assert f"has a role {role} with another password" in installation.output


def test_given_servers_that_do_not_answer_are_named(installation: Installation) -> None:
    installation.start(DATABASE_URL="postgresql://nobody:x@127.0.0.1:1/x")
    assert installation.wait_until_ended() == 1
    assert "The server of DATABASE_URL cannot be used" in installation.output
    installation.start(AMQP_URL="amqp://nobody:x@127.0.0.1:1//")
    assert installation.wait_until_ended() == 1
    assert "The broker of AMQP_URL cannot be used" in installation.output


def test_postgres_that_dies_comes_back(installation: Installation) -> None:
    installation.start()
    installation.wait_until_ready()
    data = installation.local / "postgres" / "data"
    os.kill(int((data / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
    eventually(lambda: "postgres             ended (signal 9), starting it again" in installation.output)
    eventually(lambda: installation.output.count("postgres             ready") == 2)
