"""`python -m gateway.exporting`: the command `sales export`."""

from gateway.exporting.console import app

if __name__ == "__main__":
    app(prog_name="sales export")
