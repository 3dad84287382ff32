"""A private Dovecot: an ordinary account's process, own port and folders, loopback only (syntax of 2.3).

Dovecot is made to be started by root; run by an ordinary account it needs to be told that all its parts are
that account's, and that none changes its root folder. As root it is therefore started as an account that
exists already, like PostgreSQL.
"""

import grp
import hashlib
import os
import pwd
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from services.local.accounts import Account
from services.local.mail_programs import dovecot
from services.local.ports import LOOPBACK, answers
from services.local.process import Process


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files of a server's certificate and key."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class DovecotNode:
    """One server, its mail in `folder`. Every address has a mailbox, all with the same password."""

    folder: Path
    port: int
    password: str
    account: Account | None = None
    tls: Certificate | None = None
    #: Of IMAP in TLS from the first byte; 0: none.
    tls_port: int = 0

    def create(self) -> None:
        """Make its folders and write its settings; mail that is there stays."""
        for folder in (self.folder, self.folder / "mail", self._sockets):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._give(folder)
        self._settings_file.touch(mode=0o600)
        self._settings_file.write_text(self._settings())
        self._give(self._settings_file)

    def process(self) -> Process:
        """How it is run."""
        return Process(
            name="dovecot",
            command=(dovecot() or "dovecot", "-F", "-c", str(self._settings_file)),
            is_ready=lambda: answers(self.port),
            account=self.account,
            folder=self.folder,
            after_stop=lambda: shutil.rmtree(self._sockets, ignore_errors=True),
            before_start=self.create,
            address=f"IMAP port {self.port}",
            ports={"imap": self.port},
        )

    @property
    def _settings_file(self) -> Path:
        return self.folder / "dovecot.conf"

    @property
    def _sockets(self) -> Path:
        return sockets_of(self.folder)

    def _give(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid)

    def _settings(self) -> str:
        uid, gid = (self.account.uid, self.account.gid) if self.account else (os.getuid(), os.getgid())
        user, group = pwd.getpwuid(uid).pw_name, grp.getgrgid(gid).gr_name
        home = f"{self.folder}/mail/%Lu"
        tls = "ssl = no"
        if self.tls is not None:
            tls = f"ssl = yes\nssl_cert = <{self.tls.certificate}\nssl_key = <{self.tls.key}"
        return f"""\
protocols = imap
listen = {LOOPBACK}
base_dir = {self._sockets}
state_dir = {self._sockets}
log_path = /dev/stderr
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_cache_size = 0
{tls}
mail_location = maildir:{home}/Maildir
mail_max_userip_connections = 100
namespace inbox {{
  inbox = yes
}}
passdb {{
  driver = static
  args = password={self.password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}
}}
service imap-login {{
  chroot =
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = {self.tls_port}
  }}
}}
service anvil {{
  chroot =
}}
"""


def sockets_of(folder: Path) -> Path:
    """Where the node of a folder has its sockets: short, because such a path has 108 bytes at most."""
    key = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"sales-dovecot-{key}"
