"""Parties as a file, with what belongs to them: GET /v1/crm/parties:export?format=csv|xlsx|vcf.

The rows are those of `sales export parties`, asked for as the list is: by filter, search and order, with as
much of each party as the list shows. First the pages of the list, then one question a page for what is shown
beside its parties. The file is complete before its first byte leaves, so no error ends up as half a file. For
that, and because others wait for the processor that makes it, it is bounded; the command is not.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import orjson
from sales.crm.v1 import service_pb2
from sales.sync.v1 import records_pb2
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from gateway.api import fragments, incoming
from gateway.api.answers import PRIVATE
from gateway.api.callers import Callers
from gateway.api.owners import Owners
from gateway.api.records import LARGEST_PAGE, require_lengths
from gateway.api.routing import Methods
from gateway.api.schemas import Schema
from services.kit import rpc
from services.kit.entities import default_values, entity
from services.kit.errors import Forbidden, Invalid, Violation

if TYPE_CHECKING:
    from gateway.exporting.rows import PartyRows

PATH: Final = "/v1/crm/parties:export"
PARAMETERS: Final = ("format", "columns", "search", "filter", "order_by")
#: Ending -> what the file is.
FORMATS: Final[Mapping[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "vcf": "text/vcard; charset=utf-8",
}
#: Parties in a file: half of what came just in time on two cores with eight processes each (2026-11-30).
MOST_PARTIES: Final = 10_000
#: Files that a gateway makes at once; who asks then waits, as long as a request may take.
_AT_ONCE: Final = 2
_CRM: Final = "crm"
_PARTY: Final = "crm.party"
_BELONGINGS: Final = service_pb2.DESCRIPTOR.services_by_name["CrmExports"].methods_by_name["ListBelongings"]
_NAMES: Final = {"it": "clienti", "en": "customers"}

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be in the file, and of what kind it is."""

    format: str
    columns: str
    search: str
    filter: str
    order_by: str


class Exports:
    """Answers files of parties."""

    def __init__(self, owners: Owners, callers: Callers, *, call_timeout_s: float) -> None:
        self._owners = owners
        self._callers = callers
        self._call_timeout_s = call_timeout_s
        self._slots = asyncio.Semaphore(_AT_ONCE)

    def routes(self) -> list[BaseRoute]:
        """Return what is to be served."""
        return [Route(PATH, Methods(PATH, GET=self.parties))]

    async def parties(self, request: Request) -> Response:
        """Answer a file with the parties that the caller may see."""
        actor = self._callers.actor(request)
        asked = _asked(incoming.parameters(request, PARAMETERS))
        folder = TemporaryDirectory(prefix="sales-export-")
        path = Path(folder.name) / f"parties.{asked.format}"
        try:
            async with self._slots:
                with rpc.acting(actor, timeout_s=self._call_timeout_s):
                    await self._make(path, asked)
        except BaseException:
            folder.cleanup()
            raise
        name = quote(f"{_NAMES[incoming.language(request)]}.{asked.format}")
        headers = {**PRIVATE, "Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        return FileResponse(
            path, media_type=FORMATS[asked.format], headers=headers, background=BackgroundTask(folder.cleanup)
        )

    async def _make(self, path: Path, asked: _Asked) -> None:
        """Write the file.

        Raises:
            Invalid: EXPORT_TOO_LARGE, EXPORT_TEXT_TOO_LONG, INVALID_PARAMETERS; as lists do, INVALID_QUERY.
            Forbidden: as lists do, FACET_NOT_GRANTED, NOT_GRANTED.
        """
        # All of them first: what is too much is told before any work, and nothing is half done.
        pages = [page async for page in self._party_pages(asked)]
        parties = await self._rows()
        columns = _chosen(parties, asked.columns)
        file = _File(path, columns)
        try:
            await file.open()
            for page in pages:
                below = await self._belongings([each["id"] for each in page])
                await file.write(parties, page, below)
        finally:
            await file.close()

    async def _party_pages(self, asked: _Asked) -> AsyncIterator[list[Record]]:
        wanted = records_pb2.ListRequest(
            entity=_PARTY, search=asked.search, filter=asked.filter, order_by=asked.order_by
        )
        count = 0
        async for page in self._pages(wanted):
            count += len(page)
            if count > MOST_PARTIES:
                raise Invalid("EXPORT_TOO_LARGE", params={"limit": str(MOST_PARTIES)})
            if page:
                yield page

    async def _rows(self) -> PartyRows:
        # Not at the start of a gateway: writing spreadsheets takes memory that few of them need.
        from gateway.exporting.rows import Directory, PartyRows
        from gateway.importing.custom import CustomFields

        definitions = [each async for each in self._all("crm.field_definition")]
        directory = Directory(
            await self._names("identity.territory", "code"), await self._names("identity.user", "user_name")
        )
        return PartyRows(CustomFields.of(definitions, _PARTY), directory)

    async def _names(self, entity_name: str, field: str) -> dict[str, str]:
        """Return what records of identity are called, by id; nothing for who may not read them, and sees ids
        alone in lists too.
        """
        try:
            return {each["id"]: each[field] async for each in self._all(entity_name)}
        except Forbidden:
            return {}

    async def _belongings(self, party_ids: Sequence[str]) -> list[Record]:
        wanted = service_pb2.ListBelongingsRequest(party_ids=party_ids)
        found = await self._owners.method(_CRM, _BELONGINGS)(wanted)
        return [{**_record(each), "entity": each.entity} for each in found.records]

    async def _all(self, entity_name: str) -> AsyncIterator[Record]:
        async for page in self._pages(records_pb2.ListRequest(entity=entity_name, order_by="id")):
            for record in page:
                yield record

    async def _pages(self, wanted: records_pb2.ListRequest) -> AsyncIterator[list[Record]]:
        service = wanted.entity.partition(".")[0]
        wanted.page_size = LARGEST_PAGE
        while True:
            page = await self._owners.records(service).List(wanted)
            yield [_record(each) for each in page.records]
            wanted.page_token = page.next_page_token
            if not wanted.page_token:
                return


class _File:
    """A file that is written beside the event loop, one step after the other."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._path = path
        self._columns = columns
        self._open = ExitStack()
        self._write: Any = None
        # One thread: after a request that was given up, closing waits for the step that still runs.
        self._thread = ThreadPoolExecutor(max_workers=1)

    async def open(self) -> None:
        """Begin."""
        from gateway.exporting.files import open_file

        self._write = await self._step(lambda: self._open.enter_context(open_file(self._path, self._columns)))

    async def write(self, parties: PartyRows, page: Iterable[Record], below: Iterable[Record]) -> None:
        """Add a page of parties, with what belongs to them."""
        await self._step(partial(_write, self._write, parties, page, below))

    async def close(self) -> None:
        """Complete the file; a workbook is put together now, which takes longest."""
        try:
            await self._step(self._open.close)
        finally:
            self._thread.shutdown(wait=False)

    async def _step(self, step: Any) -> Any:
        from gateway.exporting.sheets import TooMuch

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, step)
        except TooMuch as error:
            raise Invalid("EXPORT_TEXT_TOO_LONG", f"{error.reason}: a cell of a workbook") from error


def _write(write: Any, parties: PartyRows, page: Iterable[Record], records: Iterable[Record]) -> None:
    from gateway.exporting.rows import Below

    by_entity: dict[str, list[Record]] = {}
    for each in records:
        by_entity.setdefault(each["entity"], []).append(each)
    below = Below()
    below.add_addresses(by_entity.get("crm.address", ()))
    below.add_points(by_entity.get("crm.contact_point", ()))
    names = {each["id"]: each["name"] for each in by_entity.get(_PARTY, ())}
    below.add_employers(by_entity.get("crm.relationship", ()), names)
    for record in page:
        write(parties.row(record, below))


def _record(found: records_pb2.Record) -> Record:
    """Return a record with all its fields, also those that nobody filled in."""
    return {**default_values(entity(found.entity)), **orjson.loads(fragments.joined(found))}


def _asked(given: Mapping[str, str]) -> _Asked:
    require_lengths(given)
    format_ = given.get("format", "")
    if format_ not in FORMATS:
        wrong = Violation(
            "format", "UNKNOWN_VALUE" if format_ else "REQUIRED", f"one of {', '.join(FORMATS)}"
        )
        raise Invalid("INVALID_PARAMETERS", violations=[wrong])
    return _Asked(format_, *(given.get(name, "") for name in PARAMETERS[1:]))


def export_paths() -> Iterator[tuple[str, Schema]]:
    """Yield the address for the OpenAPI document."""
    text: Schema = {"type": "string", "maxLength": 2000}
    schemas = dict.fromkeys(PARAMETERS, text) | {"format": {"type": "string", "enum": list(FORMATS)}}
    operation: Schema = {
        "operationId": "exportParties",
        "tags": [_CRM],
        "summary": f"The parties of a list, at most {MOST_PARTIES:,}, as a file with what belongs to them",
        "parameters": [
            {"name": name, "in": "query", "required": name == "format", "schema": schema}
            for name, schema in schemas.items()
        ],
        "responses": {
            "200": {
                "description": "The file.",
                "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
            },
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    yield PATH, {"get": operation}


def _chosen(parties: PartyRows, wanted: str) -> list[str]:
    from gateway.exporting.rows import chosen

    if not wanted.strip(" ,"):
        return parties.columns(())
    try:
        return chosen(parties.all_columns, wanted)
    except KeyError as error:
        detail = f"there is no column {error.args[0][:100]}; there are {', '.join(parties.all_columns)}"
        raise Invalid(
            "INVALID_PARAMETERS", violations=[Violation("columns", "UNKNOWN_FIELD", detail)]
        ) from error
