"""Drafts on their way to the server, many in one transaction; those of a refused one again, each alone.

Change ids follow from user, attempt and content: what was sent before is answered, not done again. So an
import that was interrupted is begun again from the first line and makes nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from uuid_utils import UUID, uuid5

from gateway.importing.errors import LineProblem
from gateway.importing.parties import Draft, Record
from gateway.importing.server import Server

_IDS: Final = UUID("5f4e0b8c-3a0e-5a3c-9d4f-0a1de3f5f6b2")
#: Items of one transaction; the server takes 1,000.
_GROUP_ITEMS: Final = 900
#: Drafts sent alone in one call; the server takes 200 groups.
_ALONE: Final = 100
#: One call is on its way while the next is being applied.
_AT_ONCE: Final = 2


@dataclass(slots=True)
class Sent:
    """What became of the drafts."""

    created: int = 0
    #: Were there before, from this file or another one.
    present: int = 0
    problems: list[LineProblem] = field(default_factory=list)

    def add(self, other: Sent) -> None:
        """Add the counts of another part."""
        self.created += other.created
        self.present += other.present
        self.problems += other.problems

    @property
    def done(self) -> int:
        return self.created + self.present + len(self.problems)


def send(server: Server, drafts: Sequence[Draft], progress: Callable[[Sent], None]) -> Sent:
    """Send all drafts; `progress` hears the sum after each call.

    Raises:
        ImportStopped: the server stays away or refuses the call; what was sent before is stored.
    """
    total = Sent()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            for part in pool.map(lambda drafts: _send_together(server, drafts), list(_groups(drafts))):
                total.add(part)
                progress(total)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return total


def _groups(drafts: Iterable[Draft]) -> Iterator[list[Draft]]:
    group: list[Draft] = []
    size = 0
    for draft in drafts:
        if group and size + len(draft.records) > _GROUP_ITEMS:
            yield group
            group, size = [], 0
        group.append(draft)
        size += len(draft.records)
    if group:
        yield group


def _send_together(server: Server, drafts: Sequence[Draft]) -> Sent:
    """Send drafts as one transaction, which is many times cheaper; if one is refused, each alone."""
    items = [item for draft in drafts for item in _items(server.user_id, draft, "together")]
    results = _by_draft(drafts, server.apply(items))
    refused = [draft for draft in drafts if any(r["outcome"] == "refused" for r in results[draft.line])]
    sent = _counted((draft, results[draft.line]) for draft in drafts if draft not in refused)
    for start in range(0, len(refused), _ALONE):
        part = refused[start : start + _ALONE]
        items = [item for draft in part for item in _items(server.user_id, draft, f"alone {draft.line}")]
        again = _by_draft(part, server.apply(items))
        sent.add(_counted((draft, again[draft.line]) for draft in part))
    return sent


def _items(user_id: str, draft: Draft, group: str) -> Iterator[dict[str, Any]]:
    attempt = group.partition(" ")[0]
    for record in draft.records:
        content = orjson.dumps(record.fields, option=orjson.OPT_SORT_KEYS).decode()
        change_id = uuid5(_IDS, f"{user_id}/{attempt}/{record.id}/{content}")
        yield {"id": str(change_id), "group": group, "op": "create", **_named(record)}


def _named(record: Record) -> dict[str, Any]:
    return {"entity": record.entity, "record_id": record.id, "fields": record.fields}


def _by_draft(
    drafts: Sequence[Draft], results: Sequence[Mapping[str, Any]]
) -> dict[int, list[Mapping[str, Any]]]:
    rest = iter(results)
    return {draft.line: [next(rest) for _ in draft.records] for draft in drafts}


def _counted(answered: Iterable[tuple[Draft, Sequence[Mapping[str, Any]]]]) -> Sent:
    sent = Sent()
    for draft, results in answered:
        refused = [each for each in results if each["outcome"] not in ("applied", "merged")]
        if not refused:
            fresh = any(not each["duplicate"] for each in results)
            sent.created += fresh
            sent.present += not fresh
        elif any(each["reason"] == "ALREADY_EXISTS" for each in refused):
            sent.present += 1
        else:
            sent.problems.append(_problem(draft, refused))
    return sent


def _problem(draft: Draft, refused: Sequence[Mapping[str, Any]]) -> LineProblem:
    told = next((each for each in refused if each["reason"] != "GROUP_REFUSED"), refused[0])
    violations = told.get("violations") or [{}]
    said = violations[0].get("detail") or told.get("detail") or told["reason"]
    if name := violations[0].get("field"):
        said = f"{name}: {said}"
    return LineProblem(draft.line, "", "SERVER_REFUSED_LINE", str(said)[:300])
