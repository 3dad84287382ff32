"""Small things that every process relies on: how it looks for garbage, how it hands ids to PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from uuid import UUID

import psycopg
import pytest

from services.kit.arrays import ids_array
from tests.support.servers import Servers

IDS = [UUID(int=0), UUID(int=2**128 - 1), UUID("0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b")]

CYCLES = """
import gc, weakref
from services.kit.garbage import collect_rarely

class Node:
    pass

def cycle():
    one, other = Node(), Node()
    one.other, other.one = other, one
    return weakref.ref(one)

collect_rarely()
assert gc.isenabled() and gc.get_freeze_count() > 1000
found = cycle()
kept = [[] for _ in range(30_000)]
assert found() is None
"""


def test_cycles_are_still_collected_where_they_are_looked_for_rarely() -> None:
    subprocess.run([sys.executable, "-c", CYCLES], check=True)


@pytest.mark.parametrize("ids", [[], IDS[:1], IDS])
def test_ids_arrive_at_postgresql_as_they_are(servers: Servers, ids: list[UUID]) -> None:
    with psycopg.connect(servers.postgres()) as connection:
        for given in (ids_array(ids), ids_array([str(each) for each in ids])):
            (row,) = connection.execute("select %s::uuid[]", [given]).fetchall()
            assert row[0] == ids
