"""Fields of a company's own: until open clients have a new one, and lists that are asked by one.

The device is one of a demonstration user at the running installation, with its stream open; it pulls when
it is poked. The lists are asked in a database of its own on the installation's server, with generated data.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from typing import Final

import httpx
import sqlalchemy as sa
from uuid_utils.compat import uuid7

from services.kit.actor import SYSTEM
from services.kit.database import Database
from services.kit.entities import entity
from services.kit.permissions import Access, Grant, Kind, Scope, Term
from services.kit.records.reading import Reader
from tests.bench.support.bench import Bench
from tests.bench.support.databases import new_database
from tests.bench.support.figures import Figure, Goal, percentile
from tests.bench.support.sync_devices import LiveDevice
from tests.bench.support.system import System
from tests.support.owners import NORTH

POSITION = 63

_USER: Final = "sales.north"
_DATABASE: Final = "bench_fields"
_DEFINITIONS: Final = 20
_RECORDS, _SMALL = 100_000, 10_000
_EACH: Final = 15
_GOAL: Final = (Goal("p99_ms", 2_000),)
_FILTERS: Final = (
    "custom.code = C777",
    "custom.number = 77",
    "custom.code = nothing",
    "custom.number >= 999",
)


def measure(bench: Bench) -> Iterator[Figure]:
    """Measure everything."""
    waits = [1000 * each for each in definitions_arrive(bench.running, _DEFINITIONS)]
    yield Figure(
        "a field that an administrator defines, to a live device",
        _percentiles(waits),
        goals=_GOAL,
        note=f"{len(waits)} times, from the request to the definition in the device's hands",
    )
    url = new_database(bench.running.admin_url, _DATABASE, "crm")
    yield from _lists(url, _SMALL if bench.options.small else _RECORDS)


def _percentiles(taken_ms: Sequence[float]) -> dict[str, float]:
    ordered = sorted(taken_ms)
    return {"p50_ms": percentile(ordered, 50), "p99_ms": percentile(ordered, 99)}


def definitions_arrive(system: System, count: int) -> list[float]:
    """Seconds from an administrator's request, through the gateway, until a device holds the field."""
    device = LiveDevice(system, _USER)
    admin = httpx.Client(base_url=system.installation.address, timeout=60, trust_env=False)
    admin.headers["Authorization"] = f"Bearer {system.sign_in('admin')}"
    found = []
    for _ in range(count):
        field = {"entity": "crm.party", "key": f"b_{secrets.token_hex(6)}", "kind": "text"}
        asked = time.monotonic()
        made = admin.post("/v1/crm/field-definitions", json=field | {"labels": {"it": "Prova"}})
        made.raise_for_status()
        found.append(device.until({"k": "put", "i": made.json()["id"]}) - asked)
    return found


def _lists(url: str, count: int) -> Iterator[Figure]:
    database = Database("crm", url, pool_size=1)
    try:
        _fill(database, count)
        reader, target = Reader(database), entity("crm.party")
        grant = Grant("crm", frozenset({"read"}), (Scope((Term(Kind.ALL),)),))
        access = Access(user_id=NORTH, epoch=1, grants=(grant,))
        for asked in _FILTERS:
            taken_ms = []
            for _ in range(_EACH):
                began = time.perf_counter()
                reader.page(access, target, filter_text=asked)
                taken_ms.append(1000 * (time.perf_counter() - began))
            yield Figure(f"{count:,} parties: {asked}", _percentiles(taken_ms), note=f"{_EACH} pages")
    finally:
        database.close()


def _fill(database: Database, count: int) -> None:
    """Make one party as everybody does, and as many like it as are wanted, each with a code and a number."""
    with database.unit_of_work(SYSTEM) as uow:
        for key, kind in (("code", "text"), ("number", "number")):
            values = {"entity": "crm.party", "key": key, "kind": kind, "labels": {"it": key}}
            uow.create("crm.field_definition", values | {"id": str(uuid7())})
        uow.define()
        first = uow.create("crm.party", {"id": str(uuid7()), "name": "Prova"})
    names = [each.name for each in database.tables["crm.party"].c if each.name not in ("id", "custom")]
    copied = ", ".join(names)
    engine = sa.create_engine(database.engine.url)  # without the guard of the write path
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(
            sa.text(
                f"insert into party (id, custom, {copied}) select gen_random_uuid(), jsonb_build_object("
                "'code', cast(to_jsonb('C' || n) as text), 'number', cast(n % 1000 as text)),"
                f" {copied} from party, generate_series(1, :count) n where id = :first"
            ),
            {"count": count, "first": first.id},
        )
        connection.execute(sa.text("vacuum analyze party"))
    engine.dispose()
