"""A message once more, for another queue: the same body and identity, headers of our choice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import amqp

_PERSISTENT: Final = 2
_IDENTITY: Final = ("message_id", "type", "content_type", "content_encoding")
#: Added by brokers on the way; passed on, they would tell of a journey that this copy has not made.
_OF_BROKERS: Final = ("x-death", "x-first-death-", "x-last-death-", "x-delivery-count")


def copy_of(message: Any, *, headers: Mapping[str, Any], without: tuple[str, ...] = ()) -> amqp.Message:
    """A persistent copy of a received message (kombu's or amqp's) with `headers` added to its own."""
    own = {
        name: value
        for name, value in (message.headers or {}).items()
        if name not in without and not name.startswith(_OF_BROKERS)
    }
    # kombu keeps the content's type and encoding beside the properties, amqp among them.
    found = {name: message.properties.get(name) or getattr(message, name, None) for name in _IDENTITY}
    return amqp.Message(
        message.body,
        application_headers={**own, **headers},
        delivery_mode=_PERSISTENT,
        **{name: value for name, value in found.items() if value},
    )
