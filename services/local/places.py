"""Where PostgreSQL's data goes: into `.local/`, or outside where its account cannot get there.

As root, PostgreSQL runs under an ordinary account, and that account cannot enter a folder below a parent of
mode 0700 (a checkout in /root, say). Opening the parents would be worse than moving the data.
"""

import hashlib
from pathlib import Path

from services.local.accounts import Account

OUTSIDE = (Path("/var/lib"), Path("/var/tmp"))


def place_for(local: Path, name: str, account: Account | None) -> Path:
    """The folder for `name`: below `local` if `account` can get there, else outside, one for each `local`."""
    if account is None or account.can_enter(local):
        return local / name
    key = hashlib.sha256(str(local.resolve()).encode()).hexdigest()[:10]
    for parent in OUTSIDE:
        if account.can_enter(parent):
            return parent / f"project-sales-{key}-{name}"
    return local / name
