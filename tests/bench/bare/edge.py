"""`python -m tests.bench.bare.edge OWNER_PORT HTTP_PORT`: HTTP to gRPC."""

from __future__ import annotations

import sys
from typing import Any

import orjson
import uvicorn
from grpc import aio
from sales.sync.v1 import records_pb2
from sales.sync.v1.records_pb2_grpc import RecordsServiceStub
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.kit.rpc.options import CHANNEL_OPTIONS


class Edge:
    """Passes requests on."""

    def __init__(self, owner: str) -> None:
        self._owner = owner
        # The generated types know the synchronous channel only.
        self._opened: Any = None

    @property
    def _stub(self) -> Any:
        # Made at the first request: a channel belongs to the loop that runs then.
        if self._opened is None:
            self._opened = RecordsServiceStub(aio.insecure_channel(self._owner, options=CHANNEL_OPTIONS))
        return self._opened

    async def read(self, request: Request) -> Response:
        """Answer one row."""
        found = await self._stub.Get(records_pb2.GetRequest(id=request.path_params["id"]))
        return _json(found.record.fragments[0].body)

    async def search(self, request: Request) -> Response:
        """Answer the rows that contain a text."""
        asked = request.query_params
        wanted = records_pb2.ListRequest(search=asked["search"], page_size=int(asked["page_size"]))
        page = await self._stub.List(wanted)
        return _json(b'{"records":[' + b",".join(r.fragments[0].body for r in page.records) + b"]}")

    async def create(self, request: Request) -> Response:
        """Insert the row of the body, or the rows of its list."""
        body = await request.body()
        items = [body] if body.startswith(b"{") else [orjson.dumps(row) for row in orjson.loads(body)]
        done = await self._stub.Apply(
            records_pb2.ApplyRequest(items=[records_pb2.Item(sent=item) for item in items])
        )
        return _json(b"[" + b",".join(r.record.fragments[0].body for r in done.results) + b"]", 201)

    def app(self) -> Starlette:
        """The application."""
        return Starlette(
            routes=[
                Route("/records/{id}", self.read),
                Route("/records", self.search),
                Route("/records", self.create, methods=["POST"]),
            ]
        )


def _json(body: bytes, status: int = 200) -> Response:
    return Response(body, status, media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(
        Edge(f"127.0.0.1:{sys.argv[1]}").app(),
        host="127.0.0.1",
        port=int(sys.argv[2]),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
    )
