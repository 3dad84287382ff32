"""Mail on real PostgreSQL, a real Dovecot and a real SMTP server; only offers' print is a fake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.kit.actor import Actor
from services.kit.database import Database
from services.kit.records.owner import Owner
from services.local.mail.post_office import PostOffice
from services.mail import settings as mail_settings_module
from services.mail.settings import MailSettings
from services.mail.usecases import mailboxes
from services.mail.usecases.rules import RULES
from tests.mail.post import Post, running_smtp
from tests.mail.world import World
from tests.support.owners import Accesses, OwnerUnderTest, everything
from tests.support.servers import Servers


@pytest.fixture
def chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MailSettings:
    """Settings of mail in this test."""
    made = MailSettings(
        mail_key="a secret of the tests that is long enough",
        blobs_dir=tmp_path / "blobs",
        mail_timeout_s=60,
        mail_idle_s=300,
        mail_reconnect_s=0.1,
    )
    monkeypatch.setattr(mailboxes, "mail_settings", lambda: made)
    monkeypatch.setattr(mail_settings_module, "mail_settings", lambda: made)
    return made


@pytest.fixture
def owner(create_database: Callable[..., str], chosen: MailSettings) -> Iterator[OwnerUnderTest]:
    database = Database("mail", create_database("mail"))
    accesses = Accesses()
    yield OwnerUnderTest(Owner(database, RULES, accesses, accesses.fetch), accesses)
    database.close()


@pytest.fixture
def office(servers: Servers) -> PostOffice:
    """The run's Dovecot: every address has a mailbox."""
    return PostOffice(*servers.imap())


@pytest.fixture
def post(office: PostOffice) -> Iterator[Post]:
    """An SMTP server that delivers into that Dovecot, and does what a test tells it to."""
    with running_smtp(office) as made:
        yield made


@pytest.fixture
def world(owner: OwnerUnderTest, chosen: MailSettings, post: Post) -> World:
    """A user with a mailbox that sends and is read, and shorthands."""
    return World(owner, chosen, post)


@pytest.fixture
def seller(world: World) -> Actor:
    return world.seller


@pytest.fixture
def stranger(owner: OwnerUnderTest) -> Actor:
    """Sees everything of the CRM, and no mail."""
    return owner.accesses.give(*everything("crm", "offers"))
