"""Channel and server options, each with its reason."""

from __future__ import annotations

import json

Options = tuple[tuple[str, int | str], ...]

#: A list of 500 records or a group of 1,000 items stays far below this.
_MAX_MESSAGE_BYTES = 32 * 1024 * 1024

_SIZES: Options = (
    ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", _MAX_MESSAGE_BYTES),
    ("grpc.max_metadata_size", 16 * 1024),
)

SERVER_OPTIONS: Options = (
    *_SIZES,
    # Two processes on one port would share the calls in silence; we want the second one to fail.
    ("grpc.so_reuseport", 0),
    # Allow the pings that our channels send.
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
)

#: By AIP-131 and AIP-132 these change nothing, so a call that found no owner may be made again.
_READS = (
    ("sales.sync.v1.RecordsService", ("Get", "List", "ListParked")),
    ("sales.identity.v1.IdentityService", ("GetAccess",)),
)

_SERVICE_CONFIG = json.dumps(
    {
        "methodConfig": [
            {
                "name": [
                    {"service": service, "method": method}
                    for service, methods in _READS
                    for method in methods
                ],
                "retryPolicy": {
                    "maxAttempts": 3,
                    "initialBackoff": "0.05s",
                    "maxBackoff": "0.5s",
                    "backoffMultiplier": 3,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ]
    }
)

CHANNEL_OPTIONS: Options = (
    *_SIZES,
    ("grpc.service_config", _SERVICE_CONFIG),
    ("grpc.enable_retries", 1),
    # A dead peer (power, network) is noticed within 25 s although nothing is being sent.
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    # Nobody called for half an hour: the connection stays, so /readyz does not flicker.
    ("grpc.client_idle_timeout_ms", 2**31 - 1),
    # An owner that restarts is found again in well under a second, not after the default minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # Neither a proxy of the environment nor a lookup of service configs belongs between our processes.
    ("grpc.enable_http_proxy", 0),
    ("grpc.service_config_disable_resolution", 1),
)
