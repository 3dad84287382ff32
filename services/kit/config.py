"""Settings of a process, from the environment: `SALES_DATABASE_URL`, `SALES_AMQP_URL` and so on."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What any role of any service may need; a role reads only its own part.

    Durations are seconds. Every field is `SALES_` + its name in capitals.
    """

    model_config = SettingsConfigDict(env_prefix="SALES_", extra="ignore")

    environment: str = "local"
    host: str = "127.0.0.1"
    database_url: str = ""
    #: Service -> database, for the relay that serves all services of one machine.
    database_urls: dict[str, str] = Field(default_factory=dict)
    amqp_url: str = "amqp://guest:guest@127.0.0.1:5672//"
    grpc_port: int = 0
    #: Service -> host:port of its api.
    grpc_targets: dict[str, str] = Field(default_factory=dict)
    grpc_threads: int = 12
    http_port: int = 8080
    metrics_port: int = 0
    #: File that the process creates once it serves.
    ready_file: Path | None = None
    secrets_dir: Path = Path(".local/secrets")
    demo: bool = False
    demo_password: str = ""
    erp_folder: Path = Path(".local/erp")
    #: Folder for contents that are kept by their hash, a sub-folder for each service.
    blobs_dir: Path = Path(".local/blobs")
    log_level: str = "INFO"
    #: Fraction of requests that are traced.
    trace_ratio: float = 0.01
    #: File for finished spans as JSON lines; empty: none.
    trace_file: str = ""
    #: Delays of a failing event handler, in order; then the dead letters.
    retry_delays_s: tuple[float, ...] = (1, 10, 60, 600)
    company_time_zone: str = "Europe/Rome"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process, read once."""
    return Settings()
