"""RabbitMQ from the system's packages. Only its programs are used: the node that we run is our own."""

from pathlib import Path

from services.local.install.system import install_package
from services.local.messages import CannotContinue, say
from services.local.ports import answers
from services.local.rabbitmq_programs import programs

SYSTEM_PORT = 5672


def install_broker(*, log: Path) -> bool:
    """Install RabbitMQ; False if it is there already."""
    if programs() is not None:
        return False
    was_running = answers(SYSTEM_PORT)
    try:
        install_package(debian="rabbitmq-server", brew="rabbitmq", log=log)
    except CannotContinue:
        # Debian's package starts a broker for the whole system and fails if that one does not come up, in a
        # container without a service manager for example. We need only its programs.
        if programs() is None:
            raise
    if programs() is None:
        raise CannotContinue(
            "RabbitMQ was installed, but its programs are not where they are expected.",
            "Name their folder in SALES_RABBITMQ, or give a broker in AMQP_URL.",
        )
    if not was_running and answers(SYSTEM_PORT):
        say("The system has started a RabbitMQ of its own with the package. Nothing here uses or touches it.")
    return True
