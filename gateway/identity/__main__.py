"""`python -m gateway.identity api | worker | migrate`, and what administrators do from the command line."""

import sys

from services.kit.roles import main

if len(sys.argv) > 1 and sys.argv[1] not in ("api", "worker", "migrate"):
    from gateway.identity.commands import run

    run(sys.argv[1:])
else:
    main("identity", "gateway.identity")
    if sys.argv[1] == "migrate":
        from gateway.identity.commands import seed

        seed()
