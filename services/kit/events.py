"""Data of received events as typed messages."""

from __future__ import annotations

from typing import TypeVar

from google.protobuf import json_format
from google.protobuf.message import Message

from services.kit.envelope import Event
from services.kit.errors import Invalid

_M = TypeVar("_M", bound=Message)


def parse_data(message: type[_M], event: Event) -> _M:
    """Return the event's data as `message`; members that it does not know are ignored.

    Raises:
        Invalid: INVALID_EVENT, the publisher sent what the contract does not allow.
    """
    try:
        return json_format.ParseDict(dict(event.data), message(), ignore_unknown_fields=True)
    except json_format.ParseError as error:
        raise Invalid("INVALID_EVENT", str(error), params={"type": event.type}) from error
