"""`python -m services.offers api | worker | migrate`."""

from services.kit.roles import main

main("offers", "services.offers")
