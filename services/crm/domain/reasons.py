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
    "RECORD_ERASED": Reason(
        "the personal data of this record were erased on request; a late change does not bring them back",
        "make a new record with the person's consent",
        "I dati di questa persona sono stati cancellati e non si ripristinano.",
        "The data of this person were erased and are not restored.",
    ),
}
