"""Where an installation's mail servers are: ports and password, kept in `.local/mail/servers.json`."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from services.local.accounts import database_account
from services.local.chosen_ports import ChosenPorts
from services.local.folders import Folders
from services.local.mail.dovecot import DovecotNode
from services.local.mail.post_office import PostOffice
from services.local.mail_programs import dovecot
from services.local.messages import CannotContinue
from services.local.passwords import kept
from services.local.places import place_for

IMAP_PORT = 543
SMTP_PORT = 525
DOMAIN = "macchine.example"


@dataclass(frozen=True, slots=True)
class MailServers:
    """What a client of these servers must know."""

    imap_port: int
    smtp_port: int
    password: str

    @property
    def office(self) -> PostOffice:
        """Delivers and reads."""
        return PostOffice(self.imap_port, self.password)


def record_of(folders: Folders) -> Path:
    """The file that describes the servers."""
    return folders.local / "mail" / "servers.json"


def read(folders: Folders) -> MailServers:
    """Return the servers of an installation.

    Raises:
        CannotContinue: it has none.
    """
    try:
        return MailServers(**json.loads(record_of(folders).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise CannotContinue(
            "There are no mail servers here.",
            "Run `make up SALES_DEMO_MAIL=1`, or `python -m services.local.mail`.",
        ) from error


def prepare(folders: Folders, ports: ChosenPorts) -> tuple[MailServers, DovecotNode]:
    """Choose ports and write down what clients must know; the node is made ready to start.

    Raises:
        CannotContinue: Dovecot is not installed.
    """
    if dovecot() is None:
        raise CannotContinue("Dovecot is missing.", "Run `make up SALES_DEMO_MAIL=1`, which installs it.")
    servers = MailServers(
        imap_port=ports.choose("dovecot", IMAP_PORT),
        smtp_port=ports.choose("smtp", SMTP_PORT),
        password=kept(folders.secrets, "mail-servers"),
    )
    record = record_of(folders)
    record.parent.mkdir(parents=True, exist_ok=True)
    record.touch(mode=0o600)
    record.write_text(json.dumps(asdict(servers)))
    account = database_account()
    node = DovecotNode(
        place_for(folders.local, "dovecot", account), servers.imap_port, servers.password, account
    )
    return servers, node
