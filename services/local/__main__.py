"""`python -m services.local up | down`, which `make up` and `make down` call."""

import sys

from services.local.down import down
from services.local.folders import folders
from services.local.messages import CannotContinue
from services.local.up import up

COMMANDS = {"up": up, "down": down}


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        sys.exit(f"usage: python -m services.local {' | '.join(COMMANDS)}")
    try:
        COMMANDS[sys.argv[1]](folders())
    except CannotContinue as problem:
        sys.exit(str(problem))
    except PermissionError as error:
        sys.exit(
            f"No permission for {error.filename or 'a process of another user'}.\n"
            "  -> Run this as the user who started it first, or give that user's files in .local to yours."
        )


if __name__ == "__main__":
    main()
