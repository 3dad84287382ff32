"""The command line: the first administrator, passwords, the demonstration, keys."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sales.identity.v1 import service_pb2
from sales.identity.v1.service_pb2_grpc import IdentityServiceStub

from gateway.identity import commands
from gateway.identity.adapters.keys import FOLDER, KeyRing
from gateway.identity.domain.demonstration import USER_NAMES
from gateway.identity.domain.reasons import REASONS
from gateway.identity.usecases.demonstration import seed_demonstration
from services.kit import rpc
from services.kit.config import Settings
from services.kit.errors import Invalid, Unauthenticated
from services.kit.reasons import REASONS as OF_KIT
from services.kit.rpc.server import DRAIN_S
from services.local.ports import random_free
from tests.gateway_identity.house import ADMIN, MANAGER, NORTH, PASSWORD, TECHNICIAN, Clock, House


@pytest.fixture
def empty(create_database: Callable[..., str], tmp_path: Path) -> Iterator[House]:
    """A real installation before its first user."""
    house = House(create_database("identity"), tmp_path / "secrets")
    yield house
    house.close()


@pytest.fixture
def run(
    empty: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Run a command with a password on standard input; return what it says, also when it fails."""
    configured = Settings(database_url=empty.url, secrets_dir=empty.keys._folder.parent)
    monkeypatch.setattr(commands, "settings", lambda: configured)

    def run(*arguments: str, password: str = PASSWORD) -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(password + "\n"))
        try:
            commands.run(arguments)
        except SystemExit as left:
            return f"failed: {left.code}"
        return capsys.readouterr().out

    return run


def test_the_first_administrator_signs_in_and_may_administer(empty: House, run: Callable[..., str]) -> None:
    assert "may sign in" in run("create-administrator", "Ada")
    opened = empty.signing_in.sign_in(user_name="ada", password=PASSWORD)
    (access,) = empty.rows("select base_json from access")
    groups = {grant["group"] for grant in json.loads(access["base_json"])["grants"]}
    assert groups == {
        "personal",
        "directory",
        "identity",
        "forms",
        "reports",
        "prints",
        "crm_setup",
        "offers_setup",
        "dead_letters",
    }
    assert opened.account.epoch == 1


def test_a_second_administrator_takes_force(empty: House, run: Callable[..., str]) -> None:
    run("create-administrator", "ada")
    assert run("create-administrator", "eve") == "failed: There is an administrator already."
    assert "may sign in" in run("create-administrator", "eve", "--force")
    assert run("create-administrator", "eve", "--force") == "failed: The user name is taken."
    assert len(empty.rows("select 1 from role")) == 1


def test_a_refused_password_makes_nobody(empty: House, run: Callable[..., str]) -> None:
    said = run("create-administrator", "ada", password="short")
    assert said == "failed: The password must have at least 10 characters."
    assert empty.rows('select 1 from "user"') == []
    assert "letters, digits" in run("create-administrator", "a b c")


def test_a_new_password_by_command(empty: House, run: Callable[..., str]) -> None:
    run("create-administrator", "ada")
    assert "new password" in run("set-password", "ada", password="another good one")
    empty.signing_in.sign_in(user_name="ada", password="another good one")
    assert run("end-sessions", "ada") == "Sessions ended: 1.\n"
    assert run("set-password", "bob", password="another good one") == "failed: There is no such user."


def test_two_migrations_at_the_same_time_and_again_seed_the_demonstration_once(
    create_database: Callable[..., str], vhost: str, tmp_path: Path
) -> None:
    url = create_database()
    environment = {
        **os.environ,
        "SALES_DATABASE_URL": url,
        "SALES_AMQP_URL": vhost,
        "SALES_SECRETS_DIR": str(tmp_path),
        "SALES_DEMO": "1",
        "SALES_DEMO_PASSWORD": PASSWORD,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-m", "gateway.identity", "migrate"]

    def migrate() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    for process in [migrate(), migrate()]:
        said = process.communicate(timeout=110)[0].decode()
        assert process.returncode == 0, said
        assert PASSWORD not in said
    house = House(url, tmp_path)
    before = house.rows("select user_name, version from access order by user_name")
    assert [row["user_name"] for row in before] == sorted(USER_NAMES)
    assert {row["version"] for row in before} == {1}
    assert migrate().wait(timeout=60) == 0
    assert house.rows("select user_name, version from access order by user_name") == before
    assert len(house.rows("select 1 from outbox")) == 1
    house.close()


def test_a_stop_ends_the_gateways_streams_first(house: House, tmp_path: Path) -> None:
    ready, port = tmp_path / "ready", random_free()
    environment = {
        **os.environ,
        "SALES_DATABASE_URL": house.url,
        "SALES_SECRETS_DIR": str(tmp_path),
        "SALES_GRPC_PORT": str(port),
        "SALES_READY_FILE": str(ready),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-m", "gateway.identity", "api"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 60
        while not ready.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        with rpc.channel(f"127.0.0.1:{port}") as channel:
            messages = iter(IdentityServiceStub(channel).Watch(service_pb2.WatchRequest()))
            assert next(messages).snapshot
            process.terminate()
            began = time.monotonic()
            assert list(messages) == []
            lasted_s = time.monotonic() - began
        said = process.communicate(timeout=60)[0].decode()
    finally:
        process.kill()
    assert lasted_s < DRAIN_S, said
    assert process.returncode == 0, said


def test_seeding_again_keeps_what_was_changed_and_renews_the_password(house: House) -> None:
    with pytest.raises(Invalid, match="DEMO_PASSWORD_MISSING"):
        seed_demonstration(house.database, house.passwords, password="", now=house.clock())
    before = house.rows("select * from credential order by user_id")
    house.seed()
    assert house.rows("select * from credential order by user_id") == before
    seed_demonstration(house.database, house.passwords, password="another", now=house.clock())
    house.signing_in.sign_in(user_name=NORTH, password="another")
    with pytest.raises(Unauthenticated):
        house.signing_in.sign_in(user_name=NORTH, password=PASSWORD)


def test_the_demonstration_s_users_may_do_what_the_readme_says(house: House) -> None:
    def may(user: str) -> dict[str, tuple[str, str, str]]:
        return {
            group: (
                " ".join(grant["actions"]),
                ",".join(term["kind"] for scope in grant["scopes"] for term in scope["terms"]),
                ",".join(grant["facets"]),
            )
            for group, grant in house.grants(user).items()
        }

    own = {
        "personal": ("read replicate write", "owner", ""),
        "forms": ("read replicate", "all", ""),
        # Of those that are shared with them; their own are another grant of the group.
        "reports": ("read replicate", "shared_with", ""),
        "prints": ("read", "all", ""),
    }
    seller = own | {
        "crm": ("read replicate write", "shared_with,territory", ""),
        "offers": ("read replicate write", "territory", ""),
        "mail": ("read replicate write", "owner", ""),
        "catalogue": ("read replicate", "all", ""),
        "directory": ("read replicate", "all", ""),
        "crm_setup": ("read replicate", "all", ""),
        "offers_setup": ("read replicate", "all", ""),
        "service": ("read replicate", "territory", "price"),
        "service_setup": ("read replicate", "all", ""),
    }
    assert may(NORTH) == seller
    assert may(MANAGER) == own | {
        "crm": ("approve read replicate write", "all", "cost"),
        "offers": ("approve read replicate write", "all", "cost"),
        "mail": ("approve read replicate write", "all", "cost"),
        "catalogue": ("read replicate", "all", "cost"),
        "service": ("read replicate write", "all", "cost,price"),
        "crm_setup": ("read replicate write", "all", "cost"),
        "offers_setup": ("read replicate write", "all", ""),
        "service_setup": ("read replicate write", "all", ""),
        "directory": ("read replicate", "all", ""),
    }
    assert may(TECHNICIAN) == own | {
        "service": ("read replicate write", "territory", ""),
        "service_setup": ("read replicate", "all", ""),
        "crm": ("read replicate", "territory", ""),
        "catalogue": ("read replicate", "all", ""),
        "directory": ("read replicate", "all", ""),
    }
    assert set(may(ADMIN)) == {
        "personal",
        "directory",
        "identity",
        "forms",
        "reports",
        "prints",
        "crm_setup",
        "offers_setup",
        "dead_letters",
    }


def test_the_signing_key_is_ours_alone_and_is_made_once(tmp_path: Path) -> None:
    clock = Clock()
    rings = [KeyRing(tmp_path, clock=clock) for _ in range(2)]
    for ring in rings:
        ring.open()
    assert rings[0].public() == rings[1].public()
    (file,) = (tmp_path / FOLDER).glob("*.pem")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_key_signs_once_it_is_known_and_goes_when_its_tokens_are_over(tmp_path: Path) -> None:
    clock = Clock()
    ring = KeyRing(tmp_path, clock=clock)
    ring.open()
    first = ring.signing().id
    clock.advance(days=1)
    second = ring.rotate()
    assert ring.signing().id == first
    clock.advance(minutes=1)
    assert ring.signing().id == second
    third = ring.rotate()
    assert set(ring.public()) == {first, second, third}
    clock.advance(minutes=12)
    fourth = ring.rotate()
    assert set(ring.public()) == {third, fourth}


def test_a_key_by_command(empty: House, run: Callable[..., str]) -> None:
    said = run("rotate-key")
    empty.keys.refresh()
    assert len(empty.keys.public()) == 2
    assert said.split()[1] in empty.keys.public()


def test_reasons_are_listed_with_both_texts() -> None:
    folder = Path(commands.__file__).parent
    sources = "\n".join(path.read_text() for path in folder.rglob("*.py"))
    pattern = r'\b(?:Invalid|Unauthenticated|Forbidden|NotFound|NotAllowedNow|Unavailable)\(\s*"([A-Z_]+)"'
    raised = set(re.findall(pattern, sources)) | {"TEAM_ABOVE_ITSELF", "TERRITORY_ABOVE_ITSELF"}
    raised |= set(re.findall(r'Violation\([^,]+, "([A-Z_]+)"', sources))
    assert raised <= set(REASONS) | set(OF_KIT) | {"UNKNOWN_VALUE", "INVALID_ID"}
    for reason in REASONS.values():
        assert all((reason.cause, reason.remedy, reason.it, reason.en))
