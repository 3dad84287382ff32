"""Reasons of errors that kit gives, and the form in which every service lists its own.

A service's `domain/reasons.py` holds `REASONS`: the code of an error -> `Reason`. Tests check that every
reason raised is listed with both texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """`cause` and `remedy` are for developers and support; `it` and `en` are shown to users.

    Texts are templates: `{placeholders}` are the error's params, `{field}` the path in the caller's input.
    """

    cause: str
    remedy: str
    it: str
    en: str


REASONS: Mapping[str, Reason] = {
    "RECORD_NOT_FOUND": Reason(
        "no such record within the caller's grants: absent, deleted or somebody else's",
        "check the id; ask for access",
        "Il record non esiste o non è visibile con i permessi attuali.",
        "The record does not exist or is not within your permissions.",
    ),
    "NOT_GRANTED": Reason(
        "no grant of the caller allows the action on this record",
        "ask an administrator for the permission",
        "Non si dispone del permesso per questa operazione.",
        "You do not have the permission to do this.",
    ),
    "FACET_NOT_GRANTED": Reason(
        "a field belongs to a part of the record (cost, private) that no grant of the caller shows",
        "leave the field out",
        "Un campo indicato non è visibile con i permessi attuali.",
        "A field that was named is not within your permissions.",
    ),
    "OPERATION_CLOSED": Reason(
        "records of this kind are made or changed by commands and events only",
        "use the command",
        "Questo dato non si modifica direttamente.",
        "This is not changed directly.",
    ),
    "INVALID_ITEM": Reason(
        "a change or command is not of the form that protos/README.md describes",
        "correct the members that are named",
        "La modifica non è scritta correttamente.",
        "The change is not well formed.",
    ),
    "INVALID_FIELDS": Reason(
        "fields are unknown, not writable, of the wrong form, or name records that do not exist",
        "correct the fields that are named",
        "Alcuni campi non sono corretti.",
        "Some fields are not correct.",
    ),
    "INVALID_QUERY": Reason(
        "search, filter, order or page size cannot be understood",
        "correct what is named; the grammar is in protos/README.md",
        "La richiesta di elenco non è corretta.",
        "The question for the list is not correct.",
    ),
    "INVALID_REQUEST": Reason(
        "a request lacks something or names something unknown",
        "correct the fields that are named",
        "La richiesta non è corretta.",
        "The request is not correct.",
    ),
    "INVALID_PAGE_TOKEN": Reason(
        "a page token belongs to another question, or to none",
        "begin with the first page",
        "L'elenco va riletto dall'inizio.",
        "Read the list again from its beginning.",
    ),
    "ALREADY_EXISTS": Reason(
        "a create names an id that is taken",
        "use a new id, or update",
        "Esiste già un record con questo identificativo.",
        "A record with this id exists already.",
    ),
    "HAS_CHILDREN": Reason(
        "a record with records under it is not deleted",
        "delete those first, or make it inactive",
        "Non si può eliminare: ci sono altri dati collegati.",
        "It cannot be deleted: other records belong to it.",
    ),
    "ID_REUSED": Reason(
        "the id of this change was used by another author or for another content",
        "give each change its own id",
        "L'identificativo della modifica è già stato usato.",
        "The id of this change has been used before.",
    ),
    "GROUP_REFUSED": Reason(
        "another item of the same group was refused, and a group is all or nothing",
        "correct the item that is named and send the group again with new ids",
        "Non applicato: un'altra modifica dello stesso gruppo è stata rifiutata.",
        "Not applied: another change of the same group was refused.",
    ),
    "STALE": Reason(
        "a command names a version of the record that is no longer the present one",
        "read the record again, then decide",
        "Il record è stato modificato nel frattempo: rileggerlo.",
        "The record has changed meanwhile: read it again.",
    ),
    "CHANGED_MEANWHILE": Reason(
        "a record changed while a transaction ran that had not locked it",
        "try again",
        "Il record è stato modificato nel frattempo: riprovare.",
        "The record has changed meanwhile: try again.",
    ),
    "TOO_MANY_GROUPS": Reason(
        "a call holds more than 200 groups",
        "send the rest in another call",
        "Troppe modifiche in una sola volta (massimo {limit}).",
        "Too many changes at once (at most {limit}).",
    ),
    "TOO_MANY_ITEMS": Reason(
        "a group holds more than 1,000 items",
        "make smaller groups",
        "Troppe modifiche in un gruppo (massimo {limit}).",
        "Too many changes in one group (at most {limit}).",
    ),
    "UNKNOWN_CHOICE": Reason(
        "a parked change is resolved by mine, theirs, edited or discarded",
        "use one of these",
        "Scelta non prevista: {choices}.",
        "There is no such choice: {choices}.",
    ),
    "CHANGE_REQUIRED": Reason(
        "mine and edited carry a new change with a new id",
        "send the change",
        "Questa scelta richiede la nuova modifica.",
        "This choice needs the new change.",
    ),
    "CHANGE_NOT_EXPECTED": Reason(
        "theirs and discarded carry no change",
        "leave it out",
        "Questa scelta non prevede modifiche.",
        "This choice takes no change.",
    ),
    "PARKED_NOT_FOUND": Reason(
        "no open parked change with this id, or not the caller's",
        "list the parked changes again",
        "La modifica in attesa non esiste o è già stata risolta.",
        "The parked change does not exist or has been resolved.",
    ),
    "WRONG_STATE": Reason(
        "the record's state does not allow the command",
        "look at its state",
        "Operazione non possibile nello stato attuale ({state}).",
        "Not possible in the present state ({state}).",
    ),
    "USER_REQUIRED": Reason(
        "a change without an author",
        "sign in",
        "È necessario un utente.",
        "A user is required.",
    ),
    "SERVICES_ONLY": Reason(
        "a call between services was made by a user",
        "use the public interface",
        "Operazione riservata ai servizi.",
        "This call is for services.",
    ),
    "DATABASE_AWAY": Reason(
        "the database cannot be reached",
        "try again; nothing was stored",
        "Servizio momentaneamente non disponibile: riprovare.",
        "The service is away for a moment: try again.",
    ),
    "DATABASE_BUSY": Reason(
        "no connection to the database became free in time",
        "try again; nothing was stored",
        "Servizio momentaneamente occupato: riprovare.",
        "The service is busy for a moment: try again.",
    ),
    "ACCESS_UNKNOWN": Reason(
        "the copy of the user's grants is too old, and identity gives no newer one",
        "try again once identity is reachable; nothing was stored",
        "I permessi non sono verificabili in questo momento: riprovare.",
        "Your permissions cannot be checked at the moment: try again.",
    ),
    "USER_UNKNOWN": Reason(
        "identity knows no such user",
        "sign in again",
        "L'utente non esiste.",
        "The user does not exist.",
    ),
    "USER_INACTIVE": Reason(
        "an administrator made the user inactive",
        "ask an administrator",
        "L'utente non è attivo.",
        "The user is not active.",
    ),
    "OWNER_AWAY": Reason(
        "the service that owns a record named in the change cannot be reached",
        "try again; nothing was stored",
        "Un servizio necessario non risponde ({service}): riprovare.",
        "A service that is needed does not answer ({service}): try again.",
    ),
    "TEXT_MISSING": Reason(
        "a text lacks Italian or English",
        "write both",
        "Serve il testo in italiano e in inglese.",
        "A text in Italian and in English is needed.",
    ),
    "REFERENCE_NOT_FOUND": Reason(
        "the id names no record that the author may see",
        "choose an existing one",
        "Il record indicato non esiste o non è visibile.",
        "The record that is named does not exist or is not visible.",
    ),
    "OUTPUT_ONLY": Reason(
        "the server sets this field",
        "leave it out",
        "Questo campo è calcolato e non si scrive.",
        "This field is computed and not written.",
    ),
    "IMMUTABLE": Reason(
        "the field is set at creation, never after",
        "create another record",
        "Questo campo non si può più cambiare.",
        "This field cannot be changed any more.",
    ),
    "INVALID_EVENT": Reason(
        "an event from outside is not what the contract says",
        "correct the publisher, then replay the message from the dead letters",
        "Un messaggio ricevuto non è corretto.",
        "A message that arrived is not correct.",
    ),
    "STREAM_OUT_OF_RANGE": Reason(
        "the events asked for are of another epoch, not numbered yet, or no longer kept",
        "use Export",
        "Gli eventi richiesti non sono più disponibili.",
        "The events that are asked for are no longer kept.",
    ),
    "NOT_UNIQUE": Reason(
        "another record has the code or name that only one may have",
        "choose another one",
        "Esiste già un altro record con lo stesso codice o nome.",
        "Another record has the same code or name.",
    ),
    "INVALID_JSON_TEXT": Reason(
        "the value of a custom field is not JSON written as text",
        'write a text as "\\"red\\"", a number as "3"',
        "Il valore del campo personalizzato non è scritto correttamente.",
        "The value of the custom field is not well formed.",
    ),
    "FIELD_RETIRED": Reason(
        "a value for a custom field that is retired",
        "leave it out, or make the field active again",
        "Il campo è stato ritirato e non si compila più.",
        "The field is retired and is not filled in any more.",
    ),
    "CHOICE_RETIRED": Reason(
        "a choice that is not offered any more",
        "choose another one; records that have it keep it",
        "La scelta non è più disponibile.",
        "The choice is not offered any more.",
    ),
    "CHOICE_GONE": Reason(
        "a choice was taken out of a field, and records may have it",
        "keep it in the list and retire it",
        "Una scelta già usata non si elimina: va ritirata.",
        "A choice that was used is not taken away: retire it.",
    ),
    "READ_ONLY": Reason(
        "the form of the caller's role does not let them write this field in this record",
        "leave the field out, or ask who may write it",
        "Il campo è in sola lettura nella vostra scheda.",
        "The field is read-only in your form.",
    ),
    "PATTERN": Reason(
        "a text does not look as the definition of its field asks",
        "see the field's pattern",
        "Il testo non ha la forma richiesta.",
        "The text does not have the form that is asked for.",
    ),
    "INVALID_BOUND": Reason(
        "the least or greatest value of a field cannot be read, or they contradict each other",
        "write it as a value of the field's kind; for texts and several choices a count",
        "Il valore minimo o massimo non è corretto.",
        "The least or greatest value is not correct.",
    ),
    "PATTERN_SYNTAX": Reason(
        "a pattern says something that the language of patterns does not know, such as a group",
        "use literals, . \\d [A-Z], ? * + {2,3} and |",
        "Il modello del testo non è scritto correttamente: {detail}",
        "The pattern is not well formed: {detail}",
    ),
    "PATTERN_TOO_LONG": Reason(
        "a pattern has more than 300 places once its repetitions are written out",
        "ask for less",
        "Il modello del testo è troppo lungo.",
        "The pattern is too long.",
    ),
    "FACET_LEAKS": Reason(
        "a formula, condition or default would show something of a facet to people who do not see it",
        "give the field that facet, or leave the name out",
        "Mostrerebbe un dato riservato a chi non lo può vedere.",
        "It would show something to people who may not see it.",
    ),
    "DEFAULT_NOT_POSSIBLE": Reason(
        "a default for a field that cannot have one",
        "leave it out",
        "Questo campo non può avere un valore predefinito.",
        "This field cannot have a default.",
    ),
    "FORMULA_NOT_EXPECTED": Reason(
        "a formula for a field of another kind",
        "leave it out, or define a field of kind formula",
        "Solo un campo di tipo formula ha una formula.",
        "Only a field of kind formula has one.",
    ),
    "KIND_FIXED": Reason(
        "a field was to become a formula, or a formula something else",
        "retire the field and define another one",
        "Una formula non cambia tipo: ritirare il campo e definirne un altro.",
        "A formula does not change its kind: retire the field and define another one.",
    ),
    "FIELD_IN_USE": Reason(
        "a field whose kind was to change is named by a formula or a form's condition",
        "change these first",
        "Il campo è usato da una formula o da una scheda.",
        "The field is used by a formula or a form.",
    ),
    "FIELD_BUSY": Reason(
        "records still follow the last change of the field",
        "try again in a moment",
        "L'ultima modifica del campo è ancora in corso: riprovare tra poco.",
        "The last change of the field is still being carried out: try again in a moment.",
    ),
    "AMBIGUOUS_FIELD": Reason(
        "a list of several record types was asked by a field that more than one of them has",
        "add type = … to the filter",
        "Il campo esiste in più tipi: indicare anche il tipo.",
        "Several types have this field: name the type too.",
    ),
    "TEMPLATE_REFUSED": Reason(
        "a print template cannot be typeset, or not with these data",
        "correct what is named, at the line and column that are named",
        "Il modello di stampa non è utilizzabile.",
        "The print template cannot be used.",
    ),
    "TEMPLATE_WRONG": Reason(
        "the template is not written correctly, or asks for what its data or files do not have",
        "correct the line that is named",
        "Il modello di stampa contiene un errore: {detail}",
        "The print template has a mistake: {detail}",
    ),
    "TEMPLATE_TOO_SLOW": Reason(
        "typesetting took more time than a print may take",
        "look for a loop without end; print less at a time",
        "La stampa richiede troppo tempo: {detail}",
        "The print takes too long: {detail}",
    ),
    "TEMPLATE_TOO_LARGE": Reason(
        "typesetting took more memory, pages or bytes than a print may have",
        "print less at a time",
        "La stampa è troppo grande: {detail}",
        "The print is too large: {detail}",
    ),
    "TEMPLATE_OTHER_KIND": Reason(
        "a template of kind typst has a source, one of kind docx a document, and prints records only",
        "leave out what belongs to the other kind",
        "Il modello è di un altro tipo.",
        "The template is of another kind.",
    ),
    "DOCUMENT_UNKNOWN": Reason(
        "a template names a Word file by its hash that this owner does not hold",
        "send the file to print-documents, then name the hash that is answered",
        "Il documento Word del modello non è stato caricato.",
        "The template's Word file was not uploaded.",
    ),
    "TOO_MANY_ROWS": Reason(
        "more rows match the question than a printed list may have",
        "filter, or export the list as a spreadsheet",
        "L'elenco supera le {limit} righe stampabili: porre un filtro o esportarlo.",
        "The list has more than the {limit} rows that can be printed: filter or export it.",
    ),
    "PRESS_UNAVAILABLE": Reason(
        "the process that typesets could not be started",
        "call again; look for memory or processes that ran out",
        "La stampa non è disponibile al momento.",
        "Printing is not available at the moment.",
    ),
    "INVALID_REPORT": Reason(
        "a report asks for what its source does not have, or for what cannot be counted so",
        "correct what is named",
        "Il report non è corretto.",
        "The report is not correct.",
    ),
    "CURRENCIES_DIFFER": Reason(
        "a report measures amounts whose currencies stand in different fields",
        "make a report of each",
        "Gli importi hanno valute indicate in campi diversi: servono due report.",
        "The amounts have their currencies in different fields: make a report of each.",
    ),
    "REPORT_TOO_SLOW": Reason(
        "a report would take longer than {limit_s} seconds",
        "narrow it by a filter, or leave out medians and distinct values",
        "Il report richiede più di {limit_s} secondi: restringere il filtro.",
        "The report takes more than {limit_s} seconds: narrow its filter.",
    ),
    "CHART_REFUSED": Reason(
        "a chart's specification holds data, addresses or expressions, or something that charts do not have",
        "leave out what is named; let the report's measures and filters compute",
        "La specifica del grafico contiene elementi non ammessi.",
        "The chart's specification holds what is not allowed.",
    ),
    "ADDRESS_MISSING": Reason(
        "a user who is to receive something by mail has no e-mail address",
        "enter the address with the user, or leave the user out",
        "L'utente non ha un indirizzo e-mail.",
        "The user has no e-mail address.",
    ),
    "TILES_OVERLAP": Reason(
        "two tiles of a dashboard stand in the same place",
        "move one of them",
        "Due riquadri si sovrappongono.",
        "Two tiles overlap.",
    ),
    "INVALID_EXPRESSION": Reason(
        "a formula, condition or pattern cannot be read",
        "correct what is at the column that is named",
        "La formula non è corretta.",
        "The formula is not correct.",
    ),
    "EXPRESSION_SYNTAX": Reason(
        "something stands where the language of formulas wants something else",
        "see the column; services/kit/fields/README.md has the language",
        "La formula non è scritta correttamente: {detail}",
        "The formula is not well formed: {detail}",
    ),
    "EXPRESSION_TYPE": Reason(
        "a number where a text is wanted, and the like",
        "see the column; text(…) makes a text of a number",
        "Nella formula un valore è del tipo sbagliato: {detail}",
        "In the formula a value is of the wrong type: {detail}",
    ),
    "EXPRESSION_NAME_UNKNOWN": Reason(
        "a formula names a field that the records do not have, or another formula",
        "use a field of the entity, or custom.<key>",
        "La formula nomina un campo che non esiste: {detail}",
        "The formula names a field that does not exist: {detail}",
    ),
    "EXPRESSION_FUNCTION_UNKNOWN": Reason(
        "not a function of the language",
        "use one of those that the detail lists",
        "La formula usa una funzione che non esiste: {detail}",
        "The formula uses a function that does not exist: {detail}",
    ),
    "EXPRESSION_ARGUMENTS": Reason(
        "a function was given too few or too many values",
        "see the detail",
        "Nella formula una funzione ha il numero sbagliato di valori: {detail}",
        "In the formula a function has the wrong number of values: {detail}",
    ),
    "EXPRESSION_NUMBER": Reason(
        "a number of more than 18 digits or 12 decimals",
        "round it",
        "Nella formula un numero è troppo lungo: {detail}",
        "In the formula a number is too long: {detail}",
    ),
    "EXPRESSION_TOO_LONG": Reason(
        "more than 2000 characters or 400 words",
        "make two fields of it",
        "La formula è troppo lunga: {detail}",
        "The formula is too long: {detail}",
    ),
    "EXPRESSION_TOO_DEEP": Reason(
        "more than 25 levels of parentheses, functions and choices",
        "make two fields of it",
        "La formula ha troppi livelli: {detail}",
        "The formula has too many levels: {detail}",
    ),
}
