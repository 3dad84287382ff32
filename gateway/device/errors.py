"""What can go wrong on a device, by what its user does next. Each has a text in `texts.py`.

DeviceError
├── ServerAway      nothing is lost; go on working, try again later
├── SignInNeeded    sign in again
├── Refused         the server said no; `reason` and `detail` say why
├── Damaged         what arrived is not what was sent; pull again
├── UpgradeNeeded   the server speaks a newer protocol
├── Wiped           the copy was removed by order of the server
├── Locked          the copy cannot be opened with what was given: PIN, key, file
├── LeaseOver       too long without the server; the copy stays closed until it is reached
└── Unusable        the command makes no sense here: unknown record, field, choice
"""

from __future__ import annotations


class DeviceError(Exception):
    """Base of all; `reason` is an upper-snake code, `detail` says which record or field."""

    reason = "DEVICE"

    def __init__(self, reason: str = "", detail: str = "") -> None:
        self.reason = reason or type(self).reason
        self.detail = detail
        super().__init__(f"{self.reason}: {detail}" if detail else self.reason)


class ServerAway(DeviceError):
    """No answer, or one that says: later. What was sent may have arrived."""

    reason = "SERVER_AWAY"


class SignInNeeded(DeviceError):
    """There is no session, or it is over."""

    reason = "SIGN_IN_NEEDED"


class Refused(DeviceError):
    """The server understood and said no."""

    reason = "REFUSED"


class Damaged(DeviceError):
    """A stream that ended early, or holds what its checksum denies."""

    reason = "DAMAGED"


class UpgradeNeeded(DeviceError):
    """This program is too old for the server."""

    reason = "UPGRADE_NEEDED"


class Wiped(DeviceError):
    """The server ordered the copy removed, unsent changes included."""

    reason = "WIPED"


class Locked(DeviceError):
    """The file cannot be opened: wrong PIN, no key, or damage. Nothing was read, nothing changed."""

    reason = "LOCKED"


class LeaseOver(DeviceError):
    """The copy is closed until the server is reached; unsent changes are kept."""

    reason = "LEASE_OVER"


class Unusable(DeviceError):
    """What was asked cannot be done with what is here."""

    reason = "UNUSABLE"
