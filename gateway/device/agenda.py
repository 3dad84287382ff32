"""The user's agenda and reminders without the server: the same rules that the CRM has, over replica and own
changes.

    device.agenda.days(date(2026, 3, 23), 7)      # what takes place, in order
    device.agenda.due()                           # reminders that wait for an answer
    device.agenda.dismiss(reminder_id)            # sent with the next push; so is snooze
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from gateway.device.errors import Unusable
from gateway.device.view import View
from gateway.device.writing import Author
from services.crm.domain import calendar, reminders
from services.crm.domain.calendar import Occurrence
from services.crm.domain.reminders import State
from services.kit.entities.canonical import time_text

_ENTITIES: Final = ("crm.activity", "crm.appointment")
REMINDER: Final = "crm.reminder"
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """Something in the agenda."""

    values: Values
    occurrence: Occurrence
    party: str
    is_overdue: bool


@dataclass(frozen=True, slots=True)
class Reminded:
    """A reminder that waits for an answer, and the occurrence that it speaks of, where there is one."""

    reminder: Values
    due_at: datetime
    title: str
    occurrence: Occurrence | None


class Agenda:
    """What the user's time holds."""

    def __init__(
        self, view: View, author: Author, *, user_id: str, clock: Callable[[], datetime], zone: ZoneInfo
    ) -> None:
        self._view = view
        self._author = author
        self._user_id = user_id
        self._clock = clock
        self._zone = zone

    def days(self, first: date, count: int) -> list[Entry]:
        """Return what takes place on these days where the company is, by start."""
        since = datetime.combine(first, time(), self._zone)
        until = datetime.combine(first + timedelta(days=count), time(), self._zone)
        found = [entry for name in _ENTITIES for entry in self._entries(name, since, until)]
        return sorted(found, key=lambda each: (each.occurrence.begins, each.values["id"]))

    def _entries(self, entity_name: str, since: datetime, until: datetime) -> Iterator[Entry]:
        records = self._view.records(entity_name)
        overridden = _overrides(records)
        for values in records:
            if self._is_mine(values) and values.get("state") != "cancelled":
                names = [each["recurrence_id"] for each in overridden.get(values["id"], ())]
                for each in calendar.occurrences(
                    values, since=since, until=until, company=self._zone, overridden=names
                ):
                    yield self._entry(values, each)

    def _is_mine(self, values: Values) -> bool:
        return self._user_id in (values["owner_id"], *values.get("participant_ids", ()))

    def _entry(self, values: Values, occurrence: Occurrence) -> Entry:
        party_id = values.get("party_id", "")
        party = self._view.record("crm.party", party_id) if party_id else None
        over_at = calendar.moment(values, "due_at") or occurrence.ends
        state = _state_of(values)
        is_late = not occurrence.recurrence_id and calendar.is_overdue(state, over_at, self._clock())
        return Entry(values, occurrence, str(party["name"]) if party else "", is_late)

    def due(self) -> list[Reminded]:
        """Return the reminders that wait for an answer, the earliest first."""
        now = self._clock()
        subjects = {name: {each["id"]: each for each in self._view.records(name)} for name in _ENTITIES}
        overrides = {name: _overrides(list(found.values())) for name, found in subjects.items()}
        found = []
        for reminder in self._view.records(REMINDER):
            entity_name = reminder["subject_entity"]
            subject = subjects.get(entity_name, {}).get(reminder["subject_id"])
            known = overrides.get(entity_name, {}).get(reminder["subject_id"], [])
            if subject is None and entity_name in _ENTITIES:
                continue  # not carried, or gone
            at = self._due_at(reminder, subject, known, now)
            if at is not None:
                found.append(self._reminded(reminder, at, subject, known))
        return sorted(found, key=lambda each: (each.due_at, each.reminder["id"]))

    def _due_at(
        self, reminder: Values, subject: Values | None, known: list[Values], now: datetime
    ) -> datetime | None:
        usual = reminders.AT if reminder.get("at") else reminders.START
        trigger = usual if reminder["trigger"] == "unspecified" else reminder["trigger"]
        triggers = reminders.triggers_of({**reminder, "trigger": trigger}, subject, known, self._zone)
        state = State(**{name: calendar.moment(reminder, name) for name in _STATE})
        is_made_here = not reminder["version"]
        if is_made_here and subject is not None and subject["recurrence"]:
            return None  # it speaks of occurrences from then on, as the server will say
        return reminders.fired(state, triggers, now).due_at

    def _reminded(
        self, reminder: Values, due_at: datetime, subject: Values | None, known: list[Values]
    ) -> Reminded:
        title = reminder["text"] or (subject["subject"] if subject is not None else "")
        occurrence = None
        if subject is not None:
            found = reminders.occurrence_of(reminder, due_at, subject, known, self._zone)
            occurrence = found[1] if found is not None else None
        return Reminded(reminder, due_at, title, occurrence)

    def dismiss(self, reminder_id: str) -> None:
        """Deal with a reminder's triggers up to now.

        Raises:
            Unusable: NOTHING_DUE.
        """
        self._answer(reminder_id, "dismiss", {}, lambda state, at: reminders.dismissed(state, at))

    def snooze(self, reminder_id: str, minutes: int) -> None:
        """Put a reminder off.

        Raises:
            Unusable: NOTHING_DUE, SNOOZE_TOO_LONG.
        """
        put_off = timedelta(minutes=minutes)
        if not timedelta() < put_off <= reminders.LONGEST_SNOOZE:
            raise Unusable("SNOOZE_TOO_LONG", str(reminders.LONGEST_SNOOZE.days))
        until = self._clock() + put_off
        request = {"until": time_text(until)}
        self._answer(reminder_id, "snooze", request, lambda state, at: reminders.snoozed(state, at, until))

    def _answer(
        self,
        reminder_id: str,
        name: str,
        request: dict[str, Any],
        answered: Callable[[State, datetime], State],
    ) -> None:
        waiting = {each.reminder["id"]: each for each in self.due()}
        found = waiting.get(reminder_id)
        if found is None:
            raise Unusable("NOTHING_DUE", reminder_id)
        before = State(**{each: calendar.moment(found.reminder, each) for each in _STATE})
        at = reminders.answered_at(self._clock(), found.due_at, self._clock())
        after = answered(before, at)
        item = self._author.call(REMINDER, reminder_id, name, {**request, "due_at": time_text(found.due_at)})
        expected = {
            "acknowledged_at": _text(after.acknowledged_at),
            "snoozed_until": _text(after.snoozed_until),
            "due_at": None,
        }
        self._author.save([item], {item["id"]: {f"{REMINDER}/{reminder_id}": expected}})


_STATE: Final = ("acknowledged_at", "snoozed_until", "due_at", "next_at")


def _text(moment: datetime | None) -> str | None:
    return time_text(moment) if moment is not None else None


def _state_of(values: Values) -> str:
    """Return an activity's state: one made here is planned, as the server will say."""
    state = str(values.get("state", ""))
    return "planned" if state == "unspecified" else state


def _overrides(records: list[Any]) -> dict[str, list[Values]]:
    """Return the records that occurrences became, by series."""
    found: dict[str, list[Values]] = {}
    for each in records:
        if each["series_id"]:
            found.setdefault(each["series_id"], []).append(each)
    return found
