"""Attachments as records; their contents are kept by hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from services.kit.database import Row, UnitOfWork


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An attachment whose content is kept already."""

    file_name: str
    content_type: str
    size_bytes: int
    sha256: str
    content_id: str = ""


def store_files(uow: UnitOfWork, message: Row, files: Sequence[StoredFile]) -> None:
    """Make a record for each file of a message, once however often it is called."""
    ids = [str(uuid5(UUID(message.id), f"attachment/{n}")) for n in range(1, len(files) + 1)]
    known = uow.get_many("mail.attachment", ids)
    for position, (attachment_id, file) in enumerate(zip(ids, files, strict=True), start=1):
        if attachment_id in known:
            continue
        uow.create(
            "mail.attachment",
            {
                "id": attachment_id,
                "message_id": message.id,
                "position": position,
                "file_name": file.file_name,
                "content_type": file.content_type,
                "size_bytes": file.size_bytes,
                "sha256": file.sha256,
                "content_id": file.content_id,
            },
        )
