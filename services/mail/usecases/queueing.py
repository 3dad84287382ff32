"""Messages on their way out, up to the queue: written by a user, or asked for by offers."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

import sqlalchemy as sa
from sales.mail.v1 import events_pb2
from sales.offers.v1 import events_pb2 as offers_pb2
from sales.reports.v1 import events_pb2 as reports_pb2

from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import time_text
from services.kit.errors import Invalid, NotAllowedNow, NotFound, SalesError, Violation
from services.kit.permissions import Access, matches
from services.kit.records.copies import user_of
from services.kit.records.places import chain_of
from services.kit.records.rules import CommandCall
from services.kit.schema import access_copy
from services.mail.domain import composing, reply_address
from services.mail.domain.filing import Found, Target
from services.mail.domain.report_problems import report_problem
from services.mail.domain.states import target_of as state_after
from services.mail.storage.contacts import addresses_of_party
from services.mail.storage.tables import TABLES, delivery, reply_token
from services.mail.usecases.linking import add_links, target_of

#: How long the copy of a party's addresses may be behind a wish to write to it. Decided 71 s after it at the
#: latest: the workers' delays are 1, 10 and 60 s.
ADDRESS_WAIT: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to queue. `document` names what is fetched and attached before it goes."""

    message_id: str
    to: Sequence[str]
    subject: str
    text: str
    cc: Sequence[str] = ()
    targets: Sequence[Target] = ()
    in_reply_to: str = ""
    references: Sequence[str] = ()
    document: Mapping[str, str] = field(default_factory=dict)


def queue(uow: UnitOfWork, mailbox: Row, outgoing: Outgoing) -> Row:
    """Store a message to send; its Message-ID and reply address are fixed from here on."""
    domain = mailbox.values["address"].rpartition("@")[2]
    message = uow.create(
        "mail.message",
        {
            "id": outgoing.message_id,
            "mailbox_id": mailbox.id,
            "direction": "outgoing",
            "state": "queued",
            "kind": "ordinary",
            "rfc_message_id": f"<{outgoing.message_id}@{domain}>",
            "in_reply_to": outgoing.in_reply_to,
            "reference_ids": list(outgoing.references),
            "from_address": mailbox.values["address"],
            "from_name": mailbox.values["display_name"],
            "to_addresses": list(outgoing.to),
            "cc_addresses": list(outgoing.cc),
            "subject": outgoing.subject,
            "text": outgoing.text,
            "dated_at": time_text(uow.now),
        },
    )
    add_links(uow, message, [Found(each, "written", 100, "written about it") for each in outgoing.targets])
    uow.connection.execute(
        sa.insert(delivery).values(
            message_id=UUID(message.id),
            mailbox_id=UUID(mailbox.id),
            document=dict(outgoing.document),
            queued_at=uow.now,
            next_attempt_at=uow.now,
        )
    )
    token = reply_address.token_text(secrets.token_bytes(8))
    uow.connection.execute(sa.insert(reply_token).values(token=token, message_id=UUID(message.id)))
    return message


def send_message(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Queue a message that a user wrote. Called again with the same message id it changes nothing.

    Raises:
        Invalid: INVALID_FIELDS.
        NotAllowedNow: MAILBOX_PAUSED, MAILBOX_NOT_READY.
    """
    request = call.request
    message_id = _id(request["message_id"], "message_id") or str(uuid5(UUID(call.change_id), "message"))
    known = uow.get("mail.message", message_id)
    if known is not None:
        if known.values["mailbox_id"] != row.id or known.values["direction"] != "outgoing":
            raise Invalid("ALREADY_EXISTS", params={"id": message_id})
        return
    composing.check(to=request["to"], cc=request["cc"], subject=request["subject"], text=request["text"])
    require_ready(row)
    answered = _answered(uow, call)
    targets = []
    if request["entity"] or request["record_id"]:
        record_id = request["record_id"].lower()
        targets = [target_of(uow, call.access, entity=request["entity"], record_id=record_id)]
    queue(
        uow,
        row,
        Outgoing(
            message_id=message_id,
            to=request["to"],
            cc=request["cc"],
            subject=" ".join(request["subject"].split()),
            text=request["text"],
            targets=targets,
            in_reply_to=answered.values["rfc_message_id"] if answered else "",
            references=_thread(answered) if answered else (),
        ),
    )


def _id(text: str, name: str) -> str:
    try:
        return str(UUID(text)) if text else ""
    except ValueError as error:
        violation = Violation(f"request.{name}", "INVALID_ID", "a UUID is expected")
        raise Invalid("INVALID_FIELDS", violations=[violation]) from error


def _answered(uow: UnitOfWork, call: CommandCall) -> Row | None:
    message_id = _id(call.request["answers_id"], "answers_id")
    if not message_id:
        return None
    found = uow.get("mail.message", message_id)
    if found is None or not matches(call.access, "mail", "read", chain_of(uow, found)):
        violation = Violation("request.answers_id", "REFERENCE_NOT_FOUND", "no such mail.message")
        raise Invalid("INVALID_FIELDS", violations=[violation])
    return found


def _thread(answered: Row) -> list[str]:
    known = [*answered.values["reference_ids"], answered.values["rfc_message_id"]]
    return [each for each in known if each][-20:]


def require_ready(mailbox: Row) -> None:
    """Check that a mailbox can send.

    Raises:
        NotAllowedNow: MAILBOX_PAUSED, MAILBOX_NOT_READY.
    """
    if mailbox.values["paused"]:
        raise NotAllowedNow("MAILBOX_PAUSED")
    if not mailbox.values["smtp_host"] or not mailbox.values["has_secret"]:
        raise NotAllowedNow("MAILBOX_NOT_READY")


def queue_document(
    uow: UnitOfWork, wanted: offers_pb2.DocumentSendingRequested, *, asked_at: datetime
) -> bool:
    """Queue the message that carries a frozen revision; what cannot be queued is answered at once.

    The user who asked must be allowed to write from the mailbox: offers cannot know that.

    Returns:
        False if it is too early to tell: no address is named, and the party's may still come from the CRM.

    Raises:
        Invalid: INVALID_EVENT, an id that is none.
    """
    for name in ("message_id", "revision_id", "offer_id", "party_id", "requested_by"):
        _require_id(getattr(wanted, name), name)
    if uow.get("mail.message", wanted.message_id) is not None:
        return True
    known = [] if wanted.to else addresses_of_party(uow.connection, wanted.party_id)
    # The CRM's events come by another queue: an address older than the wish may arrive after it.
    if not wanted.to and not known and uow.now - asked_at < ADDRESS_WAIT:
        return False
    to = wanted.to or composing.choose_address(known)
    try:
        composing.check(to=[to] if to else (), cc=(), subject=wanted.subject, text=wanted.text)
        mailbox = _mailbox_of(uow, wanted.requested_by, wanted.mailbox_id)
        require_ready(mailbox)
    except SalesError as error:
        reason = error.violations[0].reason if error.violations else error.reason
        tell_not_sent(
            uow,
            {"id": wanted.message_id, "revision_id": wanted.revision_id, "offer_id": wanted.offer_id},
            reason,
        )
        return True
    targets = [
        Target("offers.revision", wanted.revision_id, wanted.party_id),
        Target("offers.offer", wanted.offer_id, wanted.party_id),
    ]
    outgoing = Outgoing(
        message_id=wanted.message_id,
        to=[to],
        subject=" ".join(wanted.subject.split()),
        text=wanted.text,
        targets=targets,
        document={"revision_id": wanted.revision_id, "language": wanted.language},
    )
    queue(uow, mailbox, outgoing)
    return True


def queue_report(uow: UnitOfWork, service: str, wanted: reports_pb2.ReportDue) -> None:
    """Queue the message that carries a report, from the mailbox of the report's owner to one user.

    Where it cannot go (no mailbox or several, a paused one, a recipient without an address), the report's
    owner is told what to do: nobody reads dead letters who could do it.

    Raises:
        Invalid: INVALID_EVENT, an id that is none.
    """
    for name in ("message_id", "report_id", "recipient_id", "requested_by"):
        _require_id(getattr(wanted, name), name)
    if uow.get("mail.message", wanted.message_id) is not None:
        return
    document = {
        "service": service,
        "report_id": wanted.report_id,
        "reader_id": wanted.recipient_id,
        "format": wanted.format,
        "language": wanted.language,
        "due_at": wanted.due_at,
    }
    to = user_of(uow, UUID(wanted.recipient_id)).get("email", "")
    try:
        composing.check(to=[to] if to else (), cc=(), subject=wanted.subject, text=wanted.text)
        mailbox = _mailbox_of(uow, wanted.requested_by)
        require_ready(mailbox)
    except (Invalid, NotFound, NotAllowedNow) as error:
        reason = "REPORT_ADDRESS_WRONG" if isinstance(error, Invalid) else error.reason
        _tell_of_report(uow, wanted.message_id, document, reason=reason)
        return
    subject = " ".join(wanted.subject.split())
    outgoing = Outgoing(
        message_id=wanted.message_id, to=[to], subject=subject, text=wanted.text, document=document
    )
    queue(uow, mailbox, outgoing)


def _require_id(text: str, name: str) -> None:
    try:
        UUID(text)
    except ValueError as error:
        raise Invalid("INVALID_EVENT", violations=[Violation(name, "INVALID_ID")]) from error


def _mailbox_of(uow: UnitOfWork, user_id: str, mailbox_id: str = "") -> Row:
    """The mailbox that was named; of a request that names none, the only one of its author."""
    access = _access(uow, user_id)
    if mailbox_id:
        found = uow.get("mail.mailbox", mailbox_id)
        rows = [found] if found is not None and not found.values["deleted"] else []
    else:
        owner = TABLES["mail.mailbox"].c.owner_id == UUID(user_id)
        rows = uow.find("mail.mailbox", owner)
    allowed = [row for row in rows if access and matches(access, "mail", "write", chain_of(uow, row))]
    if len(allowed) != 1:
        raise NotFound("MAILBOX_UNKNOWN")
    return allowed[0]


def _access(uow: UnitOfWork, user_id: str) -> Access | None:
    query = sa.select(access_copy.c.body).where(access_copy.c.user_id == UUID(user_id))
    body = uow.connection.scalar(query)
    access = Access.from_json(body) if body is not None else None
    return access if access is not None and not access.inactive else None


def send_again(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Queue a message once more, its Message-ID as it was: whoever has it recognises the double.

    Raises:
        NotAllowedNow: WRONG_STATE, MAILBOX_PAUSED, MAILBOX_NOT_READY.
    """
    target = state_after("send_again", row.values["state"])
    require_ready(uow.require("mail.mailbox", row.values["mailbox_id"]))
    uow.move(row, target, command="send_again")
    row.values["server_reply"] = ""
    again = {"next_attempt_at": uow.now, "queued_at": uow.now, "attempts": 0}
    uow.connection.execute(
        sa.update(delivery)
        .where(delivery.c.message_id == UUID(row.id))
        .values(**again, leased_until=None, handed_over_at=None)
    )


def _tell_of_report(
    uow: UnitOfWork, message_id: str, document: Mapping[str, str], *, reason: str = "", detail: str = ""
) -> None:
    texts = report_problem(reason, detail) if reason else {}
    uow.emit(
        events_pb2.ReportSendingEnded(
            message_id=message_id,
            service=document["service"],
            report_id=document["report_id"],
            recipient_id=document["reader_id"],
            due_at=document.get("due_at", ""),
            reason=reason,
            texts=texts,
        ),
        subject=message_id,
    )


def _report_of(uow: UnitOfWork, message_id: str) -> Mapping[str, str] | None:
    """What a message says of the report that it carries."""
    query = sa.select(delivery.c.document).where(delivery.c.message_id == UUID(message_id))
    document = uow.connection.scalar(query)
    return document if document and "report_id" in document else None


def tell_not_sent(uow: UnitOfWork, message: Mapping[str, Any], reason: str) -> None:
    """Tell who asked for a revision or a report that it will not be sent by itself any more."""
    report = _report_of(uow, message["id"])
    if report is not None:
        _tell_of_report(uow, message["id"], report, reason="REPORT_NOT_SENT", detail=reason)
    if message["revision_id"]:
        uow.emit(
            events_pb2.MessageNotSent(
                message_id=message["id"],
                revision_id=message["revision_id"],
                offer_id=message["offer_id"],
                reason=reason[:500],
            ),
            subject=message["id"],
        )


def tell_sent(uow: UnitOfWork, message: Mapping[str, Any]) -> None:
    """Tell who asked for a revision or a report that it is on its way."""
    report = _report_of(uow, message["id"])
    if report is not None:
        _tell_of_report(uow, message["id"], report)
    if message["revision_id"]:
        uow.emit(
            events_pb2.MessageSent(
                message_id=message["id"],
                revision_id=message["revision_id"],
                offer_id=message["offer_id"],
                party_id=message["party_id"],
                sent_at=message["sent_at"] or time_text(uow.now),
                to=", ".join(message["to_addresses"]),
            ),
            subject=message["id"],
        )
