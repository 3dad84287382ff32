"""Rules of users: one form for their names, and what a password must be."""

from __future__ import annotations

import re
import unicodedata

from services.kit.errors import Invalid, Violation

LANGUAGES = ("it", "en")
MIN_PASSWORD_LENGTH = 10
MAX_PASSWORD_LENGTH = 500

_USER_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,99}")
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]+\.[^\s@.]{2,}")


def folded_user_name(name: str) -> str:
    """Return a user name as it is stored and compared: lower case, without spaces around it."""
    return unicodedata.normalize("NFKC", name).strip().lower()


def violations_of(*, user_name: str, email: str, language: str) -> list[Violation]:
    """Return what is wrong with a user's fields; `user_name` is folded already."""
    found = []
    if not _USER_NAME.fullmatch(user_name):
        found.append(
            Violation("user_name", "INVALID_USER_NAME", "letters, digits and . _ @ + - are expected")
        )
    if email and not _EMAIL.fullmatch(email):
        found.append(Violation("email", "INVALID_EMAIL", "an address such as name@example.com is expected"))
    if language not in LANGUAGES:
        found.append(Violation("language", "UNKNOWN_VALUE", "it or en is expected"))
    return found


def normal_password(password: str) -> str:
    """Return the same text for the same keys pressed on any system (NFKC, as NIST SP 800-63B advises)."""
    return unicodedata.normalize("NFKC", password)


def check_new_password(password: str, *, user_name: str) -> None:
    """Refuse what is guessed at once. Length is what counts (NIST SP 800-63B); no rules of composition.

    Raises:
        Invalid: PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG, PASSWORD_TOO_SIMPLE.
    """
    if len(password) < MIN_PASSWORD_LENGTH:
        raise Invalid("PASSWORD_TOO_SHORT", params={"length": str(MIN_PASSWORD_LENGTH)})
    if len(password) > MAX_PASSWORD_LENGTH:
        raise Invalid("PASSWORD_TOO_LONG", params={"length": str(MAX_PASSWORD_LENGTH)})
    if user_name in password.lower() or len(set(password)) < 4:
        raise Invalid("PASSWORD_TOO_SIMPLE")
