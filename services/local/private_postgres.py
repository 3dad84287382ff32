"""Puts a private PostgreSQL together: which programs, which account, where."""

import shutil
from pathlib import Path

from services.local.accounts import Account, database_account
from services.local.messages import CannotContinue, say
from services.local.places import place_for
from services.local.postgres import PostgresNode
from services.local.postgres_binaries import WHEEL, Binaries, available

RECORDED_VERSION = "PG_VERSION"


def private_postgres(local: Path, *, port: int, password: str, durable: bool = True) -> PostgresNode:
    """The node whose files are in `local` (or recorded there), made ready to start.

    Raises:
        CannotContinue: no programs, or none of the version that wrote the data.
    """
    account = database_account(local / "postgres" / "data")
    folder = place_for(local, "postgres", account)
    node = PostgresNode(
        folder=folder,
        port=port,
        password=password,
        binaries=_within_reach(_binaries_for(folder / "data"), local, account),
        account=account,
        durable=durable,
    )
    node.create()
    return node


def _binaries_for(data: Path) -> Binaries:
    """The newest, or those of the version that wrote the data that is there."""
    found = available()
    if not found:
        raise CannotContinue(
            "PostgreSQL 15 or newer is missing.", "Run `make up`, which installs it, or give DATABASE_URL."
        )
    try:
        written_by = (data / RECORDED_VERSION).read_text().strip()
    except OSError:
        return found[0]
    for binaries in found:
        if str(binaries.major) == written_by:
            return binaries
    raise CannotContinue(
        f"The data in {data} was written by PostgreSQL {written_by}, which is no longer installed.",
        f"Install PostgreSQL {written_by}, or move that folder away to begin anew.",
    )


def _within_reach(binaries: Binaries, local: Path, account: Account | None) -> Binaries:
    """The same programs, copied where the account that runs them can get at them.

    Raises:
        CannotContinue: they are not those of the wheel, which alone can be moved.
    """
    if account is None or account.can_use(binaries.postgres):
        return binaries
    if WHEEL not in binaries.folder.parts:
        raise CannotContinue(
            f"The account {account.name} may not run {binaries.postgres}.",
            "Open that folder to it, or give a server in DATABASE_URL.",
        )
    place = place_for(local, f"postgres-{binaries.major}-programs", account)
    copied = Binaries(folder=place / WHEEL / "pginstall" / "bin", major=binaries.major)
    if not account.can_use(copied.postgres):
        say(f"Copying PostgreSQL's programs to {place}, for the account {account.name}.")
        shutil.rmtree(place, ignore_errors=True)
        # Its shared libraries are in a folder beside the package.
        for part in (WHEEL, f"{WHEEL}.libs"):
            shutil.copytree(binaries.folder.parents[2] / part, place / part)
        for path in (place, *place.rglob("*")):
            # Also where they were installed for their owner alone.
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.parent.name == "bin" else 0o444))
    return copied
