"""The rules of mail, as the generic write path calls them."""

from __future__ import annotations

from services.kit.records.rules import EntityRules, Rules
from services.mail.usecases.filing import dismiss_review_item, file_message, unfile_message
from services.mail.usecases.mailboxes import prepare_mailbox, set_secret
from services.mail.usecases.queueing import send_again, send_message

RULES = Rules(
    entities={"mail.mailbox": EntityRules(prepare=prepare_mailbox)},
    commands={
        ("mail.mailbox", "send"): send_message,
        ("mail.mailbox", "set_secret"): set_secret,
        ("mail.message", "file"): file_message,
        ("mail.message", "unfile"): unfile_message,
        ("mail.message", "send_again"): send_again,
        ("mail.review_item", "dismiss"): dismiss_review_item,
    },
)
