"""Every reason that the CRM gives for an error: when it happens, what to do, what people read."""

from __future__ import annotations

from collections.abc import Mapping

from services.kit.reasons import Reason

REASONS: Mapping[str, Reason] = {
    "INVALID_VAT_NUMBER": Reason(
        "the check digit or the form of the VAT number is wrong",
        "copy it from the company's invoice or certificate",
        "La partita IVA non è corretta: controllare le cifre.",
        "The VAT number is not correct: check its digits.",
    ),
    "INVALID_TAX_CODE": Reason(
        "the check character or the form of the codice fiscale is wrong",
        "copy it from the card or the company's certificate",
        "Il codice fiscale non è corretto: controllare i caratteri.",
        "The Italian tax code is not correct: check its characters.",
    ),
    "INVALID_SDI_CODE": Reason(
        "the recipient code of the exchange system has 7 letters and digits (6 for public bodies)",
        "ask the customer; 0000000 where only a PEC is known",
        "Il codice destinatario SDI ha 7 caratteri (6 per la pubblica amministrazione).",
        "The SDI recipient code has 7 characters (6 for public bodies).",
    ),
    "INVALID_EMAIL": Reason(
        "not an e-mail address",
        "write name@domain",
        "L'indirizzo e-mail non è valido.",
        "The e-mail address is not valid.",
    ),
    "INVALID_PHONE": Reason(
        "not a number that can be dialled",
        "write it with its prefix: +39 045 1234567",
        "Il numero di telefono non è valido: scriverlo con il prefisso, per esempio +39 045 1234567.",
        "The phone number is not valid: write it with its prefix, for example +39 045 1234567.",
    ),
    "INVALID_COUNTRY": Reason(
        "not a two-letter country code",
        "use ISO 3166-1, for example IT",
        "Il paese è indicato con due lettere, per esempio IT.",
        "The country is given by two letters, for example IT.",
    ),
    "ENDS_BEFORE_START": Reason(
        "an activity ends before it starts",
        "correct one of the two times",
        "La fine precede l'inizio.",
        "The end comes before the start.",
    ),
    "OUTCOME_MISSING": Reason(
        "an activity is completed without saying what came of it",
        "write the outcome",
        "Indicare l'esito dell'attività.",
        "Say what came of the activity.",
    ),
    "SAME_PARTY": Reason(
        "a party is to be merged with itself",
        "name two different parties",
        "Le due anagrafiche sono la stessa.",
        "The two parties are the same.",
    ),
    "PARTIES_BOTH_IN_ERP": Reason(
        "both parties have a customer code in the ERP; one of the codes would lose its party",
        "merge them in the ERP first",
        "Entrambe le anagrafiche hanno un codice nel gestionale ({mine}, {theirs}): unirle prima lì.",
        "Both parties have a code in the ERP ({mine}, {theirs}): merge them there first.",
    ),
    "MERGED_NOTES_TOO_LONG": Reason(
        "the notes of both parties together are longer than a party's notes may be",
        "shorten one of them",
        "Le note delle due anagrafiche insieme superano {limit} caratteri: accorciarle.",
        "The notes of the two parties together exceed {limit} characters: shorten them.",
    ),
    "MERGE_NOT_FOUND": Reason(
        "these two parties were not merged, or the merge was taken back",
        "look at the party's history",
        "Queste due anagrafiche non risultano unite.",
        "These two parties are not merged.",
    ),
    "MERGED_CHANGED_SINCE": Reason(
        "records that a merge touched have been changed since; taking it back would undo that work",
        "correct the parties by hand",
        "Dopo l'unione sono stati modificati altri dati: non si può più annullare.",
        "Data were changed after the merge: it can no longer be taken back.",
    ),
    "STAGE_OF_OTHER_STATE": Reason(
        "a stage belongs to one state; winning, losing and dropping have commands of their own",
        "choose a stage of the state that the opportunity is in, or give the command",
        "La fase scelta appartiene a un altro stato: per chiudere usare vinta, persa o abbandonata.",
        "The chosen stage belongs to another state: to close, use won, lost or dropped.",
    ),
    "STAGE_INACTIVE": Reason(
        "administrators took the stage out of use",
        "choose another stage",
        "La fase scelta non è più in uso.",
        "The chosen stage is no longer in use.",
    ),
    "LOSS_REASON_MISSING": Reason(
        "an opportunity is lost or dropped without saying why",
        "choose a reason",
        "Indicare il motivo.",
        "Give the reason.",
    ),
    "AMOUNT_NEGATIVE": Reason(
        "an expected value is below zero",
        "write 0 or more",
        "L'importo non può essere negativo.",
        "The amount cannot be negative.",
    ),
    "TOO_MANY_DECIMALS": Reason(
        "an amount has more decimals than its currency",
        "round it to the currency's smallest unit",
        "L'importo ha più decimali di quanti ne ha la valuta.",
        "The amount has more decimals than its currency.",
    ),
    "PERCENT_OUT_OF_RANGE": Reason(
        "a probability is not between 0 and 100",
        "write a percentage from 0 to 100",
        "La probabilità va da 0 a 100.",
        "A probability is from 0 to 100.",
    ),
    "NAMES_OF_A_PERSON": Reason(
        "a company was given the given or family name of a person",
        "make it a person, or record the person as a party that works at the company",
        "Nome e cognome sono di una persona: questa anagrafica è un'azienda.",
        "Given and family name belong to a person: this party is a company.",
    ),
    "NAME_FOLLOWS_FROM_PARTS": Reason(
        "a person's name was changed, but not the given and family name that it follows from",
        "change given_name and family_name",
        "Modificare nome e cognome: il nome completo ne consegue.",
        "Change the given and family name: the full name follows from them.",
    ),
    "RELATIONSHIP_WITH_ITSELF": Reason(
        "a relationship names the same party twice, perhaps because two parties were merged",
        "name another party",
        "Un'anagrafica non può essere in relazione con sé stessa.",
        "A party cannot have a relationship with itself.",
    ),
    "PARTY_KIND_DOES_NOT_FIT": Reason(
        "only a person works at a company, only a company is a subsidiary of one",
        "choose another kind of relationship or another party",
        "Questa relazione non è possibile fra queste anagrafiche: una è un'azienda e l'altra una persona.",
        "This relationship is not possible between a company and a person as they are named here.",
    ),
    "RELATIONSHIP_TWICE": Reason(
        "the two parties have this relationship already in the same days",
        "change the dates of the one that is there",
        "Questa relazione esiste già nello stesso periodo.",
        "This relationship exists already in the same period.",
    ),
    "TWO_PARENTS": Reason(
        "a company would be the subsidiary of two others on the same day",
        "end the other relationship first: give it a last day",
        "L'azienda risulta già controllata da un'altra nello stesso periodo: indicarne prima la fine.",
        "The company is a subsidiary of another one in the same period: give that relationship an end first.",
    ),
    "HIERARCHY_CIRCLE": Reason(
        "a company would be, over however many steps, its own subsidiary",
        "look at the group of companies (:hierarchy) and correct the relationship that is wrong",
        "L'azienda risulterebbe controllata da sé stessa: verificare il gruppo.",
        "The company would be its own subsidiary: look at its group.",
    ),
    "RELATIONSHIPS_DO_NOT_FIT": Reason(
        "a company is to be a person, or the reverse, and has relationships that only the other can have",
        "delete those relationships first",
        "Ci sono relazioni che valgono solo per il tipo attuale di anagrafica: eliminarle prima.",
        "There are relationships that only its present kind can have: delete them first.",
    ),
    "PARTY_IS_NAMED": Reason(
        "other parties' relationships name the party that is to be deleted",
        "delete those relationships, or merge the party with another",
        "Altre anagrafiche sono in relazione con questa: eliminare prima le relazioni.",
        "Other parties have relationships with this one: delete those first.",
    ),
    "SAME_OWNER": Reason(
        "customers are to be handed over to who has them",
        "name another user",
        "I clienti sono già di questo utente.",
        "The customers belong to this user already.",
    ),
    "USER_LEFT": Reason(
        "customers are to be handed over to a user who is no longer active",
        "name an active user",
        "L'utente non è più attivo.",
        "The user is no longer active.",
    ),
    "NOTHING_TO_HAND_OVER": Reason(
        "no party of the user meets the handover's limits",
        "look at its territory and parties, and at who owns them now",
        "Nessuna anagrafica da passare: verificare territorio ed elenco.",
        "There is no party to hand over: look at the territory and the list.",
    ),
    "OWNER_CHANGED": Reason(
        "the party had another owner when its turn in a handover came",
        "nothing to do: somebody else has passed it on meanwhile",
        "Nel frattempo l'anagrafica è passata a un altro utente.",
        "The party has passed to another user meanwhile.",
    ),
    "RECORD_ERASED": Reason(
        "the personal data of this record were erased on request; a late change does not bring them back",
        "make a new record with the person's consent",
        "I dati di questa persona sono stati cancellati e non si ripristinano.",
        "The data of this person were erased and are not restored.",
    ),
}
