"""`python -m gateway`: the HTTP edge."""

from gateway.api.server import run
from gateway.api.settings import settings

if __name__ == "__main__":
    run(settings())
