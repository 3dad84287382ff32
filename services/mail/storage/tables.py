"""Tables of mail: one per entity, and what the slow process works from."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.kit.schema import (
    flag,
    ident,
    idents,
    integer,
    moment,
    record_table,
    search_column,
    search_index,
    structure,
    text,
    texts,
)

metadata = sa.MetaData()

mailbox = record_table(
    "mailbox",
    metadata,
    ident("team_id"),
    idents("shared_with"),
    text("name"),
    text("address"),
    text("display_name"),
    text("smtp_host"),
    integer("smtp_port"),
    text("smtp_security"),
    text("imap_host"),
    integer("imap_port"),
    text("imap_security"),
    text("user_name"),
    text("folder"),
    flag("paused"),
    flag("has_secret"),
    text("state"),
    text("problem"),
    moment("problem_at"),
    search_column(),
)
search_index(mailbox)
sa.Index("mailbox_address", mailbox.c.address, unique=True, postgresql_where=sa.not_(mailbox.c.deleted))
sa.Index("mailbox_owner", mailbox.c.owner_id)

message = record_table(
    "message",
    metadata,
    ident("mailbox_id"),
    text("direction"),
    text("state"),
    text("kind"),
    text("rfc_message_id"),
    text("in_reply_to"),
    texts("reference_ids"),
    text("from_address"),
    text("from_name"),
    texts("to_addresses"),
    texts("cc_addresses"),
    text("subject"),
    text("text"),
    text("html"),
    flag("remote_pictures"),
    moment("dated_at"),
    moment("received_at"),
    moment("sent_at"),
    ident("party_id"),
    ident("offer_id"),
    ident("revision_id"),
    text("filing_rule"),
    integer("confidence"),
    text("filing_reason"),
    texts("warnings"),
    text("raw_sha256"),
    integer("size_bytes"),
    integer("attachment_count"),
    text("server_reply"),
    integer("attempts"),
    texts("refused_recipients"),
    search_column(),
)
search_index(message)
sa.Index("message_mailbox", message.c.mailbox_id)
sa.Index("message_party", message.c.party_id)
sa.Index("message_offer", message.c.offer_id)
sa.Index("message_rfc_id", message.c.rfc_message_id, postgresql_where=message.c.rfc_message_id != "")

attachment = record_table(
    "attachment",
    metadata,
    ident("message_id"),
    integer("position"),
    text("file_name"),
    text("content_type"),
    integer("size_bytes"),
    text("sha256"),
    text("content_id"),
    search_column(),
)
search_index(attachment)
sa.Index("attachment_message", attachment.c.message_id)
sa.Index("attachment_sha256", attachment.c.sha256)

link = record_table(
    "link",
    metadata,
    ident("message_id"),
    text("entity"),
    ident("record_id"),
    ident("party_id"),
    text("rule"),
    integer("confidence"),
    text("reason"),
)
sa.Index("link_message", link.c.message_id)
sa.Index("link_record", link.c.entity, link.c.record_id)

review_item = record_table(
    "review_item",
    metadata,
    ident("message_id"),
    text("cause"),
    text("state"),
    structure("candidates"),
)
sa.Index("review_item_message", review_item.c.message_id)
sa.Index("review_item_open", review_item.c.id, postgresql_where=review_item.c.state == "open")

#: Passwords of mailboxes, sealed. Written by :set_secret, read by the courier; no record, no event has them.
mailbox_secret = sa.Table(
    "mailbox_secret",
    metadata,
    sa.Column("mailbox_id", sa.Uuid, primary_key=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
)

#: What is to be sent, beside its message: when to try, and how far the attempt came.
delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("message_id", sa.Uuid, primary_key=True),
    sa.Column("mailbox_id", sa.Uuid, nullable=False),
    # Document to fetch before it can be sent: {revision_id, language}; {} for a plain message.
    sa.Column("document", pg.JSONB, nullable=False, server_default="{}"),
    sa.Column("next_attempt_at", sa.DateTime(timezone=True)),
    sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
    # Until then one courier works at it; after it, it was killed at its work.
    sa.Column("leased_until", sa.DateTime(timezone=True)),
    # The end of the message was about to go out in this attempt: from here on it may have been taken.
    sa.Column("handed_over_at", sa.DateTime(timezone=True)),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
)
sa.Index("delivery_due", delivery.c.next_attempt_at, postgresql_where=delivery.c.next_attempt_at.is_not(None))

#: Our signed reply addresses: token -> message.
reply_token = sa.Table(
    "reply_token",
    metadata,
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("message_id", sa.Uuid, nullable=False, unique=True),
)

#: How far each mailbox has been read.
folder_position = sa.Table(
    "folder_position",
    metadata,
    sa.Column("mailbox_id", sa.Uuid, primary_key=True),
    sa.Column("folder", sa.Text, primary_key=True),
    sa.Column("uid_validity", sa.BigInteger, nullable=False),
    sa.Column("last_uid", sa.BigInteger, nullable=False),
    sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
)

#: What is in a mailbox already, by Message-ID and content.
fingerprint = sa.Table(
    "fingerprint",
    metadata,
    sa.Column("mailbox_id", sa.Uuid, primary_key=True),
    sa.Column("sha256", sa.LargeBinary, primary_key=True),
    sa.Column("message_id", sa.Uuid, nullable=False),
)

#: E-mail addresses of parties, from the CRM's events.
known_address = sa.Table(
    "known_address",
    metadata,
    # The contact point, or the party itself for its PEC.
    sa.Column("entity", sa.Text, primary_key=True),
    sa.Column("record_id", sa.Uuid, primary_key=True),
    sa.Column("party_id", sa.Uuid, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("domain", sa.Text, nullable=False),
)
sa.Index("known_address_address", known_address.c.address)
sa.Index("known_address_domain", known_address.c.domain)

#: Numbers of offers and requests, from the events of their owners.
known_number = sa.Table(
    "known_number",
    metadata,
    sa.Column("entity", sa.Text, primary_key=True),
    sa.Column("record_id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("party_id", sa.Uuid, nullable=False),
)
sa.Index("known_number_number", known_number.c.number)

TABLES = {
    "mail.mailbox": mailbox,
    "mail.message": message,
    "mail.attachment": attachment,
    "mail.link": link,
    "mail.review_item": review_item,
}
