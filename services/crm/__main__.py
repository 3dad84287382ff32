"""`python -m services.crm api | worker | migrate`."""

from services.kit.roles import main

main("crm", "services.crm")
