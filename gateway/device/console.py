"""`sales`: the copy of the archives on the command line.

sales login http://127.0.0.1:8000 sales.north
sales pull
sales show crm.party
sales edit crm.party 0190… website=https://rossi.example
sales push
"""

from __future__ import annotations

import threading
from datetime import date
from typing import Annotated, Any

import orjson
import typer
from rich.table import Table

from gateway.device import locks, outgoing
from gateway.device.errors import Unusable
from gateway.device.following import Following
from gateway.device.opening import folder, language, opened
from gateway.device.parked import Question
from gateway.device.printing import (
    as_table,
    cell,
    out,
    outcomes,
    print_agenda,
    print_question,
    print_reminders,
    progress_bar,
    say,
    tell,
    tell_error,
)
from gateway.device.texts import text
from services.kit.entities import Kind, all_entities

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, rich_markup_mode=None)

_Entity = Annotated[str, typer.Argument(help="crm.party, offers.offer, …")]
_Pairs = Annotated[list[str] | None, typer.Argument(help="field=value; JSON where the field is no text")]


@app.command()
def login(
    server: str,
    user_name: str,
    password: Annotated[str, typer.Option(envvar="SALES_PASSWORD", help="asked for if absent")] = "",
    pin: Annotated[bool, typer.Option(help="lock the copy by a PIN, not by the key ring")] = False,
    plain: Annotated[bool, typer.Option(help="do NOT encrypt the copy")] = False,
) -> None:
    """Sign in and register this machine."""
    with opened(beginning=True, plain=plain, use_pin=pin) as device:
        secret = password or typer.prompt(text("password", language()), hide_input=True)
        device.sign_in(server, user_name, secret)
        say("signed_in", name=user_name)


@app.command()
def pull(
    group: Annotated[list[str] | None, typer.Option(help="only these groups, from now on")] = None,
    everything: Annotated[bool, typer.Option(help="all groups again")] = False,
    verify: Annotated[bool, typer.Option(help="compare the whole copy, stored bytes included")] = False,
) -> None:
    """Receive what changed."""
    with opened() as device, progress_bar() as bar:
        if group or everything:
            device.choose_groups(group or [])
        task = bar.add_task(text("pulling", language()), total=None)

        def progress(done: int, total: int) -> None:
            if done % 100 == 0:
                bar.update(task, completed=done, total=total or None)

        pulled = device.verify(progress) if verify else device.pull(progress)
        bar.stop()
        say("pulled", rows=pulled.rows) if pulled.rows else say("current")
        if pulled.healed:
            say("healed", count=len(pulled.healed))


@app.command()
def push() -> None:
    """Send own changes."""
    with opened() as device, progress_bar() as bar:
        task = bar.add_task(text("pushing", language()), total=len(outgoing.waiting(device.store)))
        pushed = device.push(lambda done: bar.advance(task, done))
        bar.stop()
        if pushed.outcomes:
            say("pushed", outcomes=outcomes(pushed.outcomes))
        else:
            say("nothing_to_push")
        questions = len(outgoing.to_decide(device.store))
        if questions:
            say("ask_decide", count=questions)


@app.command()
def follow() -> None:
    """Stay up to date, and send own changes as they are made, until Ctrl-C."""
    with opened() as device:
        following = Following(device, tell=tell, tell_error=tell_error)
        try:
            following.run(threading.Event())
        except KeyboardInterrupt:
            tell("followed", {})


@app.command()
def encrypt(
    pin: Annotated[bool, typer.Option(help="lock the copy by a PIN, not by the key ring")] = False,
) -> None:
    """Encrypt a copy that was kept plain."""
    with opened(use_pin=pin, relock=True) as device:
        say("encrypted", path=device.store.path)


@app.command()
def unlock(code: str) -> None:
    """Open a copy whose lease is over, by a code that an administrator reads out."""
    with opened() as device:
        say("unlocked", day=device.lease.unlock(code))


@app.command("unlock-code")
def unlock_code(device_id: str, until: Annotated[str, typer.Argument(help="last day, YYYY-MM-DD")]) -> None:
    """Make the code that opens another's closed copy until a day; for administrators, online."""
    with opened() as device:
        say("unlock_code", device=device_id, until=until, code=device.unlock_code(device_id, until))


@app.command()
def status() -> None:
    """Say whose copy this is, how old, how large, and what is unsent."""
    with opened() as device:
        get = device.store.get
        rows = {
            "user": get("user_name") or "-",
            "server": get("server") or "-",
            "lock": text(f"lock_{(locks.of(folder()) or locks.Lock(locks.PLAIN)).kind}", language()),
            "device_id": get("device_id") or "-",
            "last_contact": get("last_contact") or "-",
            "open_until": until.isoformat() if (until := device.lease.until()) else "-",
            "groups": ", ".join(orjson.loads(get("groups") or "[]")) or text("all", language()),
            "unsent": str(len(outgoing.waiting(device.store))),
            "questions": str(len(outgoing.to_decide(device.store))),
        }
        table = Table(show_header=False, box=None)
        for key, value in rows.items():
            table.add_row(text(key, language()), value)
        out.print(table)
        records = Table(show_header=False, box=None)
        for name, count in device.view.counts().items():
            records.add_row(name, str(count))
        out.print(records)


@app.command()
def show(entity: _Entity, record_id: Annotated[str, typer.Argument(help="absent: a list")] = "") -> None:
    """Show a record, or all of an entity, own changes included."""
    with opened() as device:
        if not record_id:
            out.print(as_table(device.view.records(_known(entity))))
            return
        values = device.view.record(_known(entity), record_id)
        if values is None:
            raise Unusable("RECORD_NOT_HERE", f"{entity} {record_id}")
        if entity == "offers.revision" and values["state"] in ("draft", "unspecified"):
            values, _, _ = device.offers.priced(record_id)
        table = Table(text("field", language()), text("value", language()), box=None)
        for name, value in values.items():
            table.add_row(name, cell(value))
        out.print(table)


def _known(entity: str) -> str:
    if entity not in all_entities():
        raise Unusable("ENTITY_UNKNOWN", entity)
    return entity


@app.command()
def agenda(
    days: Annotated[int, typer.Option(min=1, max=92, help="how many, from `--on` on")] = 7,
    on: Annotated[str, typer.Option(help="first day, YYYY-MM-DD; absent: today")] = "",
) -> None:
    """Show what takes place, also without the server."""
    with opened() as device:
        first = _day(on) if on else device.author.today()
        print_agenda(device.agenda.days(first, days))


@app.command()
def reminders() -> None:
    """Show the reminders that wait, also without the server."""
    with opened() as device:
        print_reminders(device.agenda.due())


@app.command()
def dismiss(
    reminder_ids: Annotated[list[str] | None, typer.Argument(help="as `sales reminders` shows them")] = None,
    everything: Annotated[bool, typer.Option("--all", help="all that wait")] = False,
) -> None:
    """Deal with reminders."""
    with opened() as device:
        due = [str(each.reminder["id"]) for each in device.agenda.due()] if everything else []
        for reminder_id in dict.fromkeys([*(reminder_ids or ()), *due]):
            device.agenda.dismiss(reminder_id)
        say("edited")


@app.command()
def snooze(reminder_id: str, minutes: Annotated[int, typer.Argument(help="from now")] = 15) -> None:
    """Put a reminder off."""
    with opened() as device:
        device.agenda.snooze(reminder_id, minutes)
        say("edited")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Unusable("FIELD_INVALID", text) from error


@app.command()
def create(entity: _Entity, fields: _Pairs = None) -> None:
    """Make a record; print its id."""
    with opened() as device:
        say("created", id=device.author.create(_known(entity), _values(entity, fields)))


@app.command()
def edit(entity: _Entity, record_id: str, fields: _Pairs = None) -> None:
    """Change fields of a record."""
    with opened() as device:
        device.author.edit(_known(entity), record_id, _values(entity, fields))
        say("edited")


@app.command()
def freeze(revision_id: str) -> None:
    """Freeze a revision, also without the server."""
    with opened() as device:
        say("frozen", sha256=device.offers.freeze(revision_id))


@app.command()
def accept(offer_id: str) -> None:
    """Record the customer's yes, also without the server."""
    with opened() as device:
        device.offers.accept(offer_id)
        say("accepted")


@app.command()
def conflicts(
    others: Annotated[
        bool, typer.Option("--others", help="those of others that you may decide; online")
    ] = False,
) -> None:
    """List what waits for a decision."""
    with opened() as device:
        found = device.others_questions() if others else device.parked.questions()
        questions = [question for question in found if not question.decided]
        if not questions:
            say("no_questions")
        for question in questions:
            print_question(device, question)


@app.command()
def resolve(
    change_id: str,
    choice: Annotated[str, typer.Argument(help="mine, theirs, edited, discarded")],
    fields: _Pairs = None,
) -> None:
    """Decide about a change that the server kept apart."""
    with opened() as device:
        question = _with_id(device.parked.questions(), change_id)
        if question is not None:
            device.parked.resolve(change_id, choice, _values(question.entity, fields))
        else:
            other = _with_id(device.others_questions(), change_id)
            if other is None:
                raise Unusable("QUESTION_UNKNOWN", change_id)
            device.parked.resolve_other(other, choice, _values(other.entity, fields))
        say("decided")


def _with_id(questions: list[Question], change_id: str) -> Question | None:
    return next((each for each in questions if each.id == change_id), None)


def _values(entity: str, pairs: list[str] | None) -> dict[str, Any]:
    """Return field -> value of `field=value`; what is no text in the contract is read as JSON."""
    found: dict[str, Any] = {}
    for pair in pairs or ():
        name, is_pair, value = pair.partition("=")
        if not is_pair:
            raise Unusable("NOT_A_PAIR", pair)
        field = all_entities()[entity].fields.get(name)
        structured = (Kind.INTEGER, Kind.BOOLEAN, Kind.MAP, Kind.MESSAGE)
        found[name] = value
        if field is not None and (field.repeated or field.kind in structured):
            found[name] = _json(pair, value)
    return found


def _json(pair: str, value: str) -> Any:
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise Unusable("FIELD_INVALID", pair) from error
