"""A private RabbitMQ node: own name, ports, cookie, name server and folders; loopback only.

Nothing of it is shared with a broker that the system runs: the Erlang name server (epmd) has a port of its
own, and HOME is ours, so the cookie is too.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import amqp

from services.local.messages import CannotContinue
from services.local.ports import LOOPBACK, answers
from services.local.process import SERVER_STOP_TIMEOUT_S, Process
from services.local.rabbitmq_programs import NAMES_PORT, stop_name_server

USER = "sales"
PLUGINS = ("rabbitmq_management", "rabbitmq_prometheus")
MEMORY_LIMIT = "512MB"
FREE_DISK_LIMIT = "200MB"
# The write-ahead log of quorum queues is 512 MB by default, and held in memory as well.
QUORUM_LOG_BYTES = 32_000_000


@dataclass(frozen=True, slots=True)
class RabbitPorts:
    """Every port that a node listens on."""

    amqp: int
    management: int
    metrics: int
    distribution: int
    names: int


@dataclass(frozen=True, slots=True)
class RabbitNode:
    """One broker in `folder`."""

    folder: Path
    ports: RabbitPorts
    password: str
    cookie: str
    programs: Path

    @property
    def amqp_url(self) -> str:
        """The default virtual host: the second slash is its name."""
        return f"amqp://{USER}:{self.password}@{LOOPBACK}:{self.ports.amqp}//"

    @property
    def management_url(self) -> str:
        return f"http://{LOOPBACK}:{self.ports.management}"

    def create(self) -> None:
        """Write the node's files. Its data is kept, its settings are those of now."""
        for folder in (self.folder, self.folder / "home", self.folder / "data", self.folder / "log"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(self.folder / "rabbitmq.conf", self._settings())
        _write(self.folder / "enabled_plugins", f"[{','.join(PLUGINS)}].\n")
        _write(self.folder / "rabbitmq-env.conf", "")
        # A bare container may have no file of host names, and then does not know `localhost`.
        _write(self.folder / "inetrc", '{host, {127,0,0,1}, ["localhost"]}.\n{lookup, [file, native]}.\n')
        cookie = self.folder / "home" / ".erlang.cookie"
        cookie.unlink(missing_ok=True)
        _write(cookie, self.cookie)
        cookie.chmod(0o400)
        _write(self.folder / NAMES_PORT, str(self.ports.names))

    def process(self) -> Process:
        return Process(
            name="rabbitmq",
            command=(str(self.programs / "rabbitmq-server"),),
            environment=self.environment(),
            is_ready=self.is_ready,
            folder=self.folder,
            essential=True,
            stop_timeout_s=SERVER_STOP_TIMEOUT_S,
            after_stop=lambda: stop_name_server(self.folder),
            address=f"port {self.ports.amqp}, management {self.management_url}",
            ports=asdict(self.ports),
        )

    def environment(self) -> dict[str, str]:
        """What keeps the node, and `rabbitmqctl` with it, apart from every other one of this machine."""
        folder = self.folder
        return {
            "HOME": str(folder / "home"),
            "RABBITMQ_NODENAME": f"{USER}@localhost",
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_PID_FILE": str(folder / "rabbitmq.pid"),
            "RABBITMQ_DIST_PORT": str(self.ports.distribution),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "data"),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(folder / "data" / "feature_flags"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_EPMD_PORT": str(self.ports.names),
            "ERL_INETRC": str(folder / "inetrc"),
            "ERL_CRASH_DUMP": str(folder / "log" / "erl_crash.dump"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}"
            ),
            # The start script then becomes the broker instead of staying as its parent: our signals reach it.
            "RUNNING_UNDER_SYSTEMD": "true",
        }

    def is_ready(self) -> bool:
        """True once a client can log in.

        Raises:
            CannotContinue: it answers, and refuses our password.
        """
        if not answers(self.ports.amqp):
            return False
        address = f"{LOOPBACK}:{self.ports.amqp}"
        try:
            connection = amqp.Connection(host=address, userid=USER, password=self.password, connect_timeout=3)
            connection.connect()
            connection.close()
        except amqp.AccessRefused as error:
            raise CannotContinue(
                f"RabbitMQ in {self.folder} refuses the password of .local/secrets.",
                "Put the file back that belongs to this data, or remove both to begin anew.",
            ) from error
        except (OSError, amqp.AMQPError):
            return False
        return True

    def _settings(self) -> str:
        lines = {
            "listeners.tcp.1": f"{LOOPBACK}:{self.ports.amqp}",
            "distribution.listener.interface": LOOPBACK,
            "management.tcp.ip": LOOPBACK,
            "management.tcp.port": self.ports.management,
            "prometheus.tcp.ip": LOOPBACK,
            "prometheus.tcp.port": self.ports.metrics,
            "default_user": USER,
            "default_pass": self.password,
            "disk_free_limit.absolute": FREE_DISK_LIMIT,
            "vm_memory_high_watermark.absolute": MEMORY_LIMIT,
            "raft.wal_max_size_bytes": QUORUM_LOG_BYTES,
            "log.console": "false",
        }
        return "".join(f"{name} = {value}\n" for name, value in lines.items())


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)
