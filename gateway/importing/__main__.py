"""`python -m gateway.importing`: the command `sales import`."""

from gateway.importing.console import app
from services.kit.garbage import collect_rarely

if __name__ == "__main__":
    collect_rarely()
    app(prog_name="sales import")
