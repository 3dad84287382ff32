"""What people make of a party: worth pursuing, put away, taken up again."""

from __future__ import annotations

from services.crm.domain.states import PARTY, target_of
from services.kit.database import Row, UnitOfWork
from services.kit.records.passages import state_before
from services.kit.records.rules import CommandCall


def qualify_party(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """The prospect is worth pursuing. Raises NotAllowedNow: WRONG_STATE."""
    uow.move(row, target_of(PARTY, "qualify", row.values["state"]), command="qualify")


def deactivate_party(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Put a party away with everything that it has; its next order takes it up again.

    Raises:
        NotAllowedNow: WRONG_STATE.
    """
    target = target_of(PARTY, "deactivate", row.values["state"])
    uow.move(row, target, command="deactivate", reason=call.request["reason"])


def reactivate_party(uow: UnitOfWork, row: Row, call: CommandCall) -> None:
    """Make of it again what it was before it was put away. Raises NotAllowedNow: WRONG_STATE."""
    state = row.values["state"]
    target = target_of(PARTY, "reactivate", state)
    before = state_before(uow.connection, row.entity.name, row.id, state)
    uow.move(row, before or target, command="reactivate")
