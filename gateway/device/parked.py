"""What waits for the user's decision, and the decision.

A decision is a queue item: made without a network as well, sent before everything else. `mine` and `edited`
carry a new change with a new id, shown like any own change. A supervisor decides about changes of others the
same way; these are known to the server only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.device import outgoing
from gateway.device.errors import Unusable
from gateway.device.outgoing import QueuedItem
from gateway.device.store import Store
from gateway.device.view import View
from gateway.device.writing import Author, mine_again
from services.kit.entities import entity

CHOICES: Final = ("mine", "theirs", "edited", "discarded")


@dataclass(frozen=True, slots=True)
class Question:
    """A parked change: what its author wanted, what stands there now, and why the server kept it apart."""

    id: str
    entity: str
    record_id: str
    outcome: str
    reason: str
    detail: str
    #: Fields in conflict; empty for a refusal.
    conflicts: tuple[str, ...]
    mine: dict[str, Any]
    theirs: dict[str, Any]
    #: Decided, and the decision not sent yet.
    decided: bool
    #: Who made it; empty: the user of this copy.
    author_id: str = ""
    #: What its author sent.
    sent: dict[str, Any] = field(default_factory=dict)


class Parked:
    """The questions of this device's own changes."""

    def __init__(self, store: Store, author: Author) -> None:
        self._store = store
        self._view = View(store)
        self._author = author

    def questions(self) -> list[Question]:
        """Return what waits for a decision, the oldest first."""
        decided = {item.resolves for item in outgoing.waiting(self._store) if item.resolves}
        return [self._question(item, item.id in decided) for item in outgoing.to_decide(self._store)]

    def _question(self, item: QueuedItem, decided: bool) -> Question:
        theirs = self._view.server_record(item.entity, item.record_id) or {}
        if item.theirs.get("version", 0) > theirs.get("version", 0):
            theirs = {**theirs, **item.theirs}
        mine = item.body.get("fields") or item.body.get("request") or {}
        names = {name.partition(".")[0] for name in item.conflicts} or set(mine)
        return Question(
            id=item.id,
            entity=item.entity,
            record_id=item.record_id,
            outcome=item.outcome,
            reason=item.reason,
            detail=item.detail,
            conflicts=item.conflicts,
            mine={name: value for name, value in mine.items() if name in names},
            theirs={name: theirs[name] for name in sorted(names) if name in theirs},
            decided=decided,
            sent=item.body,
        )

    def others(self, parked: Sequence[Mapping[str, Any]]) -> list[Question]:
        """Return the questions of others among what the server answered to `/v1/parked`."""
        decided = {item.resolves for item in outgoing.waiting(self._store) if item.resolves}
        return [
            _of_another(each, each["id"] in decided)
            for each in parked
            if outgoing.find(self._store, each["id"]) is None
        ]

    def resolve_other(self, question: Question, choice: str, fields: Mapping[str, Any] | None = None) -> None:
        """Decide about a change of somebody else; `push` sends the decision.

        Raises:
            Unusable: QUESTION_DECIDED, CHOICE_UNKNOWN, EDITED_WITHOUT_FIELDS; RECORD_NOT_HERE, this copy does
                not hold it.
        """
        self._decide(question, choice, fields or {}, known=None)

    def resolve(self, item_id: str, choice: str, fields: Mapping[str, Any] | None = None) -> None:
        """Decide about a parked change; `fields` are the values of `edited`.

        Raises:
            Unusable: QUESTION_UNKNOWN, QUESTION_DECIDED, CHOICE_UNKNOWN, EDITED_WITHOUT_FIELDS.
        """
        question = next((each for each in self.questions() if each.id == item_id), None)
        parked = outgoing.find(self._store, item_id)
        if question is None or parked is None:
            raise Unusable("QUESTION_UNKNOWN", item_id)
        self._decide(question, choice, fields or {}, known=parked.theirs)

    def _decide(
        self,
        question: Question,
        choice: str,
        fields: Mapping[str, Any],
        *,
        known: Mapping[str, Any] | None,
    ) -> None:
        if question.decided:
            raise Unusable("QUESTION_DECIDED", question.id)
        if choice not in CHOICES:
            raise Unusable("CHOICE_UNKNOWN", choice)
        if choice == "edited" and not fields:
            raise Unusable("EDITED_WITHOUT_FIELDS", question.id)
        change = self._change(question, choice, fields, known)
        with self._store.transaction():
            outgoing.add(self._store, [change], resolves=question.id, choice=choice)

    def _change(
        self,
        parked: Question,
        choice: str,
        fields: Mapping[str, Any],
        known: Mapping[str, Any] | None,
    ) -> dict[str, Any]:
        """Return the new change; for `theirs` and `discarded` one that only keeps the decision's place."""
        if choice in ("theirs", "discarded"):
            return self._author.nothing(parked.entity, parked.record_id)
        sent = parked.sent
        if "command" in sent:
            request = {**sent.get("request", {}), **fields}
            return self._author.call(parked.entity, parked.record_id, sent["command"], request)
        if sent["op"] == "create" and parked.outcome == "refused":
            # What somebody made stays theirs, also when a supervisor lets it pass.
            owner = {"owner_id": parked.author_id} if parked.author_id else {}
            wanted = {**owner, **sent.get("fields", {}), **fields}
            return self._author.new(parked.entity, wanted) | {"record_id": parked.record_id}
        if sent["op"] == "delete" and choice == "mine":
            return self._author.removal(parked.entity, parked.record_id)
        seen = self._view.record(parked.entity, parked.record_id) or {}
        again = mine_again(entity(parked.entity), sent, seen, parked.conflicts)
        return self._author.update(parked.entity, parked.record_id, {**again, **fields}, known=known)


def _of_another(parked: Mapping[str, Any], decided: bool) -> Question:
    sent = parked["sent"] or {}
    mine = sent.get("fields") or sent.get("request") or {}
    names = {name.partition(".")[0] for name in parked["conflicts"]} or set(mine)
    return Question(
        id=parked["id"],
        entity=parked["entity"],
        record_id=parked["record_id"],
        outcome=parked["outcome"],
        reason=parked["reason"],
        detail=parked.get("detail", ""),
        conflicts=tuple(parked["conflicts"]),
        mine={name: value for name, value in mine.items() if name in names},
        theirs={name: value for name, value in (parked.get("theirs") or {}).items() if name in names},
        decided=decided,
        author_id=parked["author_id"],
        sent=sent,
    )
