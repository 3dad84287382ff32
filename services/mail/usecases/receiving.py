"""A message that arrived: stored once, with its attachments, and filed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from uuid_utils.compat import uuid7

from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import time_text
from services.mail.domain import kinds, reply_address
from services.mail.domain.addresses import folded
from services.mail.domain.filing import Clues, Filing, Found, decide
from services.mail.domain.reading import ReadMessage
from services.mail.domain.states import target_of as state_after
from services.mail.storage.archive import StoredArchive
from services.mail.storage.tables import TABLES, fingerprint, folder_position, reply_token
from services.mail.usecases.files import StoredFile, store_files
from services.mail.usecases.linking import add_links
from services.mail.usecases.sending import record_sent


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message was found."""

    folder: str
    uid_validity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message with everything that was prepared outside the transaction. HTML is sanitised."""

    read: ReadMessage
    text: str
    html: str
    remote_pictures: bool
    files: Sequence[StoredFile]
    raw_sha256: str
    size_bytes: int
    received_at: datetime | None


def receive(uow: UnitOfWork, mailbox: Row, arrival: Arrival, *, at: Place, signing_key: bytes) -> Row | None:
    """Store and file a message and note that it was read, all in one transaction; None if it is here already.

    Whoever reads the same folder at the same time waits here and then finds it stored.
    """
    if not _advance(uow, mailbox.id, at):
        return None
    message_id = str(uuid7())
    if not _is_first(uow, mailbox.id, message_id, arrival.read, arrival.files):
        return None
    read = arrival.read
    if _id_was_used(uow, mailbox.id, read.message_id):
        read.warnings.add("message_id_reused")
    tokens, forged = _reply_tokens(mailbox, read, signing_key)
    if forged:
        read.warnings.add("forged_reply_address")
    kind = kinds.kind_of(read)
    message = uow.create("mail.message", _values(message_id, mailbox, arrival, kind))
    store_files(uow, message, arrival.files)
    _note_fate(uow, tokens, read, kind)
    _file(uow, message, read, kind, tokens, forged=forged)
    return message


# Once only


def _advance(uow: UnitOfWork, mailbox_id: str, at: Place) -> bool:
    """Move the folder's position to this message; False if it is there or beyond."""
    table = folder_position
    insert = pg.insert(table).values(
        mailbox_id=UUID(mailbox_id),
        folder=at.folder,
        uid_validity=at.uid_validity,
        last_uid=at.uid,
        read_at=uow.now,
    )
    statement = insert.on_conflict_do_update(
        index_elements=[table.c.mailbox_id, table.c.folder],
        set_={name: insert.excluded[name] for name in ("uid_validity", "last_uid", "read_at")},
        where=sa.or_(
            table.c.uid_validity != insert.excluded.uid_validity,
            table.c.last_uid < insert.excluded.last_uid,
        ),
    )
    return uow.connection.execute(statement.returning(table.c.last_uid)).first() is not None


def fingerprint_of(read: ReadMessage, files: Sequence[StoredFile]) -> bytes:
    """Return what makes a message the same message: Message-ID, sender, subject, date, text, attachments.

    Not the raw bytes: each server on the way adds headers, and our own copy has none of them.
    """
    parts = [
        read.message_id,
        folded(read.sender[1]),
        read.subject,
        read.dated_at.isoformat() if read.dated_at else "",
        " ".join(read.text.split()),
        " ".join(read.html.split()),
        *(file.sha256 for file in files),
    ]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).digest()


def _is_first(
    uow: UnitOfWork, mailbox_id: str, message_id: str, read: ReadMessage, files: Sequence[StoredFile]
) -> bool:
    return note_fingerprint(uow, mailbox_id, message_id, fingerprint_of(read, files))


def note_fingerprint(uow: UnitOfWork, mailbox_id: str, message_id: str, sha256: bytes) -> bool:
    """Remember a message's fingerprint; False if the mailbox has it already."""
    values = {"mailbox_id": UUID(mailbox_id), "sha256": sha256, "message_id": UUID(message_id)}
    statement = pg.insert(fingerprint).values(**values).on_conflict_do_nothing()
    return uow.connection.execute(statement.returning(fingerprint.c.message_id)).first() is not None


def _id_was_used(uow: UnitOfWork, mailbox_id: str, rfc_message_id: str) -> bool:
    table = TABLES["mail.message"]
    query = sa.select(sa.literal(1)).where(
        table.c.mailbox_id == UUID(mailbox_id), table.c.rfc_message_id == rfc_message_id
    )
    return bool(rfc_message_id) and uow.connection.execute(query.limit(1)).first() is not None


# What it is


def _values(message_id: str, mailbox: Row, arrival: Arrival, kind: str) -> dict[str, Any]:
    read = arrival.read
    return {
        "id": message_id,
        "mailbox_id": mailbox.id,
        "direction": "incoming",
        "state": "unrelated",
        "kind": kind,
        "rfc_message_id": read.message_id,
        "in_reply_to": read.in_reply_to,
        "reference_ids": read.references,
        "from_address": read.sender[1],
        "from_name": read.sender[0],
        "to_addresses": read.to,
        "cc_addresses": read.cc,
        "subject": read.subject,
        "text": arrival.text,
        "html": arrival.html,
        "remote_pictures": arrival.remote_pictures,
        "dated_at": time_text(read.dated_at) if read.dated_at else None,
        "received_at": time_text(arrival.received_at) if arrival.received_at else None,
        "warnings": sorted(read.warnings),
        "raw_sha256": arrival.raw_sha256,
        "size_bytes": arrival.size_bytes,
        "attachment_count": len(arrival.files),
    }


def _reply_tokens(mailbox: Row, read: ReadMessage, key: bytes) -> tuple[list[str], bool]:
    """Return the tokens of our own reply addresses among the recipients, and whether one was forged."""
    addresses = dict.fromkeys([*read.to, *read.cc, *read.delivered_to])
    claimed = [
        found
        for address in addresses
        if folded(address) == folded(mailbox.values["address"])
        and (found := reply_address.read(address, key)) is not None
    ]
    genuine = [each.token for each in claimed if each.genuine]
    return genuine, len(genuine) < len(claimed)


def _note_fate(uow: UnitOfWork, tokens: Sequence[str], read: ReadMessage, kind: str) -> None:
    """An answer proves that a message of ours arrived, a bounce to its signed address that it did not."""
    table = TABLES["mail.message"]
    named = sa.select(reply_token.c.message_id).where(reply_token.c.token.in_(tokens))
    ids = [str(i) for i in uow.connection.execute(named).scalars()] if tokens else []
    if kind != "bounce" and read.in_reply_to:
        query = sa.select(table.c.id).where(
            table.c.rfc_message_id == read.in_reply_to, table.c.direction == "outgoing"
        )
        ids += [str(i) for i in uow.connection.execute(query).scalars()]
    for row in uow.get_many("mail.message", ids, lock=True).values():
        if kind == "bounce" and row.values["state"] in ("sent", "uncertain") and kinds.is_permanent(read):
            uow.move(row, state_after("return", row.values["state"]), command="return")
            row.values["server_reply"] = kinds.words_of(read)
        elif kind != "bounce" and row.values["state"] == "uncertain":
            record_sent(uow, row.id, reply="it was answered")


# Where it belongs


def _file(
    uow: UnitOfWork, message: Row, read: ReadMessage, kind: str, tokens: Sequence[str], *, forged: bool
) -> None:
    uow.flush()
    archive = StoredArchive(uow.connection)
    answered = read.in_reply_to or (read.returned_id if kind == "bounce" else "")
    clues = Clues(
        sender=read.sender[1],
        subject=read.subject,
        in_reply_to=answered,
        references=read.references,
        reply_tokens=tokens,
        forwarded=read.forwarded,
        ours=archive.our_addresses(),
    )
    filing = decide(clues, archive)
    if forged:
        # Somebody tries to look like a reply: what else it says of itself is for a person to judge.
        filing = Filing(candidates=(*filing.links, *filing.candidates))
    add_links(uow, message, filing.links)
    if filing.links:
        message.values["state"] = "filed"
    elif filing.candidates or forged:
        message.values["state"] = "review"
        cause = "forged_reply_address" if forged else "several_candidates"
        _ask(uow, message, cause, filing.candidates)


def _ask(uow: UnitOfWork, message: Row, cause: str, candidates: Sequence[Found]) -> None:
    uow.create(
        "mail.review_item",
        {
            "id": str(uuid7()),
            "message_id": message.id,
            "cause": cause,
            "state": "open",
            "candidates": [
                {
                    "entity": each.target.entity,
                    "record_id": each.target.record_id,
                    "party_id": each.target.party_id,
                    "rule": each.rule,
                    "confidence": each.confidence,
                    "reason": each.reason[:500],
                }
                for each in candidates
            ],
        },
    )
