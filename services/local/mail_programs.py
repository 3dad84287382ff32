"""Where Dovecot's programs are. Standard library only: the installer asks before any package exists."""

from pathlib import Path

PROGRAMS = ("/usr/sbin/dovecot", "/usr/local/sbin/dovecot", "/opt/homebrew/sbin/dovecot")
#: Debian has the IMAP part in a package of its own.
IMAP_PARTS = (
    "/usr/lib/dovecot/imap",
    "/usr/local/libexec/dovecot/imap",
    "/opt/homebrew/libexec/dovecot/imap",
)


def dovecot() -> str | None:
    """Dovecot's program, if it can serve IMAP; None without it."""
    if not any(Path(part).exists() for part in IMAP_PARTS):
        return None
    return next((path for path in PROGRAMS if Path(path).exists()), None)
