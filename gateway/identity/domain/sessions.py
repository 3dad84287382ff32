"""How long what lives."""

from __future__ import annotations

from datetime import timedelta

#: Of an access token. A session that ends is refused at once all the same: gateways are told.
ACCESS_LIFETIME = timedelta(minutes=10)
#: A session that is not refreshed for so long is over.
IDLE_LIFETIME = timedelta(days=30)
#: How long gateways are told of an ended session: until its last access token is over, and some minutes more.
ENDED_MEMORY = ACCESS_LIFETIME + timedelta(minutes=5)
#: What ended is forgotten after this; until then the list of sessions shows it.
SESSION_MEMORY = timedelta(days=90)

#: Why a session ended.
SIGNED_OUT = "signed_out"
REFRESH_TOKEN_REUSED = "refresh_token_reused"
PASSWORD_CHANGED = "password_changed"
USER_INACTIVE = "user_inactive"
DEVICE_REVOKED = "device_revoked"
ENDED_BY_ADMINISTRATOR = "ended_by_administrator"
