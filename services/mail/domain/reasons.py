"""Every reason that mail gives for an error: when it happens, what to do, what people read."""

from __future__ import annotations

from collections.abc import Mapping

from services.kit.reasons import Reason

REASONS: Mapping[str, Reason] = {
    "INVALID_EMAIL": Reason(
        "not an e-mail address",
        "write name@domain",
        "L'indirizzo e-mail non è valido.",
        "The e-mail address is not valid.",
    ),
    "INVALID_HOST": Reason(
        "not the name of a server",
        "write it as the provider names it: smtp.example.com",
        "Il nome del server non è valido.",
        "The name of the server is not valid.",
    ),
    "UNPROTECTED_CONNECTION": Reason(
        "an unprotected connection would show the password to everybody on the way",
        "choose tls or starttls; none only for a server on this machine",
        "La connessione deve essere protetta (TLS o STARTTLS).",
        "The connection must be protected (TLS or STARTTLS).",
    ),
    "RECIPIENT_MISSING": Reason(
        "a message without anybody to send it to",
        "name a recipient",
        "Indicare almeno un destinatario.",
        "Name at least one recipient.",
    ),
    "LINE_BREAK": Reason(
        "a line break in a header would begin another header",
        "write it on one line",
        "Il testo deve stare su una riga.",
        "The text must be on one line.",
    ),
    "MAILBOX_UNKNOWN": Reason(
        "the mailbox does not exist, or its sender may not write from it",
        "choose a mailbox of your own, or have one made",
        "La casella non esiste o non può essere usata con i permessi attuali.",
        "The mailbox does not exist, or you may not write from it.",
    ),
    "MAILBOX_PAUSED": Reason(
        "the mailbox was set to rest",
        "resume it first",
        "La casella è in pausa.",
        "The mailbox is paused.",
    ),
    "MAILBOX_NOT_READY": Reason(
        "the mailbox has no server to send by, or no password",
        "complete its settings and give the password with :set_secret",
        "La casella non è configurata per l'invio.",
        "The mailbox is not set up for sending.",
    ),
    "NOT_LINKABLE": Reason(
        "messages are filed under parties, offers and requests",
        "name one of these",
        "Un messaggio si archivia sotto un'anagrafica, un'offerta o una richiesta.",
        "A message is filed under a party, an offer or a request.",
    ),
    "PRINT_REFUSED": Reason(
        "the document that a message is to carry cannot be printed",
        "look at the revision, then send it again",
        "Il documento da allegare non può essere stampato.",
        "The document to attach cannot be printed.",
    ),
    "PRINT_DAMAGED": Reason(
        "a print arrived that is not what its hash says",
        "nothing; it is fetched again",
        "Il documento ricevuto per la stampa è danneggiato.",
        "The document that arrived for printing is damaged.",
    ),
    "CONTENT_MISSING": Reason(
        "not composed yet, or api and courier have different folders of contents",
        "try again once the message was sent; give api and courier the same SALES_BLOBS_DIR",
        "Il contenuto non è disponibile.",
        "The content is not available.",
    ),
    "CONTENT_TOO_LARGE": Reason(
        "the content is larger than one answer may be (31 MiB)",
        "open it in the mail program",
        "Il contenuto è troppo grande per essere scaricato da qui.",
        "The content is too large to be downloaded here.",
    ),
}
