"""Filled stores and what a device asks of them by gRPC."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import grpc
import orjson
import zstandard
from sales.sync.v1 import bundle_pb2, bundle_pb2_grpc
from uuid_utils.compat import uuid7

from gateway.identity.domain.administration import fixed_id
from services.kit.actor import Actor
from services.kit.rpc.metadata import ACTOR, actor_bytes
from services.sync.storage.store import Store
from tests.bench.support.company import FAMILY, Company, family
from tests.bench.support.filling import fill
from tests.bench.support.sync_processes import Running, new_store, start_api
from tests.bench.support.system import System

#: Newer than any epoch that the installation's identity gives in a benchmark.
_GRANT_EPOCH: Final = 1_000_000
#: Her copy is measured; she can sign in at the installation.
USER_NAME: Final = "sales.north"
_TOUCH: Final = """
    with touched as (
        select k.type, k.id, k.n, unnest(e.buckets) as bucket
        from unnest(%(types)s::text[], %(ids)s::uuid[]) with ordinality as k (type, id, n)
        join entity e using (type, id)
    ), moved as (
        update bucket_entry e set seq = %(head)s + t.n from touched t
        where e.bucket = t.bucket and e.type = t.type and e.id = t.id
    )
    update bucket set last_seq = m.seq
    from (select bucket, %(head)s + max(n) as seq from touched group by bucket) as m
    where bucket.id = m.bucket
"""


@dataclass(frozen=True, slots=True)
class FilledStore:
    """A company in a store of its own, with a pull worker."""

    company: Company
    store: Store
    api: Running
    filled_s: float

    def close(self) -> None:
        """End the worker and the connection."""
        self.api.stop()
        self.store.close()

    def touch(self, *, own: bool, count: int) -> None:
        """Give records new numbers, as new versions of them would: the user's own, or none of hers."""
        held = set(self.company.held_by(0))
        territories, users = self.company.territory_ids, self.company.user_ids
        types: list[str] = []
        ids: list[str] = []
        for number in range(self.company.records // FAMILY):
            territory, owner = territories[number % len(territories)], users[number % len(users)]
            if (territory in held) is own and (own or owner != users[0]):
                records = family(number, owner=owner, territory=territory)[: count - len(ids)]
                types += [record["entity"] for record in records]
                ids += [record["id"] for record in records]
            if len(ids) >= count:
                break
        with self.store.connection.transaction():
            (head,) = self.store.rows("select seq, epoch from head")
            self.store.connection.execute(_TOUCH, {"types": types, "ids": ids, "head": head.seq})
            self.store.publish_head(epoch=head.epoch, seq=head.seq + len(ids))


def filled_store(system: System, records: int) -> FilledStore:
    """Fill a store and start its worker."""
    company = Company(records, first_user=fixed_id("identity.user", USER_NAME))
    url = new_store(system, f"bench_sync_{records}")
    store = Store(url)
    begun = time.monotonic()
    fill(store, company, grant_epoch=_GRANT_EPOCH)
    return FilledStore(company, store, start_api(url), time.monotonic() - begun)


class Puller:
    """A device of the measured user, by gRPC."""

    def __init__(self, filled: FilledStore) -> None:
        self.device_id = str(uuid7())
        self.checkpoint = ""
        user_id = UUID(filled.company.user_ids[0])
        actor = Actor(user_id=user_id, device_id=UUID(self.device_id), grant_epoch=1)
        self._metadata = ((ACTOR, actor_bytes(actor)),)
        self._channel = grpc.insecure_channel(
            f"127.0.0.1:{filled.api.port}", options=[("grpc.enable_http_proxy", 0)]
        )
        self._stub = bundle_pb2_grpc.SyncServiceStub(self._channel)
        wanted = bundle_pb2.RegisterDeviceRequest(device_id=self.device_id, schema_version="1.0")
        self._stub.RegisterDevice(wanted, metadata=self._metadata)

    def pull(self) -> tuple[float, Sequence[bytes]]:
        """Return how long a pull took, in seconds, and its parts."""
        wanted = bundle_pb2.PullRequest(
            device_id=self.device_id,
            checkpoint=self.checkpoint,
            schema_version="1.0",
            all_groups=True,
            encoding="zstd",
        )
        begun = time.perf_counter()
        parts = [each.part for each in self._stub.Pull(wanted, metadata=self._metadata)]
        return time.perf_counter() - begun, parts

    def take(self, parts: Sequence[bytes]) -> int:
        """Move to the bundle's checkpoint; return how many rows it brought."""
        content = zstandard.ZstdDecompressor().decompressobj().decompress(b"".join(parts))
        lines = content.splitlines()
        done: dict[str, Any] = orjson.loads(lines[-1])
        if done["k"] != "done":
            raise RuntimeError(f"the bundle ends with {done['k']}")
        self.checkpoint = done["checkpoint"]
        return sum(line.startswith(b'{"k":"put"') for line in lines)

    def close(self) -> None:
        """Hang up."""
        self._channel.close()
