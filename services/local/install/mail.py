"""Dovecot from the system's packages, for tests and for trying mail out. Only its programs are used."""

from pathlib import Path

from services.local.install.system import install_package
from services.local.mail_programs import dovecot
from services.local.messages import CannotContinue


def install_mail(*, log: Path) -> bool:
    """Install Dovecot with its IMAP part; False if it is there already."""
    if dovecot() is not None:
        return False
    try:
        install_package(debian="dovecot-imapd", brew="dovecot", log=log)
    except CannotContinue:
        # Debian's package starts a server for the whole system, which a container may refuse.
        if dovecot() is None:
            raise
    if dovecot() is None:
        raise CannotContinue(
            "Dovecot was installed, but its program is not where it is expected.",
            "Start without SALES_DEMO_MAIL.",
        )
    return True
