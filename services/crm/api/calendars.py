"""Questions about calendars and what is due, and feeds that are read by their secret address."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from sales.crm.v1 import service_pb2, service_pb2_grpc

from services.crm.usecases import calendars, feeds
from services.crm.usecases.calendars import Item, Reading, Reminded
from services.kit import rpc
from services.kit.actor import Actor
from services.kit.permissions import Access
from services.kit.records.owner import Owner


class Calendars(service_pb2_grpc.CrmCalendarsServicer):
    """What the caller's time holds, within the caller's grants."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner

    def _access(self) -> Access:
        return self._owner.access_book.get(rpc.current_actor())

    def _reading(self) -> Reading:
        user_id = rpc.current_actor().user_id
        return Reading(self._owner.database, self._access(), str(user_id), datetime.now(UTC))

    def GetCalendar(  # noqa: N802
        self, request: service_pb2.GetCalendarRequest, context: Any
    ) -> service_pb2.GetCalendarResponse:
        """Return calendars for a day, a week or a month."""
        found = calendars.calendar_of(
            self._reading(),
            view=request.view,
            on=request.on,
            time_zone=request.time_zone,
            users=request.users,
        )
        return service_pb2.GetCalendarResponse(
            view=request.view or "week",
            time_zone=found.zone.key,
            from_on=found.first.isoformat(),
            to_on=(found.end - timedelta(days=1)).isoformat(),
            calendars=[
                service_pb2.UserCalendar(
                    user_id=each.user_id, name=each.name, items=[_item(item) for item in each.items]
                )
                for each in found.calendars
            ],
        )

    def GetDueReminders(  # noqa: N802
        self, request: service_pb2.GetDueRemindersRequest, context: Any
    ) -> service_pb2.GetDueRemindersResponse:
        """Return everything that waits for the caller."""
        reading = self._reading()
        found = calendars.due_of(reading)
        return service_pb2.GetDueRemindersResponse(
            as_of=_timestamp(reading.now),
            due=[_reminder(each) for each in found.due],
            missed=[_reminder(each) for each in found.missed],
            overdue=[_item(each) for each in found.overdue],
            overdue_count=found.overdue_count,
        )

    def GetCalendarFeedAddress(  # noqa: N802
        self, request: service_pb2.GetCalendarFeedAddressRequest, context: Any
    ) -> service_pb2.GetCalendarFeedAddressResponse:
        """Return the secret address of one of the caller's feeds."""
        path = feeds.path_of(self._reading(), rpc.asked_id(request.feed_id, "feed_id"))
        return service_pb2.GetCalendarFeedAddressResponse(path=path)


class CalendarFeeds(service_pb2_grpc.CrmFeedsServicer):
    """Answers whoever knows a secret address."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner

    def ReadCalendarFeed(  # noqa: N802
        self, request: service_pb2.ReadCalendarFeedRequest, context: Any
    ) -> service_pb2.ReadCalendarFeedResponse:
        """Return the calendar that a token opens."""
        reading = feeds.reading_by(
            self._owner.database,
            request.token,
            now=datetime.now(UTC),
            fetch=lambda user_id: self._owner.access_book.get(Actor(user_id=user_id)),
        )
        content = feeds.calendar_file(reading)
        return service_pb2.ReadCalendarFeedResponse(
            content_type="text/calendar; charset=utf-8",
            content=content,
            sha256=hashlib.sha256(content).hexdigest(),
        )


def _item(item: Item) -> service_pb2.CalendarItem:
    occurrence, values = item.occurrence, item.values
    is_due = bool(values.get("due_at")) and not values["starts_at"] and not values["starts_on"]
    told = service_pb2.CalendarItem(busy_only=not values)
    times = {"due_at": occurrence.begins} if is_due else occurrence.times
    for name, moment in times.items():
        getattr(told, name).FromDatetime(moment)
    for name, day in occurrence.days(item.zone).items():
        setattr(told, name, day)
    if values:
        told.MergeFrom(
            service_pb2.CalendarItem(
                entity=item.entity,
                id=values["id"],
                version=values["version"],
                recurrence_id=occurrence.recurrence_id or values["recurrence_id"],
                series_id=values["series_id"] or (values["id"] if values["recurrence"] else ""),
                party_id=values.get("party_id", ""),
                party_name=item.party_name,
                kind=values.get("kind", ""),
                subject=values["subject"],
                location=values["location"],
                state=values.get("state", ""),
                overdue=item.is_overdue,
                participates=item.participates,
                owner_id=values["owner_id"],
            )
        )
    return told


def _reminder(each: Reminded) -> service_pb2.DueReminder:
    values = each.reminder
    told = service_pb2.DueReminder(
        reminder_id=values["id"],
        version=values["version"],
        due_at=_timestamp(each.due_at),
        title=each.title,
        subject_entity=values["subject_entity"],
        subject_id=values["subject_id"],
    )
    if each.item is not None:
        item = _item(each.item)
        for name in ("recurrence_id", "kind", "location", "party_id", "party_name", "starts_on", "ends_on"):
            setattr(told, name, getattr(item, name))
        if item.HasField("starts_at"):
            told.starts_at.CopyFrom(item.starts_at)
            told.ends_at.CopyFrom(item.ends_at)
    return told


def _timestamp(moment: datetime) -> Timestamp:
    found = Timestamp()
    found.FromDatetime(moment)
    return found
