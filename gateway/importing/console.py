"""`sales import`: parties and machines from a file, through the public API.

sales import parties clienti.csv --server http://127.0.0.1:8080 --user sales.north --dry-run
sales import parties clienti.csv --server http://127.0.0.1:8080 --user sales.north
sales import parties clienti.xlsx --map 'Rag. soc.=name' --map 'Vecchio codice='
"""

from __future__ import annotations

import csv
import locale
import os
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from gateway.importing import machines as of_machines
from gateway.importing.columns import MACHINES, PARTIES, Names, fields_of
from gateway.importing.errors import ImportStopped, LineProblem
from gateway.importing.parties import Directory, Draft, known_elsewhere, prepare
from gateway.importing.sending import Sent, send
from gateway.importing.server import Server
from gateway.importing.tables import Table, read_table
from gateway.importing.texts import problem_text, stopped_text, text

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, rich_markup_mode=None)
_out: Final = Console(highlight=False, markup=False, soft_wrap=True)
_log: Final = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
#: Bad lines shown on the screen; the error file has them all.
_SHOWN: Final = 50
_BAD_LINES, _STOPPED = 1, 2


@app.callback()
def _importing() -> None:
    """Each kind of record is a command of its own."""


_Address = Annotated[str, typer.Option(envvar="SALES_URL")]
_User = Annotated[str, typer.Option(envvar="SALES_USER")]
_Password = Annotated[str, typer.Option(envvar="SALES_PASSWORD", help="asked for if absent")]
_Mapping = Annotated[list[str] | None, typer.Option("--map", help="column=field; column= leaves it out")]
_DryRun = Annotated[bool, typer.Option(help="check everything, write nothing")]
_ErrorFile = Annotated[Path | None, typer.Option(help="file for the lines that are not imported")]


@app.command()
def parties(
    path: Annotated[Path, typer.Argument(help="CSV, spreadsheet or vCard file")],
    server: _Address = "http://127.0.0.1:8080",
    user: _User = "",
    password: _Password = "",
    mapping: _Mapping = None,
    dry_run: _DryRun = False,
    errors: _ErrorFile = None,
) -> None:
    """Import parties with their address and contact points.

    Exit status: 0 all lines imported, 1 some lines are wrong (the others are imported), 2 stopped.
    """
    kind = _Kind(PARTIES, ("name",), _drafts_of_parties)
    _import(kind, path, (server, user, password), mapping or [], dry_run=dry_run, errors=errors)


@app.command()
def machines(
    path: Annotated[Path, typer.Argument(help="CSV or spreadsheet file")],
    server: _Address = "http://127.0.0.1:8080",
    user: _User = "",
    password: _Password = "",
    mapping: _Mapping = None,
    dry_run: _DryRun = False,
    errors: _ErrorFile = None,
) -> None:
    """Import machines that were sold before, with their warranties.

    Exit status: 0 all lines imported, 1 some lines are wrong (the others are imported), 2 stopped.
    """
    kind = _Kind(MACHINES, of_machines.REQUIRED, _drafts_of_machines)
    _import(kind, path, (server, user, password), mapping or [], dry_run=dry_run, errors=errors)


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of record: its columns, and what makes drafts of lines: good ones, those there, problems."""

    names: Names
    required: Sequence[str]
    drafts: Callable[[Server, Table, dict[str, str]], tuple[list[Draft], int, list[LineProblem]]]


def _import(
    kind: _Kind,
    path: Path,
    account: tuple[str, str, str],
    mapping: Sequence[str],
    *,
    dry_run: bool,
    errors: Path | None,
) -> None:
    language = _language()
    server, user, password = account
    try:
        table = read_table(path)
        columns = fields_of(table.headers, mapping, names=kind.names, required=kind.required)
        _log.print(text("reading", language, path=path, lines=len(table.lines)))
        _tell_columns(table, columns, language)
        secret = password or typer.prompt(text("password", language), hide_input=True)
        connected = Server(server, user, secret, language=language)
        try:
            connected.sign_in()
            problems = _run(kind, connected, table, columns, dry_run=dry_run, language=language)
        finally:
            connected.close()
    except ImportStopped as stopped:
        _log.print(stopped_text(stopped, language))
        raise typer.Exit(_STOPPED) from stopped
    if problems:
        error_file = errors or path.with_name(f"{path.stem}.errors.csv")
        _tell_problems(problems, error_file, language)
        _write_errors(error_file, table, problems, language)
        raise typer.Exit(_BAD_LINES)


def _drafts_of_parties(
    server: Server, table: Table, columns: dict[str, str]
) -> tuple[list[Draft], int, list[LineProblem]]:
    prepared = prepare(table.lines, columns, _directory(server, columns))
    stored = {
        party["vat_number"]: party["id"] for party in server.records("crm/parties") if party["vat_number"]
    }
    drafts, known = known_elsewhere(prepared.drafts, columns, stored)
    present = len({draft.party.id for draft in drafts} & set(stored.values()))
    return drafts, present, [*prepared.problems, *known]


def _drafts_of_machines(
    server: Server, table: Table, columns: dict[str, str]
) -> tuple[list[Draft], int, list[LineProblem]]:
    customers = of_machines.Customers.of(server.records("crm/parties"))
    today = datetime.now(UTC).date()
    prepared = of_machines.prepare(table.lines, columns, customers, today=today)
    stored = {
        (each["article_code"], each["serial_number"]): each["id"]
        for each in server.records("aftersales/installed-products")
        if each["serial_number"] and each["state"] != "retired"
    }
    drafts, known = of_machines.known_elsewhere(prepared.drafts, columns, stored)
    present = len({draft.records[0].id for draft in drafts} & set(stored.values()))
    return drafts, present, [*prepared.problems, *known]


def _run(
    kind: _Kind,
    server: Server,
    table: Table,
    columns: dict[str, str],
    *,
    dry_run: bool,
    language: str,
) -> list[LineProblem]:
    began = time.monotonic()
    drafts, present, problems = kind.drafts(server, table, columns)
    if dry_run:
        _out.print(text("dry", language, good=len(drafts), present=present, bad=_lines(problems)))
        return sorted(problems, key=lambda problem: problem.line)
    sent = _send(server, drafts, language)
    problems += sent.problems
    seconds = max(time.monotonic() - began, 0.001)
    _out.print(
        text(
            "done",
            language,
            created=sent.created,
            present=sent.present,
            bad=_lines(problems),
            seconds=f"{seconds:.1f}",
            rate=round(sent.done / seconds),
        )
    )
    return sorted(problems, key=lambda problem: problem.line)


def _send(server: Server, drafts: Sequence[Draft], language: str) -> Sent:
    began, done = time.monotonic(), 0

    def progress(sent: Sent) -> None:
        nonlocal done
        done = sent.done
        rate = round(done / max(time.monotonic() - began, 0.001))
        _log.print(text("progress", language, done=done, total=len(drafts), rate=rate))

    try:
        return send(server, drafts, progress)
    except ImportStopped:
        _log.print(text("stopped", language, done=done))
        raise


def _directory(server: Server, columns: dict[str, str]) -> Directory:
    """Read the names that the file uses; a file without such columns needs none."""
    found = Directory({}, {})
    if "territory" in columns:
        territories = {each["code"]: each["id"] for each in server.records("identity/territories")}
        found = Directory(territories, {})
    if "owner" in columns:
        users = {each["user_name"]: each["id"] for each in server.records("identity/users")}
        found = Directory(found.territories, users)
    return found


def _language() -> str:
    chosen = os.environ.get("SALES_LANGUAGE") or locale.getlocale()[0] or "it"
    return "en" if chosen.lower().startswith("en") else "it"


def _tell_columns(table: Table, columns: dict[str, str], language: str) -> None:
    used = ", ".join(f"{header} = {field}" for field, header in columns.items())
    _log.print(text("columns", language, used=used))
    ignored = [header for header in table.headers if header not in columns.values()]
    if ignored:
        _log.print(text("ignored", language, headers=", ".join(ignored)))


def _tell_problems(problems: Sequence[LineProblem], path: Path, language: str) -> None:
    for problem in problems[:_SHOWN]:
        key = "line" if problem.column else "whole_line"
        said = problem_text(problem, language)
        _out.print(text(key, language, line=problem.line, column=problem.column, text=said))
    if len(problems) > _SHOWN:
        _out.print(text("more", language, count=len(problems) - _SHOWN, path=path))


def _write_errors(path: Path, table: Table, problems: Sequence[LineProblem], language: str) -> None:
    """Write the bad lines as they were, with their numbers and reasons: correct it and import it."""
    reasons: dict[int, list[str]] = defaultdict(list)
    for problem in problems:
        said = problem_text(problem, language)
        reasons[problem.line].append(f"{problem.column}: {said}" if problem.column else said)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        extra = [text("line_column", language), text("reason_column", language)]
        writer.writerow([*extra, *table.headers])
        for line in table.lines:
            if line.number in reasons:
                cells = [line.cells.get(header, "") for header in table.headers]
                writer.writerow([line.number, " ".join(reasons[line.number]), *cells])
    _out.print(text("errors_in", language, path=path))


def _lines(problems: Sequence[LineProblem]) -> int:
    return len({problem.line for problem in problems})
