"""`make up` with two fake processes instead of the services."""

import sys
from collections.abc import Sequence
from pathlib import Path

from services.local.folders import folders
from services.local.messages import CannotContinue
from services.local.process import Process
from services.local.processes import DATABASES, Surroundings
from services.local.up import up
from tests.local.fakes import Fakes


def declare(surroundings: Surroundings) -> Sequence[Process]:
    fakes = Fakes(Path(surroundings.folders.local))
    return [fakes.make("gateway", needs=("api",)), fakes.make("api", "parent", needs=(DATABASES,))]


if __name__ == "__main__":
    try:
        up(folders(), declare=declare)
    except CannotContinue as problem:
        sys.exit(str(problem))
