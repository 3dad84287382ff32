"""Every reason that after-sales gives for an error: when it happens, what to do, what people read."""

from __future__ import annotations

from collections.abc import Mapping

from services.kit.reasons import Reason

REASONS: Mapping[str, Reason] = {
    "WINDOW_EMPTY": Reason(
        "a window of a calendar ends before it begins",
        "split hours over midnight into two days; 24:00 is the end of a day",
        "La fascia oraria {window} finisce prima di iniziare.",
        "The hours {window} end before they begin.",
    ),
    "WINDOWS_OVERLAP": Reason(
        "two windows of a calendar share time on the same day",
        "make one of them",
        "La fascia oraria {window} si sovrappone a un'altra.",
        "The hours {window} overlap with others.",
    ),
    "NO_BUSINESS_TIME": Reason(
        "a deadline does not fall within twenty years: the calendar has almost no working time",
        "correct the calendar's hours and holidays, or the promise",
        "Il calendario non ha abbastanza ore di lavoro per questa scadenza.",
        "The calendar has not enough working time for this deadline.",
    ),
    "UNKNOWN_TIME_ZONE": Reason(
        "not the name of a time zone",
        "use a name of the IANA database, for example Europe/Rome",
        "Il fuso orario non esiste: usare per esempio Europe/Rome.",
        "There is no such time zone: use for example Europe/Rome.",
    ),
    "CALENDAR_IN_USE": Reason(
        "a calendar that policies name is not deleted",
        "give those policies another calendar first",
        "Il calendario è usato da una politica di servizio.",
        "A service policy uses this calendar.",
    ),
    "TARGET_TWICE": Reason(
        "a policy promises twice for the same priority",
        "leave one of them out",
        "La politica indica due volte la stessa priorità.",
        "The policy names the same priority twice.",
    ),
    "STANDARD_NEEDED": Reason(
        "the only policy for requests that name none is not deleted",
        "mark another policy as standard first",
        "È l'unica politica standard: indicarne prima un'altra.",
        "It is the only standard policy: name another one first.",
    ),
    "CLOCK_ORDER": Reason(
        "an event of a clock cannot follow the one before it",
        "read the request again, then decide",
        "L'orologio della richiesta non lo consente ({state}).",
        "The request's clock does not allow it ({state}).",
    ),
    "FIXED_DATE_REQUIRED": Reason(
        "a term that counts from a fixed date names none, or another term names one",
        "give the date for the basis fixed, and only there",
        "La decorrenza a data fissa richiede la data, le altre non la ammettono.",
        "A term from a fixed date needs that date, the others take none.",
    ),
    "DATE_IMPLAUSIBLE": Reason(
        "a date of a machine lies before 1950 or too far in the future",
        "correct the date",
        "La data non è plausibile.",
        "The date is not plausible.",
    ),
    "BEFORE_DELIVERY": Reason(
        "a machine is commissioned or resold before it was delivered",
        "correct one of the two dates",
        "La data precede la consegna.",
        "The date comes before the delivery.",
    ),
    "IN_THE_FUTURE": Reason(
        "a day or time that has not come yet",
        "say what has happened, not what will",
        "La data è nel futuro.",
        "The date is in the future.",
    ),
    "SERIAL_EXISTS": Reason(
        "another machine of the article that is not retired has this serial number",
        "use that record, or correct the number",
        "Esiste già una macchina con questo articolo e numero di serie.",
        "There is a machine with this article and serial number already.",
    ),
    "SITE_OF_ANOTHER_PARTY": Reason(
        "the site is an address of neither the party nor the end user",
        "choose one of their addresses",
        "L'indirizzo non è del cliente né dell'utilizzatore.",
        "The address belongs neither to the customer nor to the end user.",
    ),
    "PRODUCT_OF_ANOTHER_PARTY": Reason(
        "the machine that is named stands at another party",
        "choose a machine of this party",
        "La macchina è di un altro cliente.",
        "The machine belongs to another customer.",
    ),
    "WRONG_CODE_KIND": Reason(
        "a code of another kind, or an inactive one, where a symptom, cause, component or remedy belongs",
        "choose a code of the right kind",
        "Il codice non è del tipo richiesto.",
        "The code is not of the kind that belongs here.",
    ),
    "FAULT_AFTER_REPORT": Reason(
        "a fault was discovered after it was told",
        "correct the day of the fault",
        "Il guasto è successivo alla segnalazione.",
        "The fault comes after it was reported.",
    ),
    "REQUEST_CLOSED": Reason(
        "a closed request does not change",
        "reopen it",
        "La richiesta è chiusa: riaprirla per modificarla.",
        "The request is closed: reopen it to change it.",
    ),
    "TASK_CLOSED": Reason(
        "a task that is done or cancelled does not change",
        "add another task",
        "L'attività è conclusa e non si modifica.",
        "The task is over and does not change.",
    ),
    "TASKS_OPEN": Reason(
        "a request is resolved while tasks of it are open",
        "complete or cancel them first",
        "Ci sono ancora attività aperte ({count}).",
        "There are still open tasks ({count}).",
    ),
    "RESOLUTION_MISSING": Reason(
        "a request is resolved without saying what was done",
        "write the resolution",
        "Indicare che cosa è stato fatto.",
        "Say what was done.",
    ),
    "REASON_MISSING": Reason(
        "the command needs a reason",
        "write it",
        "Indicare il motivo.",
        "Give the reason.",
    ),
}
