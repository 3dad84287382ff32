"""The calendar of the web client on the real stack: entries are added by a click and by drawing over empty
hours, moved, made longer, deleted and brought back; one of a series, those from it on, or all.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.installation import Installation
from tests.support.watching import eventually
from tests.web.browser import context_in, running_browser, signed_in

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
SignIn = Callable[[str], httpx.Client]

#: A Wednesday in whose weeks nothing else takes place.
DAY = date(2031, 5, 14)
ROME = ZoneInfo("Europe/Rome")
#: Messages stay until they are closed: on a busy machine eight seconds are over before they are looked at.
MESSAGES_STAY = """
  const real = window.setTimeout;
  window.setTimeout = (run, ms, ...given) => (ms === 8000 ? 0 : real(run, ms, ...given));
"""


@pytest.fixture(scope="module")
def page(system: Installation) -> Iterator[Page]:
    with running_browser() as browser:
        context = context_in(browser, system.address, time_zone=ROME.key)
        context.add_init_script(MESSAGES_STAY)
        page = signed_in(context, "sales.north", system.password)
        page.set_viewport_size({"width": 1440, "height": 900})
        yield page
        context.close()


def test_an_entry_is_added_by_a_click_and_another_by_drawing_over_empty_hours(
    page: Page, sign_in: SignIn
) -> None:
    north = sign_in("sales.north")
    clicked, drawn = _name("Sopralluogo"), _name("Dal notaio")
    _open_week(page, DAY)
    _slots(page, DAY).click(position=_inside(page, DAY, 10 * 60 + 5))
    form = _form(page, clicked)
    expect(form.get_by_role("textbox", name="Dalle", exact=True)).to_have_value("10:00")
    expect(form.get_by_role("textbox", name="Alle", exact=True)).to_have_value("11:00")
    # As one types it; half past ten at the latest.
    form.get_by_role("textbox", name="Alle", exact=True).fill("1030")
    form.get_by_role("button", name="Salva").click()
    expect(_entry(page, DAY, f"{clicked}.*10:00 – 10:30")).to_be_visible()

    _drag(page, _at(page, DAY, 12 * 60 + 5), _at(page, DAY, 13 * 60 + 25), "12:00 – 13:30")
    form = _form(page, drawn)
    expect(form.get_by_role("textbox", name="Dalle", exact=True)).to_have_value("12:00")
    expect(form.get_by_role("textbox", name="Alle", exact=True)).to_have_value("13:30")
    form.get_by_role("combobox", name="Tipo").click()
    page.get_by_role("option", name="Impegno personale").click()
    form.get_by_role("button", name="Salva").click()
    expect(_entry(page, DAY, f"{drawn}.*12:00 – 13:30")).to_be_visible()

    _wait_for_times(north, "activities", clicked, (DAY, "10:00"), (DAY, "10:30"))
    _wait_for_times(north, "appointments", drawn, (DAY, "12:00"), (DAY, "13:30"))


def test_an_entry_is_moved_brought_back_made_longer_and_typed_elsewhere(page: Page, sign_in: SignIn) -> None:
    north = sign_in("sales.north")
    name = _appointment(north, "Collaudo", DAY, "10:00", "11:00")
    next_day = DAY + timedelta(days=1)
    _open_week(page, DAY)
    entry = _entry(page, DAY, f"{name}.*10:00 – 11:00")
    expect(entry).to_be_visible()

    _drag(page, _hold(entry), _at(page, next_day, 13 * 60 + 15 + _GRIP), f"13:15 {name}")
    moved = _entry(page, next_day, f"{name}.*13:15 – 14:15")
    expect(moved).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    _wait_for_times(north, "appointments", name, (next_day, "13:15"), (next_day, "14:15"))

    _take_back(page, f"Spostato: {name}")
    expect(entry).to_be_visible()
    expect(moved).to_have_count(0)
    _wait_for_times(north, "appointments", name, (DAY, "10:00"), (DAY, "11:00"))

    edge = _box(entry)
    lower = (edge["x"] + edge["width"] / 2, edge["y"] + edge["height"] - 2)
    _drag(page, lower, (lower[0], lower[1] + _px(page, DAY, 90)), f"12:30 {name}")
    expect(_entry(page, DAY, f"{name}.*10:00 – 12:30")).to_be_visible()
    _close(page, f"Durata cambiata: {name}")
    _wait_for_times(north, "appointments", name, (DAY, "10:00"), (DAY, "12:30"))

    _entry(page, DAY, name).click()
    details = page.get_by_role("dialog")
    details.get_by_role("textbox", name="Giorno", exact=True).fill(next_day.strftime("%d/%m/%Y"))
    details.get_by_role("textbox", name="Dalle", exact=True).fill("8.15")
    details.get_by_role("textbox", name="Alle", exact=True).fill("9")
    details.get_by_role("button", name="Sposta").click()
    expect(_entry(page, next_day, f"{name}.*08:15 – 09:00")).to_be_visible()
    _close(page, f"Spostato: {name}")
    _wait_for_times(north, "appointments", name, (next_day, "08:15"), (next_day, "09:00"))


def test_one_of_a_series_moves_those_from_it_on_or_all(page: Page, sign_in: SignIn) -> None:
    north = sign_in("sales.north")
    name = _appointment(north, "Riunione", DAY, "09:00", "10:00", recurrence="FREQ=WEEKLY;COUNT=4")
    weeks = [DAY + timedelta(weeks=number) for number in range(4)]
    _open_week(page, weeks[0])
    first = _entry(page, weeks[0], f"{name}.*09:00 – 10:00")
    expect(first).to_be_visible()
    _drag(page, _hold(first), _at(page, weeks[0], 11 * 60 + _GRIP), f"11:00 {name}")
    _answer(page, "Solo questo")
    expect(_entry(page, weeks[0], f"{name}.*11:00 – 12:00")).to_be_visible()
    _close(page, f"Spostato: {name}")
    _open_week(page, weeks[1])
    second = _entry(page, weeks[1], f"{name}.*09:00 – 10:00")
    expect(second).to_be_visible()

    # Given up: nothing moves.
    _drag(page, _hold(second), _at(page, weeks[1], 14 * 60 + _GRIP), f"14:00 {name}")
    _answer(page, "Lascia dov’è")
    expect(second).to_be_visible()

    _open_week(page, weeks[2])
    third = _entry(page, weeks[2], f"{name}.*09:00 – 10:00")
    expect(third).to_be_visible()
    _drag(page, _hold(third), _at(page, weeks[2], 13 * 60 + _GRIP), f"13:00 {name}")
    _answer(page, "Questo e i seguenti")
    expect(_entry(page, weeks[2], f"{name}.*13:00 – 14:00")).to_be_visible()
    _close(page, f"Spostato: {name}")
    _open_week(page, weeks[3])
    last = _entry(page, weeks[3], f"{name}.*13:00 – 14:00")
    expect(last).to_be_visible()
    _open_week(page, weeks[1])
    expect(second).to_be_visible()

    _open_week(page, weeks[3])
    _drag(page, _hold(last), _at(page, weeks[3], 8 * 60 + 30 + _GRIP), f"08:30 {name}")
    _answer(page, "Tutta la serie")
    expect(_entry(page, weeks[3], f"{name}.*08:30 – 09:30")).to_be_visible()
    _close(page, f"Spostato: {name}")
    for day, times in zip(
        weeks, ("11:00 – 12:00", "09:00 – 10:00", "08:30 – 09:30", "08:30 – 09:30"), strict=True
    ):
        _open_week(page, day)
        expect(_entry(page, day, f"{name}.*{times}")).to_be_visible()
    eventually(
        lambda: (
            sorted(each["starts_at"] for each in _stored(north, "appointments", name))
            == sorted([_moment(weeks[0], "09:00"), _moment(weeks[0], "11:00"), _moment(weeks[2], "08:30")])
        )
    )


def test_what_is_deleted_or_left_out_comes_back(page: Page, sign_in: SignIn) -> None:
    north = sign_in("sales.north")
    alone = _appointment(north, "Dentista", DAY, "15:00", "16:00")
    series = _appointment(north, "Corso", DAY, "11:00", "12:00", recurrence="FREQ=WEEKLY;COUNT=3")
    _open_week(page, DAY)
    entry = _entry(page, DAY, alone)
    entry.click()
    page.get_by_role("dialog").get_by_role("button", name="Elimina", exact=True).click()
    expect(entry).to_have_count(0)
    eventually(lambda: _stored(north, "appointments", alone) == [])
    _take_back(page, f"Eliminato: {alone}")
    expect(entry).to_be_visible()
    _wait_for_times(north, "appointments", alone, (DAY, "15:00"), (DAY, "16:00"))

    following = DAY + timedelta(weeks=1)
    _open_week(page, following)
    one = _entry(page, following, series)
    one.click()
    page.get_by_role("dialog").get_by_role("button", name="Salta solo questo").click()
    expect(one).to_have_count(0)
    _take_back(page, f"Saltato: {series}")
    expect(one).to_be_visible()
    one.click()
    page.get_by_role("dialog").get_by_role("button", name="Finisci la serie prima di questo").click()
    expect(one).to_have_count(0)
    _close(page, f"La serie finisce prima: {series}")
    _open_week(page, following + timedelta(weeks=1))
    expect(_entry(page, following + timedelta(weeks=1), series)).to_have_count(0)
    _open_week(page, DAY)
    expect(_entry(page, DAY, f"{series}.*11:00 – 12:00")).to_be_visible()
    eventually(lambda: "UNTIL" in _stored(north, "appointments", series)[0]["recurrence"])


# Minutes below its upper edge where an entry is taken hold of.
_GRIP = 10


def _name(what: str) -> str:
    return f"{what} {secrets.token_hex(3)}"


def _moment(day: date, time: str) -> str:
    """Return a time in Rome as the records say it."""
    local = datetime.combine(day, datetime.strptime(time, "%H:%M").time(), ROME)
    return local.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ")


def _appointment(
    north: httpx.Client, what: str, day: date, begins: str, ends: str, *, recurrence: str = ""
) -> str:
    """Make one elsewhere; return its name."""
    name = _name(what)
    times = {"starts_at": _moment(day, begins), "ends_at": _moment(day, ends), "time_zone": ROME.key}
    body = {"subject": name, "recurrence": recurrence, **times}
    answer = north.post("/v1/crm/appointments", json=body)
    assert answer.status_code == 201, answer.text
    return name


def _stored(north: httpx.Client, kind: str, name: str) -> list[dict[str, Any]]:
    wanted = {"filter": f'subject = "{name}"', "page_size": 50}
    return list(north.get(f"/v1/crm/{kind}", params=wanted).raise_for_status().json()["records"])


def _wait_for_times(
    north: httpx.Client, kind: str, name: str, begins: tuple[date, str], ends: tuple[date, str]
) -> None:
    """Wait until the owner has the only record of this name at these times."""
    expected = [(_moment(*begins), _moment(*ends))]
    eventually(
        lambda: [(each["starts_at"], each["ends_at"]) for each in _stored(north, kind, name)] == expected
    )


def _open_week(page: Page, day: date) -> None:
    page.goto(f"/calendar?view=week&on={day}")
    expect(_column(page, day)).to_be_visible()


def _column(page: Page, day: date) -> Locator:
    return page.locator(f"[data-hours][data-day='{day}']")


def _slots(page: Page, day: date) -> Locator:
    return _column(page, day).get_by_role("button", name=re.compile("^Nuovo impegno"))


def _entry(page: Page, day: date, told: str) -> Locator:
    return _column(page, day).get_by_role("button", name=re.compile(told))


def _box(of: Locator) -> dict[str, float]:
    """Return where something stands that does not move any more."""
    of.scroll_into_view_if_needed()
    found = of.bounding_box()
    assert found is not None
    return {name: float(found[name]) for name in ("x", "y", "width", "height")}  # type: ignore[literal-required]


def _px(page: Page, day: date, minutes: float) -> float:
    found = _column(page, day).bounding_box()
    assert found is not None
    return found["height"] * minutes / 1440


def _inside(page: Page, day: date, minutes: float) -> Any:
    return {"x": 40, "y": _px(page, day, minutes)}


def _at(page: Page, day: date, minutes: float) -> tuple[float, float]:
    """Return where a time of a day stands in the window."""
    found = _column(page, day).bounding_box()
    assert found is not None
    return found["x"] + found["width"] / 2, found["y"] + found["height"] * minutes / 1440


def _hold(entry: Locator) -> tuple[float, float]:
    """Return where an entry of an hour is taken hold of: as many minutes below its upper edge as `_GRIP`."""
    box = _box(entry)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] * _GRIP / 60


def _drag(page: Page, start: tuple[float, float], end: tuple[float, float], told: str) -> None:
    """Drag with the mouse; dropped once what would come of it is told."""
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0], start[1] + 10)
    page.mouse.move(*end)
    expect(page.get_by_text(told, exact=True)).to_be_visible()
    page.mouse.up()


def _form(page: Page, subject: str) -> Locator:
    form = page.get_by_role("dialog")
    form.get_by_role("textbox", name="Oggetto", exact=True).fill(subject)
    return form


def _answer(page: Page, scope: str) -> None:
    question = page.get_by_role("dialog", name="Questo impegno si ripete")
    question.get_by_role("button", name=scope).click()
    expect(question).to_have_count(0)


def _message(page: Page, text: str) -> Locator:
    return page.get_by_role("alert").filter(has_text=text)


def _take_back(page: Page, told: str) -> None:
    _message(page, told).get_by_role("button", name="Annulla", exact=True).click()
    expect(_message(page, told)).to_have_count(0)
    _close(page, "Annullato")


def _close(page: Page, told: str) -> None:
    message = _message(page, told)
    message.get_by_role("button", name="Chiudi").click()
    expect(message).to_have_count(0)
