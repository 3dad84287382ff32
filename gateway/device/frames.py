"""The lines of a bundle, read and checked.

A body is kept as the bytes that arrived: they are what the checksum covers, and re-encoding might change
them. It is the last member of its line, so the bytes are found without a second parser; inside a JSON text
the quotation marks of `,"d":` would stand behind backslashes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson

from gateway.device.errors import Damaged
from services.kit.bundle import fragment_digest

_BODY = b',"d":'


@dataclass(frozen=True, slots=True)
class Plan:
    """What this bundle will do: buckets that leave, buckets sent as a whole."""

    generation: int
    drop: tuple[str, ...]
    backfill: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Put:
    """One facet of a record, and the buckets (of that facet) that it is in."""

    s: int
    buckets: tuple[str, ...]
    type: str
    id: str
    facet: str
    version: int
    digest: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Out:
    """A record left these buckets."""

    s: int
    buckets: tuple[str, ...]
    type: str
    id: str
    #: Id of the record into which it was merged.
    survivor: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """What the server wants instead of a bundle: `replan`, `upgrade` or `wipe`."""

    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Done:
    """The end of a bundle, and the proof that it is complete."""

    checkpoint: str
    seen: tuple[str, ...]
    epochs: dict[str, str]
    #: Bucket -> (count, sum).
    sums: dict[str, tuple[int, str]]


Frame: TypeAlias = Plan | Put | Out | Order | Done


def read_frame(line: bytes) -> Frame | None:
    """Return the frame of a line, None for a kind that this program does not know.

    Raises:
        Damaged: FRAME_UNREADABLE, or FRAGMENT_DIFFERS when a body is not what its checksum says.
    """
    try:
        found = orjson.loads(line)
        return _frame(found, line)
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged("FRAME_UNREADABLE", line[:80].decode(errors="replace")) from error


def _frame(found: dict[str, Any], line: bytes) -> Frame | None:
    match found["k"]:
        case "put":
            return _put(found, line)
        case "out":
            return Out(int(found["s"]), tuple(found["b"]), found["t"], found["i"], str(found.get("to", "")))
        case "plan":
            backfill = found.get("backfill", [])
            return Plan(
                generation=int(found["gen"]),
                drop=tuple(found.get("drop", ())),
                backfill=tuple(each["b"] for each in backfill),
                rows=sum(int(each.get("rows", 0)) for each in backfill),
            )
        case "done":
            return Done(
                checkpoint=found["checkpoint"],
                seen=tuple(found.get("seen", ())),
                epochs=dict(found.get("epochs", {})),
                sums={each["b"]: (int(each["n"]), each["h"]) for each in found.get("sums", ())},
            )
        case "replan" | "upgrade" | "wipe":
            return Order(found["k"], str(found.get("min") or found.get("reason") or ""))
        case _:
            return None


def _put(found: dict[str, Any], line: bytes) -> Put:
    start = line.index(_BODY) + len(_BODY)
    body = line.rstrip()[start:-1]
    facet = found.get("f") or "base"
    digest = fragment_digest(found["t"], found["i"], facet, int(found["v"]), body)
    if digest.hex() != found["h"]:
        raise Damaged("FRAGMENT_DIFFERS", f"{found['t']} {found['i']}")
    return Put(
        s=int(found["s"]),
        buckets=tuple(found["b"]),
        type=found["t"],
        id=found["i"],
        facet=facet,
        version=int(found["v"]),
        digest=digest,
        body=body,
    )
