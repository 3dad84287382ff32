"""`python -m tests.bench.bare.owner`: gRPC to the PostgreSQL of `BENCH_DATABASE_URL`; prints its port."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import orjson
from psycopg_pool import ConnectionPool
from sales.sync.v1 import records_pb2, records_pb2_grpc

from services.kit.rpc.options import SERVER_OPTIONS

#: As many as `grpc_threads` of our services.
_THREADS = 12

_READ = "select body from party where id = %s"
_SEARCH = "select id, body from party where search_text like %s order by id limit %s"
_INSERT = "insert into entry (id, code, body) values (%s, %s, %s)"
_INSERT_MANY = """
    insert into entry (id, code, body)
    select id, code, body from jsonb_to_recordset(cast(%s as jsonb)) as row(id uuid, code text, body text)
"""


class BareRecords(records_pb2_grpc.RecordsServiceServicer):
    """Reads and inserts rows."""

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool

    def Get(self, request: records_pb2.GetRequest, context: Any) -> records_pb2.GetResponse:  # noqa: N802
        """Read one row by its primary key."""
        with self._pool.connection() as connection:
            (body,) = connection.execute(_READ, (request.id,)).fetchone()
        return records_pb2.GetResponse(record=_record(request.id, body))

    def List(self, request: records_pb2.ListRequest, context: Any) -> records_pb2.ListResponse:  # noqa: N802
        """Read the rows that contain a text, by trigram index."""
        with self._pool.connection() as connection:
            rows = connection.execute(_SEARCH, (f"%{request.search}%", request.page_size)).fetchall()
        return records_pb2.ListResponse(records=[_record(str(row_id), body) for row_id, body in rows])

    def Apply(self, request: records_pb2.ApplyRequest, context: Any) -> records_pb2.ApplyResponse:  # noqa: N802
        """Insert one row, or all rows in one statement."""
        rows = [orjson.loads(item.sent) for item in request.items]
        with self._pool.connection() as connection:
            if len(rows) == 1:
                connection.execute(_INSERT, (rows[0]["id"], rows[0]["code"], rows[0]["body"]))
            else:
                connection.execute(_INSERT_MANY, (orjson.dumps(rows).decode(),))
        return records_pb2.ApplyResponse(
            results=[records_pb2.Result(id=row["id"], record=_record(row["id"], row["body"])) for row in rows]
        )


def _record(record_id: str, body: str) -> records_pb2.Record:
    fragment = records_pb2.Fragment(facet="base", body=body.encode())
    return records_pb2.Record(entity="bare", id=record_id, version=1, fragments=[fragment])


def main(database_url: str) -> None:
    """Serve until SIGTERM."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    with ConnectionPool(
        database_url,
        min_size=_THREADS,
        max_size=_THREADS,
        kwargs={"autocommit": True, "prepare_threshold": 2},
    ) as pool:
        server = grpc.server(ThreadPoolExecutor(_THREADS), options=SERVER_OPTIONS)
        records_pb2_grpc.add_RecordsServiceServicer_to_server(
            BareRecords(pool),  # type: ignore[abstract]  # the other methods answer UNIMPLEMENTED
            server,
        )
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        print(port, flush=True)
        stopping.wait()
        server.stop(1).wait()


if __name__ == "__main__":
    main(os.environ["BENCH_DATABASE_URL"])
