"""Documents of offers, fetched when a message that carries one is about to be sent."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Protocol

from sales.offers.v1 import service_pb2, service_pb2_grpc

from services.kit import rpc
from services.kit.actor import SYSTEM
from services.kit.errors import Unavailable
from services.mail.domain.composing import File
from services.mail.domain.reading import safe_file_name

#: A print takes half a second; a queue before it, more.
_TIMEOUT_S = 60.0


class Prints(Protocol):
    """Where prints come from."""

    def print_revision(self, revision_id: str, language: str) -> File:
        """Return the print of a frozen revision.

        Raises:
            Unavailable: offers cannot be reached.
            SalesError: it has no such print.
        """


class OffersPrints:
    """Asks offers by gRPC, as the system."""

    def __init__(self, targets: Mapping[str, str]) -> None:
        self._targets = targets
        self._stub: service_pb2_grpc.OffersDocumentsStub | None = None

    def print_revision(self, revision_id: str, language: str) -> File:
        """Return the print, if it is what its hash says.

        Raises:
            Unavailable, SalesError: as in `Prints`.
        """
        request = service_pb2.PrintRevisionRequest(revision_id=revision_id, language=language)
        with rpc.acting(SYSTEM, timeout_s=_TIMEOUT_S):
            answer = self._documents().PrintRevision(request, timeout=_TIMEOUT_S)
        if hashlib.sha256(answer.content).hexdigest() != answer.sha256:
            raise Unavailable("PRINT_DAMAGED", "the print is not what its hash says")
        name = safe_file_name(answer.file_name) or "offer.pdf"
        return File(name, answer.content_type, answer.content)

    def _documents(self) -> service_pb2_grpc.OffersDocumentsStub:
        if self._stub is None:
            target = self._targets.get("offers")
            if target is None:
                raise Unavailable("OWNER_AWAY", params={"service": "offers"})
            self._stub = service_pb2_grpc.OffersDocumentsStub(rpc.channel(target))
        return self._stub
