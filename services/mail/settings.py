"""Settings of mail beside those that every process has."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic_settings import SettingsConfigDict

from services.kit.config import Settings


class MailSettings(Settings):
    """Every field is `SALES_` + its name in capitals; durations are seconds."""

    model_config = SettingsConfigDict(env_prefix="SALES_", extra="ignore")

    #: Secret from which the keys are derived that seal passwords and sign reply addresses, at least 32
    #: characters, the same in every process of mail. Empty: made once, in `secrets_dir`.
    mail_key: str = ""
    #: Certificates of servers with a certificate authority of their own, beside those of the system.
    mail_ca_file: Path | None = None
    #: A message above this is kept raw, but only its headers are read.
    mail_max_bytes: int = 40 * 1024 * 1024
    #: How long one step of a conversation with a mail server may take.
    mail_timeout_s: float = 30.0
    #: Shortens the delays between attempts, for tests and demonstrations.
    mail_delay_factor: float = 1.0
    #: How long one IDLE lasts; some servers and firewalls drop it after half an hour, some sooner.
    mail_idle_s: float = 240.0
    #: A mailbox whose server cannot be reached is tried again after this, twice as long each time, up to
    #: 300 s.
    mail_reconnect_s: float = 2.0


@lru_cache(maxsize=1)
def mail_settings() -> MailSettings:
    """Return the settings of this process, read once."""
    return MailSettings()
