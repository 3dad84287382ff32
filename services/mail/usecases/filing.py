"""Filing by hand: correction, undo, and the review of what the rules could not decide."""

from __future__ import annotations

from services.kit.database import Row, UnitOfWork
from services.kit.errors import Invalid, NotAllowedNow, Violation
from services.kit.records.rules import CommandCall
from services.mail.domain.filing import Found
from services.mail.domain.states import target_of as state_after
from services.mail.usecases.linking import add_links, remove_links, target_of


def file_message(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """File a message under a record that its author may see; open review items of it are resolved.

    Outgoing messages may be linked too; their state stays.

    Raises:
        Invalid: INVALID_FIELDS with NOT_LINKABLE or REFERENCE_NOT_FOUND.
    """
    target = target_of(
        uow, call.access, entity=call.request["entity"], record_id=call.request["record_id"].lower()
    )
    if call.request["instead"]:
        remove_links(uow, row, uow.children("mail.link", row.id))
    add_links(uow, row, [Found(target, "by_hand", 100, "filed by hand")])
    _close_review(uow, row, "resolved")
    if row.values["direction"] == "incoming" and row.values["state"] != "filed":
        uow.move(row, state_after("file", row.values["state"]), command="file")


def unfile_message(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Take a filing back: one link, or all of them. A message without any is unrelated until filed again.

    Raises:
        NotAllowedNow: WRONG_STATE, nothing is filed.
        Invalid: INVALID_FIELDS with REFERENCE_NOT_FOUND, no such link of this message.
    """
    links = uow.children("mail.link", row.id)
    if not links:
        raise NotAllowedNow(
            "WRONG_STATE", params={"state": row.values["state"], "command": "unfile", "allowed": "filed"}
        )
    wanted = call.request["link_id"].lower()
    chosen = [link for link in links if not wanted or link.id == wanted]
    if not chosen:
        violation = Violation("request.link_id", "REFERENCE_NOT_FOUND", "the message has no such link")
        raise Invalid("INVALID_FIELDS", violations=[violation])
    remove_links(uow, row, chosen)
    if len(chosen) == len(links) and row.values["direction"] == "incoming":
        uow.move(row, state_after("unfile", row.values["state"]), command="unfile")


def dismiss_review_item(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Say that none of the candidates is right.

    Raises:
        NotAllowedNow: WRONG_STATE, it is decided already.
    """
    _require_open(row)
    message = uow.require("mail.message", row.values["message_id"], lock=True)
    uow.move(row, "dismissed", command="dismiss")
    if message.values["state"] == "review":
        uow.move(message, state_after("dismiss", "review"), command="dismiss")


def _require_open(row: Row) -> None:
    if row.values["state"] != "open":
        params = {"state": row.values["state"], "command": "dismiss", "allowed": "open"}
        raise NotAllowedNow("WRONG_STATE", params=params)


def _close_review(uow: UnitOfWork, message: Row, state: str) -> None:
    for item in uow.children("mail.review_item", message.id):
        if item.values["state"] == "open":
            uow.move(item, state, command="file")
