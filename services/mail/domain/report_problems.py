"""Why a report on a schedule did not go out, in words for who sends it: what happened, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_LONGEST: Final = 300
#: Reason -> language -> text; `{detail}` are a server's own words.
_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "MAILBOX_UNKNOWN": {
        "it": "Chi invia il report non ha una casella di posta propria, o ne ha più di una: collegarne una"
        " sola. Il report partirà alla prossima scadenza.",
        "en": "The sender of the report has no mailbox of their own, or several: connect exactly one. The"
        " report goes out at its next time.",
    },
    "MAILBOX_PAUSED": {
        "it": "La casella di posta di chi invia il report è in pausa: riattivarla. Il report partirà alla"
        " prossima scadenza.",
        "en": "The mailbox of the report's sender is paused: resume it. The report goes out at its next"
        " time.",
    },
    "MAILBOX_NOT_READY": {
        "it": "Alla casella di posta di chi invia il report mancano il server o la password: completarla."
        " Il report partirà alla prossima scadenza.",
        "en": "The mailbox of the report's sender lacks its server or its password: complete it. The report"
        " goes out at its next time.",
    },
    "REPORT_ADDRESS_WRONG": {
        "it": "Il destinatario non ha un indirizzo di posta valido: correggerlo tra gli utenti, o togliere"
        " il destinatario dall'invio.",
        "en": "The recipient has no valid e-mail address: correct it among the users, or take the recipient"
        " off the schedule.",
    },
    "REPORT_NOT_SENT": {
        "it": "Il messaggio con il report non è partito: {detail} È nella casella di chi lo invia, da dove"
        " si può inviare di nuovo.",
        "en": "The message with the report was not sent: {detail} It is in its sender's mailbox, from where"
        " it can be sent again.",
    },
}


def report_problem(reason: str, detail: str = "") -> Mapping[str, str]:
    """Return what happened and what to do, by language."""
    said = " ".join(detail.split())[:_LONGEST]
    told = f"«{said}»." if said else ""
    return {language: text.replace("{detail}", told) for language, text in _TEXTS[reason].items()}
