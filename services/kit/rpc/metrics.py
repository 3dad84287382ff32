"""Durations of calls, by method and status, on both sides."""

from __future__ import annotations

from functools import lru_cache

from prometheus_client import Gauge, Histogram

_BUCKETS = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1, 2, 5, 10)

_SERVED = Histogram(
    "sales_grpc_server_seconds", "Duration of calls that were served.", ["method", "status"], buckets=_BUCKETS
)
_CALLED = Histogram(
    "sales_grpc_client_seconds", "Duration of calls that were made.", ["method", "status"], buckets=_BUCKETS
)
IN_FLIGHT = Gauge("sales_grpc_server_in_flight", "Calls being served.")


@lru_cache(maxsize=2048)
def served(method: str, status: str) -> Histogram:
    """Return the series of a served method; methods come from our contracts, so their number is small."""
    return _SERVED.labels(method, status)


@lru_cache(maxsize=2048)
def called(method: str, status: str) -> Histogram:
    """Return the series of a called method."""
    return _CALLED.labels(method, status)
