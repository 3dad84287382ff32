"""`sales admin`, as an administrator types it: the real script on real servers."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import amqp
import psycopg
import pytest

from services.kit.subscriptions import declare, manifest
from services.kit.worker.attempts import ERROR, QUEUE
from services.kit.worker.resender import Resender
from services.local.connections import FILE, connections
from services.local.folders import Folders
from tests.kit.bus.support import queue_length
from tests.support.installation import ROOT, Installation

SALES = ROOT / "bin" / "sales"


def run(*arguments: str, settings: Mapping[str, str], answer: str = "") -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SALES_")}
    return subprocess.run(
        [SALES, "admin", *arguments],
        env={**inherited, **settings},
        input=answer,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def servers_of(vhost: str, create_database: Callable[..., str]) -> Callable[..., dict[str, str]]:
    """`servers_of("crm")`: what says where the broker and the databases of these services are."""

    def settings(*services: str) -> dict[str, str]:
        urls = {service: create_database(service) for service in services}
        return {"SALES_AMQP_URL": vhost, "SALES_DATABASE_URLS": json.dumps(urls or {"crm": ""})}

    return settings


@pytest.fixture
def failed(vhost: str) -> str:
    """The queue of a handler of crm, one of whose messages, `one`, is in the dead letters."""
    declare("crm", vhost, delays_s=(1,))
    queue = next(entry.queue for entry in manifest() if entry.subscriber == "crm")
    resender = Resender(vhost, subscriber="crm", delays_s=(1,))
    message = amqp.Message('{"name": "Città"}'.encode(), message_id="one", type="offers.customer_needed")
    resender.set_aside(message, headers={QUEUE: queue, ERROR: "RECORD_NOT_FOUND"})
    resender.close()
    return queue


def test_dead_letters_are_listed_for_all_services_shown_and_sent_back(
    servers_of: Callable[..., dict[str, str]], vhost: str, failed: str
) -> None:
    settings = servers_of()
    for listed in (
        run("dead-letters", "list", settings=settings),
        run("dead-letters", "list", "crm", settings=settings),
    ):
        assert listed.returncode == 0, listed.stderr
        (line,) = listed.stdout.splitlines()
        assert line.startswith(f"crm  one  offers.customer_needed  {failed}")
        assert "RECORD_NOT_FOUND" in line
        assert "Città" not in line, "a list shows no data"
    assert "Città" in run("dead-letters", "show", "crm", "one", settings=settings).stdout
    wrong = run("dead-letters", "show", "crm", "other", settings=settings)
    assert (wrong.returncode, wrong.stderr) == (1, "no dead letter other\n")
    assert run("dead-letters", "replay", "crm", "one", settings=settings).stdout == "1 sent back\n"
    assert queue_length(vhost, failed) == 1
    assert run("dead-letters", "list", settings=settings).stdout == ""


def test_a_restored_service_begins_a_new_epoch(servers_of: Callable[..., dict[str, str]]) -> None:
    settings = servers_of("crm")
    url = json.loads(settings["SALES_DATABASE_URLS"])["crm"]
    with psycopg.connect(url, autocommit=True) as connection:
        question = "select epoch from outbox_counter"
        before = connection.execute(question).fetchone()
        done = run("restored", "crm", settings=settings)
        assert done.returncode == 0, done.stderr
        after = connection.execute(question).fetchone()
    assert before != after
    assert after is not None
    assert done.stdout == f"crm: epoch {after[0]}. Restart its processes.\n"


def test_a_service_that_there_is_not_is_refused_with_those_that_there_are(
    servers_of: Callable[..., dict[str, str]],
) -> None:
    done = run("restored", "warehouse", settings=servers_of())
    assert done.returncode == 1
    assert "There is no service 'warehouse'." in done.stderr
    assert "crm, offers" in done.stderr


def test_a_rebuild_is_asked_of_the_sequencer(servers_of: Callable[..., dict[str, str]]) -> None:
    settings = servers_of("sync")
    assert run("rebuild", settings=settings).returncode == 0
    with psycopg.connect(json.loads(settings["SALES_DATABASE_URLS"])["sync"]) as connection:
        assert connection.execute("select rebuild_wanted from head").fetchone() == (True,)


def test_users_are_administered_with_identitys_own_commands(
    servers_of: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    settings = {**servers_of("identity"), "SALES_SECRETS_DIR": str(tmp_path)}
    password = "correct horse battery staple\n"
    made = run("users", "create-administrator", "boss", settings=settings, answer=password)
    assert (made.returncode, made.stdout) == (0, "boss may sign in and administer users.\n"), made.stderr
    wrong = run("users", "set-password", "nobody", settings=settings, answer=password)
    assert (wrong.returncode, wrong.stderr) == (1, "There is no such user.\n")


def test_an_installation_is_found_by_its_folder(installation: Installation) -> None:
    installation.start()
    installation.wait_until_ready()
    found = connections(Folders(installation.local))
    assert found.amqp_url == installation.settings["AMQP_URL"]
    assert (installation.local / "secrets" / FILE).stat().st_mode & 0o777 == 0o600
    with psycopg.connect(found.database_urls["crm"]) as connection:
        assert connection.execute("select current_user").fetchone() == ("sales_crm",)
    listed = run("dead-letters", "list", settings={"SALES_LOCAL": str(installation.local)})
    assert (listed.returncode, listed.stdout) == (0, ""), listed.stderr


def test_without_an_installation_it_says_so(tmp_path: Path) -> None:
    done = run("dead-letters", "list", settings={"SALES_LOCAL": str(tmp_path)})
    assert done.returncode == 1
    assert f"There is no installation in {tmp_path}." in done.stderr


def test_without_admin_the_script_is_the_users_command(tmp_path: Path) -> None:
    environment = {**os.environ, "SALES_DEVICE": str(tmp_path), "SALES_LANGUAGE": "en"}
    done = subprocess.run(
        [SALES, "--help"], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "pull" in done.stdout
