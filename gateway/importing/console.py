"""`sales import`: parties, what belongs to them, and machines from a file, through the public API.

sales import parties clienti.csv --server http://127.0.0.1:8080 --user sales.north --dry-run
sales import parties clienti.csv --server http://127.0.0.1:8080 --user sales.north
sales import parties clienti.xlsx --map 'Rag. soc.=name' --map 'Vecchio codice='
sales import parties clienti.xlsx --dry-run --save-mapping colonne.txt
sales import relationships relazioni.csv --mapping colonne.txt
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from gateway.importing import children as of_children
from gateway.importing import machines as of_machines
from gateway.importing.columns import MACHINES, PARTIES, Names, fields_of
from gateway.importing.custom import CustomFields
from gateway.importing.error_file import error_file_beside, write_error_file
from gateway.importing.errors import ImportStopped, LineProblem
from gateway.importing.lookups import Customers
from gateway.importing.mapping import read_mapping, write_mapping
from gateway.importing.parties import Directory, Draft, known_elsewhere, prepare
from gateway.importing.sending import Sent, send
from gateway.importing.server import Server
from gateway.importing.tables import Table, read_table
from gateway.importing.texts import problem_text, spoken_language, stopped_text, text
from services.kit.entities import entity

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
_MappingFile = Annotated[Path | None, typer.Option("--mapping", help="file with column=field, a line each")]
_SaveMapping = Annotated[Path | None, typer.Option(help="file to write: what each column is taken for")]
_DryRun = Annotated[bool, typer.Option(help="check everything, write nothing")]
_ErrorFile = Annotated[Path | None, typer.Option(help="file for the lines that are not imported")]


@app.command()
def parties(
    path: Annotated[Path, typer.Argument(help="CSV, spreadsheet or vCard file")],
    server: _Address = "http://127.0.0.1:8080",
    user: _User = "",
    password: _Password = "",
    mapping: _Mapping = None,
    mapping_file: _MappingFile = None,
    save_mapping: _SaveMapping = None,
    dry_run: _DryRun = False,
    errors: _ErrorFile = None,
) -> None:
    """Import companies and people with their address, contact points and employer.

    Exit status: 0 all lines imported, 1 some lines are wrong (the others are imported), 2 stopped.
    """
    kind = _Kind("crm.party", PARTIES, ("name",), _drafts_of_parties)
    chosen = _Chosen(mapping or [], mapping_file, save_mapping)
    _import(kind, path, (server, user, password), chosen, dry_run=dry_run, errors=errors)


@app.command()
def machines(
    path: Annotated[Path, typer.Argument(help="CSV or spreadsheet file")],
    server: _Address = "http://127.0.0.1:8080",
    user: _User = "",
    password: _Password = "",
    mapping: _Mapping = None,
    mapping_file: _MappingFile = None,
    save_mapping: _SaveMapping = None,
    dry_run: _DryRun = False,
    errors: _ErrorFile = None,
) -> None:
    """Import machines that were sold before, with their warranties.

    Exit status: 0 all lines imported, 1 some lines are wrong (the others are imported), 2 stopped.
    """
    kind = _Kind("aftersales.installed_product", MACHINES, of_machines.REQUIRED, _drafts_of_machines)
    chosen = _Chosen(mapping or [], mapping_file, save_mapping)
    _import(kind, path, (server, user, password), chosen, dry_run=dry_run, errors=errors)


def _children_command(name: str, spec: of_children.Spec) -> None:
    def run(
        path: Annotated[Path, typer.Argument(help="CSV or spreadsheet file")],
        server: _Address = "http://127.0.0.1:8080",
        user: _User = "",
        password: _Password = "",
        mapping: _Mapping = None,
        mapping_file: _MappingFile = None,
        save_mapping: _SaveMapping = None,
        dry_run: _DryRun = False,
        errors: _ErrorFile = None,
    ) -> None:
        kind = _Kind(spec.entity, spec.names, spec.required, partial(_drafts_of_children, spec))
        chosen = _Chosen(mapping or [], mapping_file, save_mapping)
        _import(kind, path, (server, user, password), chosen, dry_run=dry_run, errors=errors)

    statuses = "Exit status: 0 all lines imported, 1 some lines are wrong, 2 stopped."
    app.command(name, help=f"Import {name} of parties.\n\n{statuses}")(run)


for _name, _spec in of_children.SPECS.items():
    _children_command(_name, _spec)


@dataclass(frozen=True, slots=True)
class _Ready:
    """What a file comes to: drafts to be sent, how many lines are there already, and what is wrong."""

    drafts: list[Draft]
    present: int
    problems: list[LineProblem]


@dataclass(frozen=True, slots=True)
class _File:
    """What was read of a file, and what its columns are taken for."""

    table: Table
    columns: dict[str, str]
    custom: CustomFields


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of record: its columns, and what makes drafts of lines."""

    entity: str
    names: Names
    required: Sequence[str]
    drafts: Callable[[Server, _File], _Ready]

    def custom_fields(self, server: Server) -> CustomFields:
        """Return the fields that administrators gave to such records."""
        owner = entity(self.entity).service
        return CustomFields.of(server.records(f"{owner}/field-definitions"), self.entity)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What the user says of the columns: one by one, in a file; and where to write what came of it."""

    pairs: Sequence[str]
    file: Path | None
    save: Path | None

    def columns(self, kind: _Kind, table: Table, custom: CustomFields) -> dict[str, str]:
        """Return field -> header; what is said one by one counts more than the file."""
        pairs = [*(read_mapping(self.file) if self.file else ()), *self.pairs]
        # A label that is also the name of a field that all have means that one.
        names = {**custom.names, **kind.names}
        found = fields_of(table.headers, pairs, names=names, required=kind.required)
        if self.save:
            write_mapping(self.save, table.headers, found)
        return found


def _import(
    kind: _Kind,
    path: Path,
    account: tuple[str, str, str],
    chosen: _Chosen,
    *,
    dry_run: bool,
    errors: Path | None,
) -> None:
    language = spoken_language()
    server, user, password = account
    try:
        table = read_table(path)
        _log.print(text("reading", language, path=path, lines=len(table.lines)))
        secret = password or typer.prompt(text("password", language), hide_input=True)
        connected = Server(server, user, secret, language=language)
        try:
            connected.sign_in()
            custom = kind.custom_fields(connected)
            file = _File(table, chosen.columns(kind, table, custom), custom)
            _tell_columns(table, file.columns, language)
            problems = _run(kind, connected, file, dry_run=dry_run, language=language)
        finally:
            connected.close()
    except ImportStopped as stopped:
        _log.print(stopped_text(stopped, language))
        raise typer.Exit(_STOPPED) from stopped
    if problems:
        error_file = errors or error_file_beside(path)
        _tell_problems(problems, error_file, language)
        _write_errors(error_file, table, problems, language)
        raise typer.Exit(_BAD_LINES)


def _drafts_of_parties(server: Server, file: _File) -> _Ready:
    there = list(server.records("crm/parties"))
    prepared = prepare(file.table.lines, file.columns, _directory(server, file, there), file.custom)
    stored = {party["vat_number"]: party["id"] for party in there if party["vat_number"]}
    drafts, known = known_elsewhere(prepared.drafts, file.columns, stored)
    return _ready(drafts, {party["id"] for party in there}, [*prepared.problems, *known])


def _drafts_of_machines(server: Server, file: _File) -> _Ready:
    customers = Customers.of(server.records("crm/parties"))
    today = datetime.now(UTC).date()
    prepared = of_machines.prepare(file.table.lines, file.columns, customers, today=today, custom=file.custom)
    there = list(server.records("aftersales/installed-products"))
    stored = {
        (each["article_code"], each["serial_number"]): each["id"]
        for each in there
        if each["serial_number"] and each["state"] != "retired"
    }
    drafts, known = of_machines.known_elsewhere(prepared.drafts, file.columns, stored)
    return _ready(drafts, {each["id"] for each in there}, [*prepared.problems, *known])


def _drafts_of_children(spec: of_children.Spec, server: Server, file: _File) -> _Ready:
    customers = Customers.of(server.records("crm/parties"))
    prepared = of_children.prepare(spec, file.table.lines, file.columns, customers, file.custom)
    there = {each["id"] for each in server.records(f"crm/{entity(spec.entity).collection}")}
    return _ready(prepared.drafts, there, prepared.problems)


def _ready(drafts: Sequence[Draft], there: Set[str], problems: list[LineProblem]) -> _Ready:
    """Leave out what is there: an import creates and never overwrites."""
    new = [draft for draft in drafts if draft.records[0].id not in there]
    return _Ready(new, len(drafts) - len(new), problems)


def _run(kind: _Kind, server: Server, file: _File, *, dry_run: bool, language: str) -> list[LineProblem]:
    began = time.monotonic()
    ready = kind.drafts(server, file)
    problems = ready.problems
    if dry_run:
        good = len(ready.drafts) + ready.present
        _out.print(text("dry", language, good=good, present=ready.present, bad=_lines(problems)))
        return sorted(problems, key=lambda problem: problem.line)
    sent = _send(server, ready.drafts, language)
    problems += sent.problems
    seconds = max(time.monotonic() - began, 0.001)
    _out.print(
        text(
            "done",
            language,
            created=sent.created,
            present=ready.present + sent.present,
            bad=_lines(problems),
            seconds=f"{seconds:.1f}",
            rate=round((ready.present + sent.done) / seconds),
        )
    )
    return sorted(problems, key=lambda problem: problem.line)


def _send(server: Server, drafts: Sequence[Draft], language: str) -> Sent:
    began, done = time.monotonic(), 0

    def progress(sent: Sent) -> None:
        nonlocal done
        done = sent.done
        rate = done / max(time.monotonic() - began, 0.001)
        left = _duration((len(drafts) - done) / max(rate, 0.001))
        _log.print(text("progress", language, done=done, total=len(drafts), rate=round(rate), left=left))

    try:
        return send(server, drafts, progress)
    except ImportStopped:
        _log.print(text("stopped", language, done=done))
        raise


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def _directory(server: Server, file: _File, there: Sequence[Mapping[str, Any]]) -> Directory:
    """Read the names that the file uses; a file without such columns needs none."""
    territories, users = dict[str, str](), dict[str, str]()
    if "territory" in file.columns:
        territories = {each["code"]: each["id"] for each in server.records("identity/territories")}
    if "owner" in file.columns:
        users = {each["user_name"]: each["id"] for each in server.records("identity/users")}
    names_parties = "employer" in file.columns or file.custom.link_to_parties
    return Directory(territories, users, Customers.of(there) if names_parties else Customers())


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
    extra = text("line_column", language), text("reason_column", language)
    write_error_file(path, table, reasons, extra)
    _out.print(text("errors_in", language, path=path))


def _lines(problems: Sequence[LineProblem]) -> int:
    return len({problem.line for problem in problems})
