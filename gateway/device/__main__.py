"""`python -m gateway.device`: the command `sales`."""

from gateway.device.console import app

if __name__ == "__main__":
    app(prog_name="sales")
