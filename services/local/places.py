"""Where PostgreSQL's files go: into `.local/`, or outside where its account cannot get there.

As root, PostgreSQL runs under an ordinary account, and that account cannot enter a folder below a parent of
mode 0700 (a checkout in /root, say). Opening the parents would be worse than moving the files.
`.local/places` records what is outside.
"""

import hashlib
import os
import time
from pathlib import Path

from services.local.accounts import Account
from services.local.messages import say

# /var/tmp is for a system without the first; it is not emptied when the machine starts.
OUTSIDE = (Path("/var/lib"), Path("/var/tmp"))


def place_for(local: Path, name: str, account: Account | None) -> Path:
    """The folder for `name`: below `local` if `account` can get there, else outside, one for each `local`."""
    if account is None or account.can_enter(local):
        return local / name
    key = hashlib.sha256(str(local.resolve()).encode()).hexdigest()[:10]
    for parent in OUTSIDE:
        if account.can_enter(parent) and os.access(parent, os.W_OK):
            return _outside(local, name, parent / f"project-sales-{key}-{name}")
    return local / name


def outside_places(local: Path) -> list[Path]:
    """All that `place_for` has given out elsewhere for `local`."""
    return [Path(record.read_text()) for record in (local / "places").glob("*")]


def _outside(local: Path, name: str, place: Path) -> Path:
    records = local / "places"
    record = records / name
    if not record.exists():
        if place.exists():
            # Its `.local` was removed, and the passwords with it.
            aside = place.with_name(f"{place.name}.{time.strftime('%Y%m%d-%H%M%S')}")
            place.rename(aside)
            say(f"{place} belongs to an installation that was removed: put aside as {aside.name}.")
        records.mkdir(parents=True, exist_ok=True)
        record.write_text(str(place))
        say(f"The account that runs {name} cannot enter {local}: its folder is {place}.")
    return place
