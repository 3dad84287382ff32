"""Where RabbitMQ's own programs are.

Not those on the PATH: Debian's change to the account and folder of the system's broker.
"""

import os
import subprocess
from pathlib import Path

NAMES_PORT = "names.port"
FOLDERS = (
    "/usr/lib/rabbitmq/bin",
    "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin",
    "/opt/homebrew/opt/rabbitmq/sbin",
    "/usr/local/opt/rabbitmq/sbin",
)


def programs() -> Path | None:
    """The folder with `rabbitmq-server`; None without RabbitMQ. `SALES_RABBITMQ` names another one."""
    wish = os.environ.get("SALES_RABBITMQ")
    if wish:
        return Path(wish) if (Path(wish) / "rabbitmq-server").exists() else None
    root = Path("/")
    for pattern in FOLDERS:
        for folder in sorted(root.glob(pattern.removeprefix("/")), reverse=True):
            if (folder / "rabbitmq-server").exists():
                return folder
    return None


def stop_name_server(node: Path) -> None:
    """End the private epmd of the node in that folder, which outlives the node that started it."""
    recorded = node / NAMES_PORT
    try:
        port = recorded.read_text()
    except OSError:
        return
    recorded.unlink()
    subprocess.run(["epmd", "-port", port, "-kill"], capture_output=True, check=False)
