"""`sales export`: parties and what belongs to them into a file, as far as the user may see them.

sales export parties clienti.xlsx --user sales.north
sales export parties rubrica.vcf --filter 'territory_id = …'
sales export relationships relazioni.csv --columns id,party_name,kind,other_id
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from gateway.exporting.files import Row, open_file
from gateway.exporting.rows import (
    Below,
    Directory,
    PartyRows,
    chosen,
    columns_of,
    counted,
    custom_columns,
    record_row,
)
from gateway.exporting.sheets import TooMuch
from gateway.exporting.texts import text
from gateway.importing.custom import CustomFields
from gateway.importing.errors import ImportStopped
from gateway.importing.server import Server
from gateway.importing.texts import spoken_language, stopped_text
from gateway.importing.texts import text as import_text
from services.kit.entities import entity

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, rich_markup_mode=None)
_log: Final = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
_out: Final = Console(highlight=False, markup=False, soft_wrap=True)
_STOPPED: Final = 2
#: Lines after which the progress is told.
_TOLD_EVERY: Final = 5000
#: Command -> entity.
_RECORDS: Final = {
    "addresses": "crm.address",
    "contacts": "crm.contact_point",
    "relationships": "crm.relationship",
    "activities": "crm.activity",
}


class _Stopped(Exception):
    """Nothing is exported; the text says why."""


@app.callback()
def _exporting() -> None:
    """Each kind of record is a command of its own."""


@dataclass(frozen=True, slots=True)
class _Question:
    """What is to be exported, and to where."""

    path: Path
    filter: str
    search: str
    columns: str
    facets: Sequence[str]
    language: str = field(default_factory=spoken_language)

    @property
    def parameters(self) -> dict[str, str]:
        """Of the list that is read."""
        given = {"filter": self.filter, "search": self.search}
        return {name: value for name, value in given.items() if value}


def _command(name: str, run: Callable[[Server, _Question], int], *, endings: tuple[str, ...]) -> None:
    def command(
        path: Annotated[Path, typer.Argument(help="CSV, xlsx or, of parties, vCard file to write")],
        server: Annotated[str, typer.Option(envvar="SALES_URL")] = "http://127.0.0.1:8080",
        user: Annotated[str, typer.Option(envvar="SALES_USER")] = "",
        password: Annotated[str, typer.Option(envvar="SALES_PASSWORD", help="asked for if absent")] = "",
        filter_: Annotated[str, typer.Option("--filter", help="as in lists: country = IT AND …")] = "",
        search: Annotated[str, typer.Option(help="only records that contain these words")] = "",
        columns: Annotated[str, typer.Option(help="only these, in this order, separated by commas")] = "",
        facets: Annotated[list[str] | None, typer.Option("--facet", help="also: private")] = None,
        overwrite: Annotated[bool, typer.Option(help="replace the file if it is there")] = False,
    ) -> None:
        question = _Question(path, filter_, search, columns, facets or [])
        language = question.language
        try:
            _check(path, endings, overwrite=overwrite, language=language)
            secret = password or typer.prompt(import_text("password", language), hide_input=True)
            connected = Server(server, user, secret, language=language)
            try:
                connected.sign_in()
                _timed(connected, question, run)
            finally:
                connected.close()
        except (_Stopped, ImportStopped, TooMuch) as stopped:
            _log.print(_why(stopped, language))
            raise typer.Exit(_STOPPED) from stopped

    statuses = "Exit status: 0 everything written, 2 stopped, no file."
    app.command(name, help=f"Export {name}.\n\n{statuses}")(command)


def _check(path: Path, endings: tuple[str, ...], *, overwrite: bool, language: str) -> None:
    if path.suffix.lower() not in endings:
        raise _Stopped(text("UNKNOWN_FORMAT", language, path=path))
    if not path.parent.is_dir():
        raise _Stopped(text("FOLDER_MISSING", language, path=path.parent))
    if path.exists() and not overwrite:
        raise _Stopped(text("FILE_EXISTS", language, path=path))


def _why(stopped: Exception, language: str) -> str:
    if isinstance(stopped, ImportStopped):
        return stopped_text(stopped, language)
    return text(stopped.reason, language) if isinstance(stopped, TooMuch) else str(stopped)


def _timed(server: Server, question: _Question, run: Callable[[Server, _Question], int]) -> None:
    began = time.monotonic()
    done = run(server, question)
    seconds = max(time.monotonic() - began, 0.001)
    said = {"done": done, "path": question.path, "seconds": f"{seconds:.1f}", "rate": round(done / seconds)}
    _out.print(text("done", question.language, **said))


def _parties(server: Server, question: _Question) -> int:
    directory = Directory(
        {each["id"]: each["code"] for each in server.records("identity/territories")},
        {each["id"]: each["user_name"] for each in server.records("identity/users")},
    )
    parties = PartyRows(CustomFields.of(server.records("crm/field-definitions"), "crm.party"), directory)
    below = Below()
    below.add_addresses(server.records("crm/addresses"))
    below.add_points(server.records("crm/contact-points"))
    below.add_employers(server.records("crm/relationships", filter="kind = works_at"), _names(server))
    rows = (parties.row(each, below) for each in server.records("crm/parties", **question.parameters))
    return _written(question, parties.columns(question.facets), rows)


def _records(entity_name: str, server: Server, question: _Question) -> int:
    columns = [*columns_of(entity_name, question.facets), *_custom(server, entity_name, question)]
    names = _names(server)
    records = server.records(f"crm/{entity(entity_name).collection}", **question.parameters)
    return _written(question, columns, (record_row(each, columns, names) for each in records))


def _custom(server: Server, entity_name: str, question: _Question) -> list[str]:
    definitions = server.records(f"{entity(entity_name).service}/field-definitions")
    return custom_columns(CustomFields.of(definitions, entity_name), question.facets)


def _names(server: Server) -> dict[str, str]:
    return {each["id"]: each["name"] for each in server.records("crm/parties")}


def _written(question: _Question, columns: Sequence[str], rows: Iterator[Row]) -> int:
    """Write the rows as they come; return how many they were."""
    done, began = 0, time.monotonic()
    try:
        shown = chosen(columns, question.columns)
    except KeyError as error:
        said = {"column": error.args[0], "columns": ", ".join(columns)}
        raise _Stopped(text("UNKNOWN_COLUMN", question.language, **said)) from error
    with open_file(question.path, shown) as write:
        for done, row, tell in counted(rows, _TOLD_EVERY):
            write(row)
            if tell:
                rate = round(done / max(time.monotonic() - began, 0.001))
                _log.print(text("progress", question.language, done=done, rate=rate))
    return done


def _of(entity_name: str) -> Callable[[Server, _Question], int]:
    return lambda server, question: _records(entity_name, server, question)


_command("parties", _parties, endings=(".csv", ".xlsx", ".vcf"))
for _name, _entity in _RECORDS.items():
    _command(_name, _of(_entity), endings=(".csv", ".xlsx"))
