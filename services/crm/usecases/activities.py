"""Activities: what is checked when one is written; beginning, completing and cancelling; the next step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import uuid5

from services.crm.domain.states import ACTIVITY, target_of
from services.crm.usecases import identifiers, occurrences
from services.crm.usecases.appointments import delete_times
from services.crm.usecases.outcomes import REQUIRED, chosen_outcome
from services.crm.usecases.reminders import follow_subject
from services.kit.database import Row, UnitOfWork
from services.kit.entities.canonical import time_text
from services.kit.errors import Invalid, NotAllowedNow, Violation
from services.kit.records.checking import check_record
from services.kit.records.copies import user_of
from services.kit.records.places import foreign_root
from services.kit.records.rules import CommandCall

_MOST_KILOMETRES: Final = 100_000
_NEXT_DAYS: Final = 7


def prepare_activity(uow: UnitOfWork, row: Row) -> None:
    """Begin as planned, at a time that can be, with participants who can take part.

    Without a party it is placed where its author works, as a party would be. Colleagues who take part share
    it.

    Raises:
        Invalid: INVALID_FIELDS, as `occurrences.prepare_times`, OUT_OF_RANGE (`kilometres`), INVALID_EMAIL.
    """
    activity = row.values
    if row.is_new:
        activity["state"] = "planned"
        if not activity["party_id"]:
            _place(uow, activity)
    violations = [*_check_distance(activity, "kilometres"), *_check_addresses(activity)]
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)
    _share(row)
    occurrences.prepare_times(uow, row)
    follow_subject(uow, row)


def _place(uow: UnitOfWork, activity: dict[str, Any]) -> None:
    author = user_of(uow, uow.actor.user_id)
    territories = author.get("territory_ids") or [""]
    activity["team_id"] = activity["team_id"] or author.get("team_id", "")
    activity["territory_id"] = activity["territory_id"] or territories[0]


def _check_distance(values: Mapping[str, Any], field: str) -> list[Violation]:
    text = values["kilometres"]
    if text and not 0 <= Decimal(text) <= _MOST_KILOMETRES:
        return [Violation(field, "OUT_OF_RANGE", f"0 to {_MOST_KILOMETRES}")]
    return []


def _check_addresses(activity: dict[str, Any]) -> list[Violation]:
    found: set[str] = set()
    violations: list[Violation] = []
    for text in activity["participant_addresses"]:
        try:
            found.add(identifiers.email(text, "participant_addresses"))
        except Invalid as error:
            violations.extend(error.violations)
    activity["participant_addresses"] = sorted(found)
    return violations


def _share(row: Row) -> None:
    before = set(row.stored.get("participant_ids", ()))
    now = set(row.values["participant_ids"])
    row.values["shared_with"] = sorted({*row.values["shared_with"]} - (before - now) | now)


def start_activity(uow: UnitOfWork, row: Row, call: CommandCall) -> Row:
    """Say that it has begun.

    Raises:
        NotAllowedNow: WRONG_STATE, OCCURRENCE_MISSING.
        Invalid: NOT_AN_OCCURRENCE.
    """
    row = _one_time(uow, row, call)
    uow.move(row, target_of(ACTIVITY, "start", row.values["state"]), command="start")
    follow_subject(uow, row)
    return row


def complete_activity(uow: UnitOfWork, row: Row, call: CommandCall) -> Row:
    """Say what came of an activity and close it; its next step is made in the same transaction.

    Raises:
        Invalid: OUTCOME_MISSING, NEXT_STEP_REQUIRED, NOT_AN_OCCURRENCE, INVALID_FIELDS.
        NotAllowedNow: WRONG_STATE, OCCURRENCE_MISSING.
    """
    row, request = _one_time(uow, row, call), call.request
    target = target_of(ACTIVITY, "complete", row.values["state"])
    chosen = chosen_outcome(uow, request["outcome_id"], row.values["kind"])
    outcome = request["outcome"].strip()
    if not outcome and chosen is None:
        raise Invalid("OUTCOME_MISSING")
    if chosen is not None and chosen.values["next_step"] == REQUIRED and request["next_step"] is None:
        raise Invalid("NEXT_STEP_REQUIRED", params={"outcome": chosen.values["code"]})
    violations = _check_distance(request, "request.kilometres")
    if violations:
        raise Invalid("INVALID_FIELDS", violations=violations)
    uow.move(row, target, command="complete", reason=chosen.values["code"] if chosen is not None else "")
    row.values["outcome"] = outcome or _words(chosen, uow.actor.language)
    row.values["outcome_id"] = chosen.id if chosen is not None else ""
    for name in ("minutes", "kilometres"):
        row.values[name] = request[name] or row.values[name]
    if request["next_step"] is not None:
        _make_next_step(uow, row, chosen, call)
    follow_subject(uow, row)
    return row


def _words(chosen: Row | None, language: str) -> str:
    texts = chosen.values["texts"] if chosen is not None else {}
    return str(texts.get(language) or texts.get("it", ""))[:500]


def _make_next_step(uow: UnitOfWork, row: Row, chosen: Row | None, call: CommandCall) -> None:
    step = call.request["next_step"]
    values = row.values
    usual = chosen.values["next_kind"] if chosen is not None else "unspecified"
    kinds = [kind for kind in (step["kind"], usual, "task") if kind != "unspecified"]
    new_id = step["id"] or str(uuid5(occurrences.NAMESPACE, f"next/{call.change_id}"))
    if uow.get("crm.activity", new_id) is not None:
        raise Invalid("ALREADY_EXISTS", "a record with this id exists", params={"id": new_id})
    times = {name: step[name] for name in ("starts_at", "ends_at", "due_at")}
    if not any(times.values()):
        days = (chosen.values["next_days"] if chosen is not None else 0) or _NEXT_DAYS
        times["due_at"] = time_text(uow.made_at + timedelta(days=days))
    kept = ("party_id", "subject_entity", "subject_id", "team_id", "territory_id", "time_zone")
    new = uow.create(
        "crm.activity",
        {name: values[name] for name in kept}
        | {
            "id": new_id,
            "kind": kinds[0],
            "subject": step["subject"] or values["subject"],
            "notes": step["notes"],
            "owner_id": _next_owner(uow, step["owner_id"], values["owner_id"]),
            "follows_id": row.id,
            **times,
        },
    )
    try:
        prepare_activity(uow, new)
        check_record(new.entity, new.values)
    except Invalid as error:
        violations = [Violation(f"request.next_step.{v.field}", v.reason, v.detail) for v in error.violations]
        raise Invalid(error.reason, violations=violations) from error


def _next_owner(uow: UnitOfWork, wanted: str, usual: str) -> str:
    if wanted and wanted != usual and wanted != str(uow.actor.user_id):
        copy = foreign_root(uow, "identity.user", wanted)
        if copy is None or copy["deleted"]:
            violation = Violation(
                "request.next_step.owner_id", "REFERENCE_NOT_FOUND", "no such identity.user"
            )
            raise Invalid("INVALID_FIELDS", violations=[violation])
    return wanted or usual


def cancel_activity(uow: UnitOfWork, row: Row, call: CommandCall) -> Row:
    """Close an activity that will not take place; a series with what is still planned of it.

    Raises:
        NotAllowedNow: WRONG_STATE.
        Invalid: NOT_AN_OCCURRENCE.
    """
    reason = call.request["reason"]
    if call.request["recurrence_id"]:
        row = _one_time(uow, row, call)
    overrides = occurrences.overrides_of(uow, row, lock=True)
    target = target_of(ACTIVITY, "cancel", row.values["state"])
    for each in (row, *(each for each in overrides if each.values["state"] == "planned")):
        uow.move(each, target, command="cancel", reason=reason)
        each.values["outcome"] = reason
        follow_subject(uow, each)
    return row


def _one_time(uow: UnitOfWork, row: Row, call: CommandCall) -> Row:
    """Return what a command is about: the activity, or of a series the occurrence that it names."""
    recurrence_id = call.request["recurrence_id"]
    if recurrence_id:
        return occurrences.detach(uow, row, recurrence_id)
    if row.values["recurrence"]:
        raise NotAllowedNow("OCCURRENCE_MISSING")
    return row


def delete_activity(uow: UnitOfWork, row: Row) -> None:
    """Delete its expenses, silence its reminders; a series takes what its occurrences became with it, unless
    something was done.

    Raises:
        NotAllowedNow: SERIES_HAS_HISTORY.
    """
    overrides = occurrences.overrides_of(uow, row, lock=True)
    if any(each.values["state"] in ("in_progress", "done") for each in overrides):
        raise NotAllowedNow("SERIES_HAS_HISTORY")
    for each in (row, *overrides):
        for expense in uow.children("crm.expense", each.id):
            expense.values["deleted"] = True
    delete_times(uow, row)
