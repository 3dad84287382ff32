"""What every release finds or makes."""

from __future__ import annotations

from gateway.identity.usecases.expanding import expand_everybody
from services.kit.database import UnitOfWork


def provide(uow: UnitOfWork) -> None:
    """Let everybody have what everybody may do, by the rules of this release."""
    expand_everybody(uow)
