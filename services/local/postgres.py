"""A private PostgreSQL: own data folder, own port, loopback only, passwords always asked.

Durable as in production unless `durable` is off, which is for tests. Sized for a small machine: every process
keeps a few connections, and 200 of them cost little while they are idle.
"""

import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from services.local.accounts import Account
from services.local.messages import CannotContinue, say
from services.local.ports import LOOPBACK, answers
from services.local.postgres_binaries import Binaries
from services.local.process import SERVER_STOP_TIMEOUT_S, Process
from services.local.running import command_line

ADMIN = "postgres"
# How letters are told from other signs, whatever the language; the name differs on macOS.
UNICODE = "UTF-8" if sys.platform == "darwin" else "C.UTF-8"
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %d ",
    "password_encryption": "scram-sha-256",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class PostgresNode:
    """One cluster in `folder`, which belongs to the account that runs it."""

    folder: Path
    port: int
    password: str
    binaries: Binaries
    account: Account | None = None
    durable: bool = True

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def admin_url(self) -> str:
        return f"postgresql://{ADMIN}:{self.password}@{LOOPBACK}:{self.port}/postgres"

    def create(self) -> None:
        """Make the cluster, unless it is there. A creation that was cut short is begun anew.

        Raises:
            CannotContinue: initdb failed.
        """
        if (self.data / "PG_VERSION").exists():
            return
        if self.data.exists():
            aside = self.data.with_name(f"data.{time.strftime('%Y%m%d-%H%M%S')}")
            self.data.rename(aside)
            say(f"{self.data} holds no PostgreSQL data: put aside as {aside.name}.")
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        password_file = self.folder / "password.unfinished"
        password_file.touch(mode=0o600)
        password_file.write_text(self.password)
        self._give(self.folder)
        self._give(password_file)
        try:
            self._initdb(unfinished, password_file)
        finally:
            password_file.unlink()
        unfinished.rename(self.data)

    def process(self) -> Process:
        settings = SETTINGS if self.durable else SETTINGS | NOT_DURABLE
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Process(
            name="postgres",
            command=(str(self.binaries.postgres), "-D", str(self.data), "-p", str(self.port), *options),
            environment={"LC_ALL": "C"},
            is_ready=self.is_ready,
            essential=True,
            stop_timeout_s=SERVER_STOP_TIMEOUT_S,
            account=self.account,
            folder=self.folder,
            stop_signal=signal.SIGINT,
            before_start=self._forget_dead_server,
            address=f"port {self.port}",
            ports={"postgres": self.port},
        )

    def is_ready(self) -> bool:
        """True once it answers a query.

        Raises:
            CannotContinue: it answers, and refuses our password.
        """
        if not answers(self.port):
            return False
        try:
            psycopg.connect(self.admin_url, connect_timeout=2).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise CannotContinue(
                    f"PostgreSQL in {self.folder} refuses the password of .local/secrets.",
                    "Put the file back that belongs to this data, or remove both to begin anew.",
                ) from error
            return False
        return True

    def _initdb(self, data: Path, password_file: Path) -> None:
        done = subprocess.run(
            [
                self.binaries.initdb,
                f"--pgdata={data}",
                f"--username={ADMIN}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                # Bytes order text, so no system update reorders an index; letters still fold by Unicode.
                "--lc-collate=C",
                f"--lc-ctype={UNICODE}",
                "--lc-messages=C",
                *([] if self.durable else ["--no-sync"]),
            ],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            **(self.account.run_as() if self.account else {}),
        )
        if done.returncode:
            raise CannotContinue(
                f"PostgreSQL could not be prepared in {self.folder}: {done.stderr.strip()}",
                "Free space or permissions there, or give a server in DATABASE_URL.",
            )

    def _forget_dead_server(self) -> None:
        """Remove the lock file of a server that is gone, before its pid confuses the next one.

        PostgreSQL refuses to start while any process of its account has the pid that the file names.
        """
        lock = self.data / "postmaster.pid"
        try:
            pid = int(lock.read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            lock.unlink(missing_ok=True)
            return
        if str(self.data) not in command_line(pid):
            lock.unlink(missing_ok=True)

    def _give(self, path: Path) -> None:
        if self.account:
            shutil.chown(path, self.account.uid, self.account.gid)
