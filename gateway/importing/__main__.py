"""`python -m gateway.importing`: the command `sales import`."""

from gateway.importing.console import app

if __name__ == "__main__":
    app(prog_name="sales import")
