"""`python -m services.mail api | worker | courier | migrate`."""

from __future__ import annotations

import sys

from services.kit.roles import main

if sys.argv[1:] == ["courier"]:
    from services.mail.courier.process import run

    run()
else:
    main("mail", "services.mail")
