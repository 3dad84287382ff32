"""Every reason that identity gives for an error: when it happens, what to do, what people read."""

from __future__ import annotations

from collections.abc import Mapping

from services.kit.reasons import Reason

REASONS: Mapping[str, Reason] = {
    "WRONG_CREDENTIALS": Reason(
        "no such active user, or not the user's password; never said which",
        "try again; an administrator can set a new password",
        "Nome utente o password non corretti.",
        "The user name or the password is not correct.",
    ),
    "DEVICE_OF_ANOTHER_USER": Reason(
        "the device was registered by another user, whose data it may hold",
        "let that user sign out and remove the copy; then register the device anew, with a new id",
        "Questo dispositivo è registrato a nome di un altro utente.",
        "This device is registered to another user.",
    ),
    "DEVICE_REVOKED": Reason(
        "an administrator revoked the device",
        "ask the administrator; a device that was found again gets a new id",
        "Questo dispositivo è stato revocato.",
        "This device was revoked.",
    ),
    "REFRESH_TOKEN_INVALID": Reason(
        "no such refresh token: never given out, or forgotten after its time",
        "sign in again",
        "La sessione non è più valida: accedere di nuovo.",
        "The session is no longer valid: sign in again.",
    ),
    "REFRESH_TOKEN_REUSED": Reason(
        "a refresh token came a second time: it was copied, or a client sent it twice; the session has ended",
        "sign in again; find out who else holds the device's tokens",
        "La sessione è stata chiusa per sicurezza: accedere di nuovo.",
        "The session was ended for safety: sign in again.",
    ),
    "SESSION_ENDED": Reason(
        "signed out, ended by an administrator, a new password, an inactive user or a revoked device",
        "sign in again",
        "La sessione è terminata: accedere di nuovo.",
        "The session has ended: sign in again.",
    ),
    "SESSION_EXPIRED": Reason(
        "not refreshed for 30 days",
        "sign in again",
        "La sessione è scaduta: accedere di nuovo.",
        "The session has expired: sign in again.",
    ),
    "SESSION_REQUIRED": Reason(
        "signing out without a session",
        "none is needed",
        "Non c'è nessuna sessione da chiudere.",
        "There is no session to end.",
    ),
    "USER_NOT_FOUND": Reason(
        "no user of that name or id",
        "check the name",
        "L'utente non esiste.",
        "There is no such user.",
    ),
    "USER_NAME_TAKEN": Reason(
        "another user, active or not, has the name",
        "choose another name",
        "Il nome utente è già in uso.",
        "The user name is taken.",
    ),
    "INVALID_USER_NAME": Reason(
        "a user name has 2 to 100 letters, digits and the signs . _ @ + -",
        "choose another name",
        "Il nome utente può avere lettere, cifre e i segni . _ @ + -",
        "A user name has letters, digits and the signs . _ @ + -",
    ),
    "INVALID_EMAIL": Reason(
        "not an e-mail address",
        "write name@domain",
        "L'indirizzo e-mail non è valido.",
        "The e-mail address is not valid.",
    ),
    "INVALID_NAME": Reason(
        "names of groups, actions and facets in a role have lower-case letters, digits and _",
        "correct the role",
        "Il nome non è valido: lettere minuscole, cifre e _.",
        "The name is not valid: lower-case letters, digits and _.",
    ),
    "PASSWORD_TOO_SHORT": Reason(
        "shorter than the minimum",
        "take a longer one; several words are good",
        "La password deve avere almeno {length} caratteri.",
        "The password must have at least {length} characters.",
    ),
    "PASSWORD_TOO_LONG": Reason(
        "longer than anybody types",
        "take a shorter one",
        "La password può avere al massimo {length} caratteri.",
        "The password may have at most {length} characters.",
    ),
    "PASSWORD_TOO_SIMPLE": Reason(
        "it holds the user name, or hardly any different characters",
        "take another one",
        "La password è troppo facile da indovinare.",
        "The password is too easy to guess.",
    ),
    "ADMINISTRATOR_EXISTS": Reason(
        "create-administrator is for the first one",
        "let the administrator make users; --force if there is nobody who can",
        "Esiste già un amministratore.",
        "There is an administrator already.",
    ),
    "LAST_ADMINISTRATOR": Reason(
        "the change would leave nobody who may change users and roles",
        "make another administrator first",
        "Deve restare almeno un amministratore.",
        "At least one administrator must remain.",
    ),
    "RIGHTS_NOT_GRANTED": Reason(
        "roles, teams, territories and product lines give rights; only administrators change them",
        "ask an administrator",
        "Solo un amministratore può modificare ruoli, gruppi e zone da cui dipendono i permessi.",
        "Only an administrator may change roles, teams and territories that permissions depend on.",
    ),
    "TEAM_ABOVE_ITSELF": Reason(
        "the team would be among the teams below it",
        "choose another team above it",
        "Un gruppo non può stare sotto se stesso.",
        "A team cannot be below itself.",
    ),
    "TERRITORY_ABOVE_ITSELF": Reason(
        "the territory would be among the territories below it",
        "choose another territory above it",
        "Una zona non può stare sotto se stessa.",
        "A territory cannot be below itself.",
    ),
    "DEMO_PASSWORD_MISSING": Reason(
        "a demonstration was asked for without a password for its users",
        "set SALES_DEMO_PASSWORD",
        "Manca la password degli utenti dimostrativi (SALES_DEMO_PASSWORD).",
        "The demonstration users' password is missing (SALES_DEMO_PASSWORD).",
    ),
    "EPOCH_NOT_REACHED": Reason(
        "a caller knows newer grants than this database: an older copy of it was restored",
        "wait ten minutes, until the newer tokens are over",
        "I permessi non sono al momento verificabili: riprovare tra qualche minuto.",
        "Permissions cannot be checked at present: try again in some minutes.",
    ),
    "WATCH_INTERRUPTED": Reason(
        "identity's listener has lost its database; a gateway calls again, or another process",
        "look after identity's database",
        "Le sessioni non sono al momento verificabili.",
        "Sessions cannot be checked at present.",
    ),
    "TOO_MANY_WATCHERS": Reason(
        "more gateways than one process of identity serves",
        "run more processes of identity's api",
        "Troppi collegamenti al servizio identità.",
        "Too many connections to the identity service.",
    ),
}
