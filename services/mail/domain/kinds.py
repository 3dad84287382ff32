"""Messages that no person wrote: auto-replies (RFC 3834) and bounces (RFC 3464)."""

from __future__ import annotations

import re

from services.mail.domain.reading import ReadMessage

_AUTO_SUBJECT = re.compile(
    r"^\s*(automatic reply|auto(matic)?[- ]?(reply|response)|out of (the )?office|risposta automatica|"
    r"fuori (sede|ufficio)|assente|abwesenheit|automatische antwort|réponse automatique|absence)\b",
    re.IGNORECASE,
)
_BOUNCE_SENDER = re.compile(r"^(mailer-daemon|postmaster)@", re.IGNORECASE)
_BOUNCE_SUBJECT = re.compile(
    r"(undeliver|delivery (status notification|failure|has failed)|mail delivery failed|returned mail|"
    r"mancata consegna|non recapit|unzustellbar)",
    re.IGNORECASE,
)


def kind_of(read: ReadMessage) -> str:
    """Return `bounce`, `auto_reply` or `ordinary`."""
    if _is_bounce(read):
        return "bounce"
    return "auto_reply" if _is_auto_reply(read) else "ordinary"


def _is_bounce(read: ReadMessage) -> bool:
    if read.report.get("action") in ("delivered", "relayed", "expanded"):
        return False  # a receipt: it arrived
    if read.content_type == "multipart/report" and read.report:
        return True
    from_daemon = _BOUNCE_SENDER.match(read.sender[1]) or read.headers.get("return-path") == "<>"
    return bool(
        from_daemon and ("x-failed-recipients" in read.headers or _BOUNCE_SUBJECT.search(read.subject))
    )


def _is_auto_reply(read: ReadMessage) -> bool:
    headers = read.headers
    submitted = headers.get("auto-submitted", "no").partition(";")[0].strip()
    if submitted != "no" or any(n in headers for n in ("x-autoreply", "x-autorespond", "x-autoreply-from")):
        return True
    return headers.get("precedence") == "auto_reply" or _AUTO_SUBJECT.match(read.subject) is not None


def is_permanent(read: ReadMessage) -> bool:
    """True if a bounce says that the message will never arrive; a delay report does not."""
    action, status = read.report.get("action", "failed").lower(), read.report.get("status", "5")
    return action == "failed" and not status.startswith("4")


def words_of(read: ReadMessage) -> str:
    """Return what the server said about a bounced message."""
    parts = (read.report.get(name, "") for name in ("final-recipient", "status", "diagnostic-code"))
    return "; ".join(part for part in parts if part)[:500] or read.subject[:500]
