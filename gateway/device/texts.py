"""What the device says to people, in Italian and English: results, questions, and what to do about errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.device.errors import DeviceError, LeaseOver

#: Key or reason -> (Italian, English).
_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "pulling": ("Ricevo", "Receiving"),
    "pushing": ("Invio", "Sending"),
    "password": ("Password", "Password"),
    "signed_in": ("Accesso effettuato come {name}.", "Signed in as {name}."),
    "pulled": ("Ricevute {rows} righe.", "{rows} rows received."),
    "current": ("La copia è aggiornata.", "The copy is up to date."),
    "healed": (
        "{count} insiemi non coincidevano con il server: ripresi per intero.",
        "{count} buckets differed from the server: fetched anew.",
    ),
    "following": (
        "In ascolto: ricevo e invio da solo. Ctrl-C per finire.",
        "Following: receives and sends by itself. Ctrl-C ends it.",
    ),
    "retrying": ("Nuovo tentativo tra {seconds} s.", "The next try is in {seconds} s."),
    "followed": ("Ascolto terminato.", "Following ended."),
    "pushed": ("Inviate: {outcomes}.", "Sent: {outcomes}."),
    "nothing_to_push": ("Niente da inviare.", "Nothing to send."),
    "unsent": ("Da inviare", "Unsent"),
    "questions": ("In attesa di una decisione", "Waiting for a decision"),
    "no_questions": ("Nessuna decisione in attesa.", "Nothing waits for a decision."),
    "ask_decide": (
        "{count} modifiche attendono una decisione: `sales conflicts`.",
        "{count} changes wait for a decision: `sales conflicts`.",
    ),
    "user": ("Utente", "User"),
    "server": ("Server", "Server"),
    "unlocked": ("La copia è aperta fino al {day} compreso.", "The copy is open until {day} inclusive."),
    "unlock_code": ("Codice per {device} fino al {until}: {code}", "Code for {device} until {until}: {code}"),
    "device_id": ("Dispositivo", "Device"),
    "open_until": ("Aperta fino a", "Open until"),
    "last_contact": ("Ultimo contatto", "Last contact"),
    "groups": ("Gruppi", "Groups"),
    "all": ("tutti", "all"),
    "records": ("Schede", "Records"),
    "field": ("Campo", "Field"),
    "value": ("Valore", "Value"),
    "mine": ("Mio valore", "Mine"),
    "typed": ("Valore dell'autore", "The author's"),
    "theirs": ("Valore del server", "The server's"),
    "created": ("Creato: {id}", "Created: {id}"),
    "edited": ("Modificato: sarà inviato con `sales push`.", "Changed: `sales push` will send it."),
    "decided": ("Deciso: sarà inviato con `sales push`.", "Decided: `sales push` will send it."),
    "frozen": ("Congelata, SHA-256 {sha256}.", "Frozen, SHA-256 {sha256}."),
    "accepted": ("Accettata: l'ordine parte con `sales push`.", "Accepted: `sales push` sends the order."),
    "nothing_planned": ("Niente in agenda.", "Nothing planned."),
    "nothing_due": ("Nessun promemoria in attesa.", "No reminder waits."),
    "applied": ("applicate", "applied"),
    "merged": ("unite", "merged"),
    "conflict": ("in conflitto", "in conflict"),
    "refused": ("rifiutate", "refused"),
    "held": ("trattenute", "held"),
    "decisions": ("decise", "decided"),
    # Errors: what happened, and what to do.
    "SERVER_AWAY": (
        "Il server non risponde. Niente è perso: si può continuare a lavorare e riprovare più tardi.",
        "The server does not answer. Nothing is lost: go on working and try again later.",
    ),
    "SIGN_IN_NEEDED": ("Serve un nuovo accesso: `sales login`.", "Sign in again: `sales login`."),
    "WRONG_CREDENTIALS": ("Nome utente o password errati.", "The user name or the password is wrong."),
    "REFUSED": ("Il server ha rifiutato: {detail}", "The server refused: {detail}"),
    "DAMAGED": (
        "La copia ricevuta non è integra e non è stata usata ({reason}). Ripetere `sales pull`.",
        "What arrived is not whole and was not used ({reason}). Run `sales pull` again.",
    ),
    "COPY_NEWER": (
        "La copia {detail} è di una versione più recente di questo programma. Aggiornarlo.",
        "The copy {detail} was made by a newer version of this program. Update it.",
    ),
    "UPGRADE_NEEDED": (
        "Il server richiede una versione più recente di questo programma ({detail}). Aggiornarlo.",
        "The server needs a newer version of this program ({detail}). Update it.",
    ),
    "WIPED": (
        "Il server ha fatto cancellare questa copia. Rivolgersi all'amministratore.",
        "The server ordered this copy removed, and it was. Ask the administrator.",
    ),
    "LEASE_OVER": (
        "Sono passati più di {days} giorni dall'ultimo contatto: la copia resta chiusa finché non si "
        "raggiunge il server (`sales pull`). Le modifiche non inviate sono conservate. Senza rete: un "
        "amministratore può dare per telefono un codice per il dispositivo {device}, da usare con "
        "`sales unlock CODICE`.",
        "More than {days} days without the server: the copy stays closed until it is reached (`sales pull`). "
        "Unsent changes are kept. Without a network: an administrator can read out a code for the device "
        "{device}, then `sales unlock CODE`.",
    ),
    "LOCKED": ("La copia non si apre ({reason}): {detail}", "The copy cannot be opened ({reason}): {detail}"),
    "WRONG_PIN": ("PIN errato.", "Wrong PIN."),
    "WRONG_PIN_WAIT": (
        "PIN errato. Prossimo tentativo possibile tra {detail} s.",
        "Wrong PIN. The next try is possible in {detail} s.",
    ),
    "PIN_TOO_SOON": (
        "Troppi PIN errati: riprovare tra {detail} s.",
        "Too many wrong PINs: try again in {detail} s.",
    ),
    "PIN_TOO_SHORT": (
        "Il PIN deve avere almeno {detail} caratteri; più è lungo, meglio protegge la copia.",
        "The PIN needs at least {detail} characters; the longer it is, the better it protects the copy.",
    ),
    "PINS_DIFFER": ("I due PIN non coincidono.", "The two PINs differ."),
    "KEY_MISSING": (
        "Il portachiavi di questo utente non contiene la chiave della copia. Sbloccarlo e riprovare; se la "
        "chiave è perduta, eliminare la cartella della copia e ripetere `sales login`.",
        "This user's key ring does not hold the copy's key. Unlock the key ring and try again; if the key is "
        "lost, remove the copy's folder and run `sales login` again.",
    ),
    "KEY_NEEDED": (
        "Il file {detail} è cifrato, ma manca lock.json accanto: ripristinarlo, o eliminare la cartella e "
        "ripetere `sales login`.",
        "The file {detail} is encrypted, but lock.json beside it is missing: restore it, or remove the "
        "folder and run `sales login` again.",
    ),
    "FILE_UNREADABLE": (
        "Il file {detail} è danneggiato o cifrato con un'altra chiave. Eliminare la cartella e ripetere "
        "`sales login`; le modifiche non inviate che conteneva sono perdute.",
        "The file {detail} is damaged, or encrypted with another key. Remove the folder and run "
        "`sales login` again; unsent changes that it held are lost.",
    ),
    "FILE_BUSY": (
        "Un altro programma ha aperto {detail}: chiuderlo, poi riprovare.",
        "Another program has {detail} open: end it, then try again.",
    ),
    "LOCK_UNREADABLE": (
        "{detail} non è leggibile: ripristinarlo da un salvataggio.",
        "{detail} cannot be read: restore it from a backup.",
    ),
    "ENCRYPTION_MISSING": (
        "La copia va cifrata, ma SQLCipher non è installato: `pip install -r requirements/device.txt`. Solo "
        "su un disco già cifrato: `sales login … --plain`.",
        "The copy has to be encrypted, but SQLCipher is not installed: `pip install -r "
        "requirements/device.txt`. Only on a disk that is encrypted itself: `sales login … --plain`.",
    ),
    "ALREADY_LOCKED": (
        "La copia è già cifrata. Per averla in chiaro: eliminare la cartella, poi `sales login … --plain`.",
        "The copy is encrypted already. To have it plain: remove the folder, then `sales login … --plain`.",
    ),
    "encrypted": ("La copia è cifrata: {path}.", "The copy is encrypted: {path}."),
    "pin": ("PIN della copia", "PIN of the copy"),
    "new_pin": ("Nuovo PIN della copia", "New PIN of the copy"),
    "pin_again": ("Ripetere il PIN", "The PIN again"),
    "is_plain": (
        "ATTENZIONE: la copia NON è cifrata. Chi ha il disco legge clienti, prezzi e la sessione aperta.",
        "WARNING: the copy is NOT encrypted. Whoever has the disk reads customers, prices and the session.",
    ),
    "lock": ("Cifratura", "Encryption"),
    "lock_keyring": ("sì, chiave nel portachiavi", "yes, key in the key ring"),
    "lock_pin": ("sì, con PIN", "yes, by PIN"),
    "lock_plain": ("NO", "NO"),
    "CODE_WRONG": (
        "Codice errato, di un altro dispositivo, o scaduto: farselo ripetere.",
        "The code is wrong, another device's, or out of date: have it read out again.",
    ),
    "UNUSABLE": ("Non è possibile ({reason}): {detail}", "That cannot be done ({reason}): {detail}"),
    "UNSENT_OF_ANOTHER": (
        "{detail} ha modifiche non inviate su questa copia: prima `sales push` come {detail}.",
        "{detail} has unsent changes in this copy: run `sales push` as {detail} first.",
    ),
    "RECORD_NOT_HERE": (
        "Questa copia non contiene {detail}. Controllare l'identificativo, o `sales pull`.",
        "This copy does not hold {detail}. Check the id, or run `sales pull`.",
    ),
    "ENTITY_UNKNOWN": ("Tipo sconosciuto: {detail}.", "No such kind of record: {detail}."),
    "FIELD_UNKNOWN": ("Campo sconosciuto: {detail}.", "No such field: {detail}."),
    "FIELD_NOT_WRITABLE": ("{detail} lo imposta solo il server.", "Only the server sets {detail}."),
    "FIELD_INVALID": ("Valore non valido. {detail}", "Not a valid value. {detail}"),
    "NOT_OFFLINE": ("{detail} si modifica solo in linea.", "{detail} is changed online only."),
    "ONLINE_ONLY": ("{detail} si può eseguire solo in linea.", "{detail} works online only."),
    "QUESTION_UNKNOWN": (
        "Nessuna decisione in attesa con questo identificativo: vedere `sales conflicts`.",
        "Nothing with this id waits for a decision: see `sales conflicts`.",
    ),
    "QUESTION_DECIDED": (
        "Già deciso: la decisione parte con `sales push`.",
        "Decided already: `sales push` sends it.",
    ),
    "CHOICE_UNKNOWN": (
        "Scegliere tra mine, theirs, edited, discarded.",
        "Choose one of mine, theirs, edited, discarded.",
    ),
    "EDITED_WITHOUT_FIELDS": (
        "Con `edited` servono i valori: campo=valore.",
        "`edited` needs the values: field=value.",
    ),
    "GROUP_UNKNOWN": ("Gruppo sconosciuto: {detail}.", "No such group: {detail}."),
    "PRICE_MISSING": (
        "Il prezzo di {detail} lo conosce solo il server: scriverlo, o procedere in linea.",
        "Only the server knows the price of {detail}: type it, or go online.",
    ),
    "REVISION_EMPTY": ("La revisione non ha righe.", "The revision has no lines."),
    "REVISION_NOT_FROZEN": (
        "Nessuna revisione congelata: prima `sales freeze`.",
        "No revision is frozen: run `sales freeze` first.",
    ),
    "REVISION_REQUIRED": (
        "Più alternative aperte: la scelta si fa in linea.",
        "Several alternatives are open: choose online.",
    ),
    "NOTHING_DUE": (
        "Nessun promemoria in attesa con questo identificativo: vedere `sales reminders`.",
        "No reminder with this id waits: see `sales reminders`.",
    ),
    "SNOOZE_TOO_LONG": (
        "Rimandare di almeno un minuto, al massimo di {detail} giorni.",
        "Put it off by a minute at least, {detail} days at most.",
    ),
    "NOT_A_PAIR": (
        "Scrivere campo=valore, non «{detail}».",
        "Write field=value, not `{detail}`.",
    ),
}

LANGUAGES: Final = ("it", "en")


def text(key: str, language: str, **values: object) -> str:
    """Return a text; Italian unless English is asked for."""
    italian, english = _TEXTS[key]
    return (english if language == "en" else italian).format(**values)


def error_text(error: DeviceError, language: str) -> str:
    """Return what happened and what to do about it."""
    key = error.reason if error.reason in _TEXTS else type(error).reason
    days, _, device = error.detail.partition("|") if isinstance(error, LeaseOver) else ("", "", "")
    detail = error.detail or error.reason
    return text(key, language, reason=error.reason, detail=detail, days=days, device=device)


def reasons() -> frozenset[str]:
    """Return the keys of error texts."""
    return frozenset(key for key in _TEXTS if key.isupper())
