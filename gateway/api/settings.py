"""Settings of the gateway: those of every process, and its own limits."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from services.kit.config import Settings


class GatewaySettings(Settings):
    """Read from `SALES_*`, like the settings of the services. Durations are seconds, sizes bytes."""

    max_body_bytes: int = 8 * 1024 * 1024
    max_header_bytes: int = 32 * 1024
    #: From the first byte of a request to the last of its answer.
    request_timeout_s: float = 30
    #: Of all gRPC calls that one request makes.
    call_timeout_s: float = 10
    #: How long the state of sessions and grants is trusted after identity's stream broke.
    watch_patience_s: float = 30
    #: How long a verified access token is not verified again.
    token_memory_s: float = 20
    #: In the notation of `limits`. By address counts every attempt, by user those since the last success.
    sign_ins_per_user: str = "10 per 5 minutes"
    sign_ins_per_address: str = "60 per minute"
    #: Addresses of proxies whose X-Forwarded-For and -Proto are believed, separated by commas.
    trusted_proxies: str = "127.0.0.1"
    #: Key of the CSRF tokens, the same in all gateways; empty: kept in `secrets_dir`.
    csrf_key: str = ""
    #: How long a browser keeps the cookies of a session that is not used.
    cookie_lifetime_s: int = 30 * 86400
    #: The web client's build; a folder that is not there: none is served.
    web_dir: Path = Path(__file__).parents[1] / "web" / "dist"


@lru_cache(maxsize=1)
def settings() -> GatewaySettings:
    """Return the settings of this process, read once."""
    return GatewaySettings()
