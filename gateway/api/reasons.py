"""Reasons that the gateway itself gives, in the form of every service's `domain/reasons.py`.

The texts that it shows, those of the services included, are collected from these lists into `texts/` by
`python -m tests.gateway.collect_texts`.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.kit.reasons import Reason

_HTTP: Mapping[str, Reason] = {
    "NO_SUCH_ADDRESS": Reason(
        "the path is not served",
        "look at /docs",
        "A questo indirizzo non c'è nulla.",
        "Nothing is served at this address.",
    ),
    "METHOD_NOT_ALLOWED": Reason(
        "the path is served, but not with this method; some records are made by commands only",
        "use a method of the header Allow",
        "Qui sono ammessi solo: {allow}.",
        "Only these are allowed here: {allow}.",
    ),
    "UNSUPPORTED_MEDIA_TYPE": Reason(
        "the body is not declared as JSON in UTF-8, or is compressed",
        "send Content-Type: application/json",
        "Il contenuto deve essere JSON in UTF-8 (application/json), non compresso.",
        "The body must be JSON in UTF-8 (application/json), not compressed.",
    ),
    "BODY_TOO_LARGE": Reason(
        "the body is above the limit",
        "send less at once",
        "Il contenuto supera il limite di {limit} byte.",
        "The body is larger than {limit} bytes.",
    ),
    "BODY_TOO_SLOW": Reason(
        "the body did not arrive in time",
        "send it again on a better connection, or less at once",
        "Il contenuto non è arrivato in tempo.",
        "The body did not arrive in time.",
    ),
    "BODY_NOT_EXPECTED": Reason(
        "a body where none is read",
        "send none",
        "Qui non è previsto alcun contenuto.",
        "No body is expected here.",
    ),
    "ADDRESS_TOO_LONG": Reason(
        "path and query are above the limit",
        "shorten the query",
        "L'indirizzo è troppo lungo.",
        "The address is too long.",
    ),
    "HEADERS_TOO_LARGE": Reason(
        "the headers are above the limit",
        "send less cookies or headers",
        "Le intestazioni sono troppo grandi.",
        "The headers are too large.",
    ),
    "INVALID_HTTP": Reason(
        "what arrived is not HTTP/1.1",
        "use an HTTP client",
        "La richiesta non è HTTP valido.",
        "The request is not valid HTTP.",
    ),
    "REQUEST_TIMEOUT": Reason(
        "the request took longer than it may",
        "send it again, same id; ask for less",
        "L'operazione ha richiesto troppo tempo: riprovare.",
        "The operation took too long: try again.",
    ),
    "INTERNAL": Reason(
        "an error that nobody expected; the log has it under the request id",
        "report the request id",
        "Errore imprevisto. Segnalare il numero della richiesta: {request_id}.",
        "Unexpected error. Report the number of the request: {request_id}.",
    ),
}

_JSON: Mapping[str, Reason] = {
    "INVALID_JSON": Reason(
        "the body is not JSON (RFC 8259) in UTF-8",
        "correct it at the place that the detail names",
        "Il contenuto non è JSON valido in UTF-8.",
        "The body is not valid JSON in UTF-8.",
    ),
    "DUPLICATE_KEY": Reason(
        "an object has a key twice",
        "send each key once",
        "La chiave “{key}” compare due volte.",
        "The key “{key}” appears twice.",
    ),
    "NESTED_TOO_DEEPLY": Reason(
        "objects or lists are nested too deeply",
        "send flat records",
        "Il JSON ha troppi livelli.",
        "The JSON is nested too deeply.",
    ),
    "OBJECT_EXPECTED": Reason(
        "the body is a list or a plain value",
        "send an object",
        "È atteso un oggetto JSON.",
        "A JSON object is expected.",
    ),
}

_REQUEST: Mapping[str, Reason] = {
    "INVALID_PARAMETERS": Reason(
        "query parameters are unknown, repeated or out of range",
        "correct those that are named",
        "Alcuni parametri dell'indirizzo non sono corretti.",
        "Some parameters of the address are not correct.",
    ),
    "EXPORT_TOO_LARGE": Reason(
        "more parties than one file may hold",
        "filter; or export with the command `sales export`, which has no such limit",
        "Un file contiene al massimo {limit} anagrafiche: porre un filtro o usare «sales export».",
        "A file holds at most {limit} parties: filter, or use `sales export`.",
    ),
    "EXPORT_TEXT_TOO_LONG": Reason(
        "a text is longer than a cell of a workbook may be",
        "ask for csv",
        "Un testo è più lungo di quanto una cella possa contenere: scegliere il formato csv.",
        "A text is longer than a cell can hold: choose the format csv.",
    ),
    "INVALID_IF_MATCH": Reason(
        "If-Match is not one entity tag",
        'send the ETag as it was received, such as "7"',
        "L'intestazione If-Match non è corretta.",
        "The header If-Match is not correct.",
    ),
    "INVALID_IDEMPOTENCY_KEY": Reason(
        "the key is empty, longer than 200 characters or not printable",
        "send a UUID",
        "L'intestazione Idempotency-Key non è corretta.",
        "The header Idempotency-Key is not correct.",
    ),
    "GROUP_CROSSES_OWNERS": Reason(
        "items of two services in one group: a transaction belongs to one service",
        "use one group for each service",
        "Un gruppo può contenere dati di un solo servizio.",
        "A group may hold items of one service only.",
    ),
    "WAITS_FOR_CREATE": Reason(
        "the item names a record whose create was not applied; it was not sent",
        "correct the create, then send the item again, same id",
        "In attesa: riguarda un dato che non è stato creato.",
        "Waiting: it names a record that was not created.",
    ),
    "HELD": Reason(
        "an earlier item of the device was refused and names the same record",
        "decide about the parked change, then send the item again, same id",
        "In attesa di una decisione su una modifica precedente.",
        "Waiting for a decision about an earlier change.",
    ),
    "CONFLICT": Reason(
        "somebody else changed the same fields since the version that the author saw",
        "read the record, decide, send a new change",
        "Gli stessi campi sono stati modificati da altri.",
        "Somebody else changed the same fields.",
    ),
}

_SIGN_IN: Mapping[str, Reason] = {
    "TOKEN_MISSING": Reason(
        "neither Authorization nor the session's cookie was sent",
        "sign in",
        "Accesso richiesto.",
        "Sign in first.",
    ),
    "TOKEN_INVALID": Reason(
        "the access token cannot be read, or none of our keys signed it",
        "sign in again",
        "La sessione non è valida: accedere di nuovo.",
        "The session is not valid: sign in again.",
    ),
    "TOKEN_EXPIRED": Reason(
        "the access token's ten minutes are over",
        "refresh the session",
        "La sessione va rinnovata.",
        "The session must be refreshed.",
    ),
    "SESSION_ENDED": Reason(
        "the session was ended by its user or by an administrator",
        "sign in again",
        "La sessione è terminata: accedere di nuovo.",
        "The session has ended: sign in again.",
    ),
    "DEVICE_REVOKED": Reason(
        "the device was revoked",
        "ask an administrator",
        "Questo dispositivo è stato revocato.",
        "This device was revoked.",
    ),
    "REFRESH_TOKEN_MISSING": Reason(
        "no refresh token in the body, and not both cookies of a session",
        "sign in again",
        "Accesso richiesto.",
        "Sign in first.",
    ),
    "CSRF_TOKEN_WRONG": Reason(
        "a write with cookies whose X-CSRF-Token is not the cookie __Host-csrf of the session",
        "read the cookie anew and send it as the header",
        "La pagina va ricaricata prima di continuare.",
        "Reload the page before going on.",
    ),
    "TOO_MANY_ATTEMPTS": Reason(
        "too many sign-ins of this user or from this address",
        "wait for Retry-After",
        "Troppi tentativi: riprovare fra {retry_after_s} secondi.",
        "Too many attempts: try again in {retry_after_s} seconds.",
    ),
}

_AWAY: Mapping[str, Reason] = {
    "IDENTITY_UNAVAILABLE": Reason(
        "identity's stream has been lost for too long to trust what is known of sessions",
        "try again; if it lasts, look at identity",
        "Al momento non è possibile verificare gli accessi: riprovare.",
        "Sessions cannot be checked at present: try again.",
    ),
    "OWNER_UNAVAILABLE": Reason(
        "the service cannot be reached",
        "send the same request again later",
        "Il servizio non è raggiungibile: riprovare.",
        "The service cannot be reached: try again.",
    ),
    "OWNER_OVERLOADED": Reason(
        "the service has more calls than it can take",
        "send the same request again later",
        "Il servizio è sovraccarico: riprovare.",
        "The service is overloaded: try again.",
    ),
    "DEADLINE_EXCEEDED": Reason(
        "the service did not answer in time; it may have done what was asked",
        "send the same request again, same id",
        "Il servizio non ha risposto in tempo: riprovare.",
        "The service did not answer in time: try again.",
    ),
    "CALL_CANCELLED": Reason(
        "the call was cut off, for example by a restart",
        "send the same request again, same id",
        "L'operazione è stata interrotta: riprovare.",
        "The operation was cut off: try again.",
    ),
    "ACTOR_MISSING": Reason(
        "a gRPC call without the metadata sales-actor-bin",
        "call through the gateway",
        "Accesso richiesto.",
        "Sign in first.",
    ),
    "ACTOR_UNREADABLE": Reason(
        "a gRPC call whose actor cannot be read",
        "call through the gateway",
        "Accesso richiesto.",
        "Sign in first.",
    ),
}

#: Of single fields, in `violations`.
_FIELDS: Mapping[str, Reason] = {
    "REQUIRED": Reason("absent or empty", "give it", "Campo obbligatorio.", "This field must be given."),
    "UNKNOWN_FIELD": Reason("no such field", "leave it out", "Campo sconosciuto.", "No such field."),
    "UNKNOWN_PARAMETER": Reason(
        "no such parameter", "leave it out", "Parametro sconosciuto.", "No such parameter."
    ),
    "REPEATED_PARAMETER": Reason("given twice", "give it once", "Indicato due volte.", "Given twice."),
    "UNKNOWN_VALUE": Reason(
        "not one of the values", "see /docs", "Valore non previsto.", "Not one of the values."
    ),
    "WRONG_TYPE": Reason(
        "another type of JSON", "see /docs", "Tipo di valore errato.", "Wrong type of value."
    ),
    "REPEATED": Reason("an id twice in a call", "one id each", "Id ripetuto.", "This id appears twice."),
    "INVALID_ID": Reason("not a UUID", "send a UUID", "Id non valido.", "This is not a valid id."),
    "INVALID_DECIMAL": Reason(
        "not a plain decimal", "12.50", "Numero decimale non valido.", "This is not a decimal number."
    ),
    "INVALID_DATE": Reason("not YYYY-MM-DD", "2026-03-27", "Data non valida.", "This is not a date."),
    "INVALID_TIME": Reason("not RFC 3339", "2026-03-27T16:00:00Z", "Ora non valida.", "This is not a time."),
    "INVALID_TEXT": Reason("not Unicode text", "correct it", "Testo non valido.", "This is not valid text."),
    "INVALID_SHA256": Reason(
        "not 64 hexadecimal digits", "see /docs", "Impronta non valida.", "Not a SHA-256."
    ),
    "CONTROL_CHARACTER": Reason(
        "the character U+0000", "leave it out", "Carattere non ammesso.", "A character is not allowed."
    ),
    "OUT_OF_RANGE": Reason(
        "too small or too large", "see /docs", "Valore fuori dai limiti.", "Out of range."
    ),
    "TOO_SHORT": Reason("below the length", "see /docs", "Troppo corto.", "Too short."),
    "TOO_LONG": Reason("above the length", "see /docs", "Troppo lungo.", "Too long."),
    "TOO_FEW": Reason("below the number", "see /docs", "Troppo pochi.", "Too few."),
    "TOO_MANY": Reason("above the number", "see /docs", "Troppi.", "Too many."),
    "DIFFERS_FROM_ADDRESS": Reason(
        "the body names another record than the path",
        "leave it out",
        "Diverso da quello nell'indirizzo.",
        "Another one than in the address.",
    ),
    "DIFFERS_FROM_IF_MATCH": Reason(
        "body and If-Match name different versions",
        "send one of them",
        "Diversa da quella in If-Match.",
        "Another one than in If-Match.",
    ),
}

REASONS: Mapping[str, Reason] = {**_HTTP, **_JSON, **_REQUEST, **_SIGN_IN, **_AWAY, **_FIELDS}
