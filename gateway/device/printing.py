"""How results, lists, questions and progress look on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, cast

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from gateway.device.agenda import Entry, Reminded
from gateway.device.device import Device, utc_now
from gateway.device.errors import DeviceError
from gateway.device.opening import language, problems
from gateway.device.overlay import Values
from gateway.device.parked import Question
from gateway.device.texts import error_text, text
from gateway.device.view import shown_text
from gateway.device.writing import company_zone
from services.crm.domain.calendar import Occurrence

out: Final = Console()
#: Shown in lists, those that an entity has.
_TITLES: Final = ("number", "code", "name", "subject", "title", "description", "state", "total", "amount")


def say(key: str, **values: object) -> None:
    """Print a text in the user's language."""
    out.print(text(key, language(), **values), markup=False, highlight=False)


class _Rate(ProgressColumn):
    """Rows a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


def progress_bar() -> Progress:
    """What is done of how much, how fast, and how long it will take."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(),
        console=problems,
        transient=True,
    )


def tell(key: str, values: dict[str, object]) -> None:
    """Print what a following copy does, with the time."""
    if key == "pushed":
        values = {"outcomes": outcomes(cast("dict[str, int]", values["outcomes"]))}
    _say_now(text(key, language(), **values))


def tell_error(error: DeviceError) -> None:
    """Print an error that another try may heal, with the time."""
    _say_now(error_text(error, language()))


def _say_now(sentence: str) -> None:
    out.print(f"{utc_now().astimezone():%H:%M:%S}  {sentence}", markup=False, highlight=False)


def outcomes(counted: dict[str, int]) -> str:
    """Return what became of a push: "2 applied, 1 in conflict"."""
    names = {"decided": "decisions"}
    parts = (f"{count} {text(names.get(name, name), language())}" for name, count in counted.items())
    return ", ".join(parts)


def cell(value: Any) -> Text:
    """Return a value as it is: what users type is no markup."""
    return Text(shown_text(value))


def as_table(records: list[Values]) -> Table:
    """Return records as a table of what titles them."""
    names = [name for name in _TITLES if records and name in records[0]]
    table = Table("id", *names, box=None)
    for record in records:
        table.add_row(record["id"], *(cell(record[name]) for name in names))
    return table


def print_agenda(entries: Sequence[Entry]) -> None:
    """Print what takes place, a line each; what is late in red."""
    if not entries:
        say("nothing_planned")
    table = Table(show_header=False, box=None)
    for each in entries:
        style = "red" if each.is_overdue else ""
        what = Text(str(each.values["subject"]), style=style)
        table.add_row(_when(each.occurrence), what, cell(each.party), cell(each.values["location"]))
    out.print(table)


def print_reminders(reminded: Sequence[Reminded]) -> None:
    """Print what waits for an answer, with the ids by which it is answered."""
    if not reminded:
        say("nothing_due")
    table = Table(show_header=False, box=None)
    for each in reminded:
        when = (
            _when(each.occurrence) if each.occurrence else f"{each.due_at.astimezone(company_zone()):{_TIME}}"
        )
        table.add_row(each.reminder["id"], when, cell(each.title))
    out.print(table)


_DAY: Final = "%a %d/%m"
_TIME: Final = f"{_DAY} %H:%M"


def _when(occurrence: Occurrence) -> str:
    begins = occurrence.begins.astimezone(company_zone())
    return f"{begins:{_TIME if isinstance(occurrence.start, datetime) else _DAY}}"


def print_question(device: Device, question: Question) -> None:
    """Print what waits for a decision, and both values."""
    author = device.view.record("identity.user", question.author_id) if question.author_id else None
    name = str(author["display_name"]) if author else question.author_id
    out.print(f"{question.id}  {question.entity} {question.record_id}  {name}".rstrip(), highlight=False)
    reason = " ".join(filter(None, [question.outcome, question.reason, question.detail]))
    out.print(reason, markup=False, highlight=False)
    typed = "typed" if question.author_id else "mine"
    table = Table("", text(typed, language()), text("theirs", language()), box=None)
    for field, value in question.mine.items():
        table.add_row(field, cell(value), cell(question.theirs.get(field, "")))
    out.print(table)
