"""The mail servers as processes of an installation."""

from services.local.chosen_ports import ChosenPorts
from services.local.folders import Folders
from services.local.mail.place import prepare
from services.local.process import Process


def dovecot_process(folders: Folders, ports: ChosenPorts) -> Process:
    """Dovecot, ready to start; where both servers are is written down for whoever talks to them.

    Raises:
        CannotContinue: Dovecot is not installed.
    """
    _, node = prepare(folders, ports)
    return node.process()
