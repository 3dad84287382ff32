"""`python -m services.aftersales api | worker | migrate`."""

from services.kit.roles import main

main("aftersales", "services.aftersales")
