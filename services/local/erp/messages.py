"""Messages as they travel: CloudEvents 1.0 in structured JSON mode."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

CONTENT_TYPE = "application/cloudevents+json"
PREFIX = "projectsales."


class Unreadable(ValueError):
    """The body is no message that we could ever handle."""


@dataclass(frozen=True, slots=True)
class Request:
    """What Project Sales asks for: `name` is customer_order_requested or party_registration_requested."""

    id: str
    name: str
    data: Mapping[str, Any]


def read(body: bytes | str) -> Request:
    """Read a message from the queue. Attributes and members that we do not know are ignored.

    Raises:
        Unreadable
    """
    try:
        event = json.loads(body)
        if event["specversion"] != "1.0" or not isinstance(event["data"], dict):
            raise Unreadable("no CloudEvent 1.0 with an object as data")
        # projectsales.offers.customer_order_requested.v1 -> customer_order_requested
        _, _, name, version = str(event["type"]).split(".")
        if version != "v1":
            raise Unreadable(f"version {version} of {name} is not known here")
        return Request(id=str(event["id"]), name=name, data=event["data"])
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable(str(error)) from error


def write(name: str, data: Mapping[str, Any], *, message_id: str | None = None) -> str:
    """The body of a message of ours. Numbers are decimal strings, dates YYYY-MM-DD.

    The id must stay the same if the message is sent again: receivers drop an id that they have had.
    """
    return json.dumps(
        {
            "specversion": "1.0",
            "id": message_id or str(uuid.uuid4()),
            "source": "/erp",
            "type": f"{PREFIX}erp.{name}.v1",
            "time": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "data": data,
        },
        ensure_ascii=False,
    )
