"""Documents of offers, fetched when a message that carries one is about to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from services.kit.errors import Unavailable
from services.mail.domain.composing import File


class Prints(Protocol):
    """Where prints come from."""

    def print_revision(self, revision_id: str, language: str) -> File:
        """Return the print of a frozen revision.

        Raises:
            Unavailable: offers cannot be reached.
            SalesError: it has no such print.
        """


class OffersPrints:
    """Asks offers by gRPC."""

    def __init__(self, targets: Mapping[str, str]) -> None:
        self._targets = targets

    def print_revision(self, revision_id: str, language: str) -> File:
        raise Unavailable("OWNER_AWAY", params={"service": "offers"})
