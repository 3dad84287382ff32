"""Contents of attachments and raw messages, for those who see the message."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import grpc
import orjson
from sales.mail.v1 import service_pb2, service_pb2_grpc

from services.kit import rpc
from services.kit.config import settings
from services.kit.entities import entity
from services.kit.errors import Invalid, NotAllowedNow, NotFound, Violation
from services.kit.records.owner import Owner
from services.kit.records.reading import Reader
from services.mail.adapters.blobs import BlobMissing, Blobs, FolderBlobs

#: A browser shows these without running anything. A stranger's HTML or SVG would run in our pages' place.
_SHOWN: Final = ("application/pdf", "image/gif", "image/jpeg", "image/png", "image/webp")
_OTHERWISE: Final = "application/octet-stream"
#: What one answer between processes may hold, with room for the rest of it.
_MOST_BYTES: Final = 31 * 1024 * 1024


class Contents(service_pb2_grpc.MailContentsServicer):
    """Reads what is kept by its hash."""

    def __init__(self, owner: Owner, blobs: Blobs) -> None:
        self._owner = owner
        self._reader = Reader(owner.database)
        self._blobs = blobs

    def GetAttachment(  # noqa: N802
        self, request: service_pb2.GetAttachmentRequest, context: Any
    ) -> service_pb2.GetAttachmentResponse:
        """Return the file of an attachment."""
        found = self._record("mail.attachment", request.attachment_id, "attachment_id")
        kind = str(found["content_type"])
        return service_pb2.GetAttachmentResponse(
            file_name=found["file_name"],
            content_type=kind if kind in _SHOWN else _OTHERWISE,
            content=self._content(found["sha256"]),
            sha256=found["sha256"],
        )

    def GetRawMessage(  # noqa: N802
        self, request: service_pb2.GetRawMessageRequest, context: Any
    ) -> service_pb2.GetRawMessageResponse:
        """Return a message as it came or went."""
        found = self._record("mail.message", request.message_id, "message_id")
        return service_pb2.GetRawMessageResponse(
            file_name=f"{found['id']}.eml",
            content_type=_OTHERWISE,
            content=self._content(found["raw_sha256"]),
            sha256=found["raw_sha256"],
        )

    def _record(self, name: str, record_id: str, field: str) -> dict[str, Any]:
        try:
            wanted = str(UUID(record_id))
        except ValueError as error:
            violation = Violation(field, "INVALID_ID", "a UUID is expected")
            raise Invalid("INVALID_REQUEST", violations=[violation]) from error
        access = self._owner.access_book.get(rpc.current_actor())
        found = self._reader.get(access, entity(name), wanted)
        return dict(orjson.loads(found.fragments["base"]))

    def _content(self, sha256: str) -> bytes:
        try:
            content = self._blobs.get(sha256)
        except BlobMissing as error:
            raise NotFound("CONTENT_MISSING") from error
        if len(content) > _MOST_BYTES:
            raise NotAllowedNow("CONTENT_TOO_LARGE")
        return content


def register(server: grpc.Server, owner: Owner) -> None:
    """Add the questions of mail to a server."""
    blobs = FolderBlobs(settings().blobs_dir / "mail")
    service_pb2_grpc.add_MailContentsServicer_to_server(Contents(owner, blobs), server)
