"""The private mail servers: installed where missing, run by one command, and a customer who answers."""

from __future__ import annotations

import imaplib
import os
import signal
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from services.local import mail_programs
from services.local.chosen_ports import ChosenPorts
from services.local.folders import ROOT, Folders
from services.local.install import mail as install
from services.local.mail import place
from services.local.mail.place import MailServers
from services.local.messages import CannotContinue
from services.local.places import outside_places
from services.local.ports import random_free
from services.local.processes import Surroundings, declared
from services.local.services import SERVICES
from tests.mail.world import mail_from
from tests.support.watching import eventually, processes_with

CUSTOMER = "anna@rossi.example"
OURS = "vendite@macchine.example"


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Folders]:
    yield Folders(tmp_path / "local")
    for each in outside_places(tmp_path / "local"):
        subprocess.run(["rm", "-rf", str(each)], check=True)


def command(folders: Folders, *arguments: str, ports_from: int = 0) -> subprocess.Popen[str]:
    """`python -m services.local.mail …` on these folders."""
    environment = {
        **os.environ,
        "SALES_LOCAL": str(folders.local),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    if ports_from:
        environment["SALES_PORTS_FROM"] = str(ports_from)
    return subprocess.Popen(
        [sys.executable, "-m", "services.local.mail", *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def servers(folders: Folders) -> Iterator[MailServers]:
    """Both servers, as a person starts them."""
    running = command(folders, ports_from=random_free())
    assert running.stdout is not None
    assert any("SMTP on port" in line for line in running.stdout), "it ended"
    yield place.read(folders)
    running.send_signal(signal.SIGTERM)
    assert running.wait(60) == 0
    eventually(lambda: not processes_with(f"SALES_LOCAL={folders.local}"))


def test_a_customer_answers_the_newest_message(folders: Folders, servers: MailServers) -> None:
    for subject in ("Prima", "Offerta è pronta"):
        message = mail_from(OURS, to=CUSTOMER, subject=subject, Reply_To="vendite+r-x@macchine.example")
        with smtplib.SMTP("127.0.0.1", servers.smtp_port) as client:
            client.login(OURS, servers.password)
            client.send_message(message)
    done = command(folders, "reply", CUSTOMER, "--text", "Va bene.\n")
    assert done.communicate(timeout=60)[0].startswith(f'{CUSTOMER} answered "Offerta è pronta"')
    (raw,) = servers.office.messages(OURS)
    answer = message_from_bytes(raw, policy=policy.default)
    assert (answer["Subject"], answer["In-Reply-To"]) == ("Re: Offerta è pronta", message["Message-ID"])
    assert (answer["Delivered-To"], answer.get_content().strip()) == (
        "vendite+r-x@macchine.example",
        "Va bene.",
    )


def test_who_received_nothing_answers_nothing(folders: Folders, servers: MailServers) -> None:
    done = command(folders, "reply", "nobody@rossi.example")
    output, _ = done.communicate(timeout=60)
    assert done.returncode == 1 and "has received nothing" in output


def test_a_wrong_password_opens_neither_server(servers: MailServers) -> None:
    with smtplib.SMTP("127.0.0.1", servers.smtp_port) as client:
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login(OURS, "wrong")
        assert client.mail(OURS)[0] == 530
    with imaplib.IMAP4("127.0.0.1", servers.imap_port) as reader, pytest.raises(imaplib.IMAP4.error):
        reader.login(OURS, "wrong")


def test_without_servers_the_command_says_how_to_get_some(folders: Folders) -> None:
    done = command(folders, "reply", CUSTOMER)
    output, _ = done.communicate(timeout=60)
    assert done.returncode == 1 and "SALES_DEMO_MAIL=1" in output


def surroundings(folders: Folders) -> Surroundings:
    folders.make()
    return Surroundings(
        folders=folders,
        ports=ChosenPorts(folders.run / "ports.json", base=random_free()),
        http_port=8080,
        demo_password="a password",
        database_urls={service.name: f"postgresql://{service.name}" for service in SERVICES},
        amqp_url="amqp://here",
        needs_broker=frozenset(),
    )


def test_an_installation_has_mail_servers_only_where_asked(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = {"dovecot", "smtp", "mailboxes"}
    monkeypatch.delenv("SALES_DEMO_MAIL", raising=False)
    assert not ours & {process.name for process in declared(surroundings(folders))}
    monkeypatch.setenv("SALES_DEMO_MAIL", "1")
    found = {process.name: process for process in declared(surroundings(folders))}
    assert ours <= set(found)
    assert (found["smtp"].needs, found["mailboxes"].needs) == ({"dovecot"}, {"gateway", "smtp"})
    assert "mail-courier" in found
    assert oct(place.record_of(folders).stat().st_mode)[-3:] == "600"


def test_dovecot_is_installed_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[str] = []
    monkeypatch.setattr(install, "dovecot", lambda: "/usr/sbin/dovecot" if asked else None)
    monkeypatch.setattr(install, "install_package", lambda *, debian, brew, log: asked.append(debian))
    assert install.install_mail(log=tmp_path / "log")
    assert not install.install_mail(log=tmp_path / "log")
    assert asked == ["dovecot-imapd"]


def test_a_dovecot_that_did_not_come_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(**_: object) -> None:
        raise CannotContinue("no network", "wait")

    monkeypatch.setattr(install, "dovecot", lambda: None)
    monkeypatch.setattr(install, "install_package", fail)
    with pytest.raises(CannotContinue, match="no network"):
        install.install_mail(log=tmp_path / "log")
    monkeypatch.setattr(install, "install_package", lambda **_: None)
    with pytest.raises(CannotContinue, match="not where it is expected"):
        install.install_mail(log=tmp_path / "log")


def test_dovecot_without_its_imap_part_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert mail_programs.dovecot() is not None
    monkeypatch.setattr(mail_programs, "IMAP_PARTS", ("/nowhere",))
    assert mail_programs.dovecot() is None
