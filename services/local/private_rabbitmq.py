"""Puts a private RabbitMQ together: which programs, which ports, which secrets."""

from services.local.chosen_ports import ChosenPorts
from services.local.folders import Folders
from services.local.messages import CannotContinue
from services.local.passwords import kept
from services.local.rabbitmq import RabbitNode, RabbitPorts
from services.local.rabbitmq_programs import programs

PORTS = 672


def private_rabbitmq(folders: Folders, ports: ChosenPorts) -> RabbitNode:
    """The node whose files are in `.local/rabbitmq`, made ready to start.

    Raises:
        CannotContinue: RabbitMQ is not installed.
    """
    installed = programs()
    if installed is None:
        raise CannotContinue(
            "RabbitMQ is missing.", "Run `make up`, which installs it, or give a broker in AMQP_URL."
        )
    node = RabbitNode(
        folder=folders.rabbitmq,
        ports=RabbitPorts(
            amqp=ports.choose("rabbitmq", PORTS),
            management=ports.choose("rabbitmq (management)", PORTS + 1),
            metrics=ports.choose("rabbitmq (metrics)", PORTS + 2),
            distribution=ports.choose("rabbitmq (distribution)", PORTS + 3),
            names=ports.choose("rabbitmq (names)", PORTS + 4),
        ),
        password=kept(folders.secrets, "rabbitmq"),
        cookie=kept(folders.secrets, "erlang-cookie"),
        programs=installed,
    )
    node.create()
    return node
