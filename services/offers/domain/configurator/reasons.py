"""Every reason that the configurator gives for an error, in the form of the kernel's `reasons.py`.

`{field}` is the place in the model, the saved session or the call; a compiler that knows the file turns it
into file and line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.kit.reasons import Reason

FORMULAS: Final[Mapping[str, Reason]] = {
    "FORMULA_EMPTY": Reason(
        "a formula without text",
        "write it, or leave the member out",
        "La formula in {field} è vuota.",
        "The formula in {field} is empty.",
    ),
    "FORMULA_TOO_LONG": Reason(
        "more than 2,000 characters or 400 words",
        "split the rule; use a table of allowed combinations",
        "La formula in {field} è troppo lunga (massimo {max}).",
        "The formula in {field} is too long (at most {max}).",
    ),
    "FORMULA_TOO_DEEP": Reason(
        "more levels of brackets than anybody reads",
        "split the rule",
        "La formula in {field} ha troppi livelli di parentesi (massimo {max}), colonna {column}.",
        "The formula in {field} has too many levels of brackets (at most {max}), column {column}.",
    ),
    "FORMULA_SYNTAX": Reason(
        "a word or sign that does not belong there",
        "see the grammar in the configurator's README",
        "La formula in {field} non si legge alla colonna {column}, vicino a “{near}”.",
        "The formula in {field} cannot be read at column {column}, near “{near}”.",
    ),
    "FORMULA_TYPE": Reason(
        "yes or no where a number is wanted, or the reverse",
        "compare a number with something; use = or in with a choice",
        "La formula in {field}, colonna {column}: serve {wanted}, non {found}.",
        "The formula in {field}, column {column}: {wanted} is wanted, not {found}.",
    ),
    "FORMULA_NAME_UNKNOWN": Reason(
        "no attribute of this name here or above",
        "correct the name; attributes of modules are seen inside sum, count, any, all",
        "La formula in {field}, colonna {column}: l'attributo “{value}” non esiste.",
        "The formula in {field}, column {column}: there is no attribute “{value}”.",
    ),
    "FORMULA_OPTION_UNKNOWN": Reason(
        "the attribute has no option of this code",
        "use one of its options",
        "La formula in {field}, colonna {column}: {attribute} non ha l'opzione “{value}” (ha {known}).",
        "The formula in {field}, column {column}: {attribute} has no option “{value}” (it has {known}).",
    ),
    "FORMULA_FIGURE_UNKNOWN": Reason(
        "no figure of this name in the model, or nothing in the attribute carries it",
        "declare the figure; give it to an option",
        "La formula in {field}, colonna {column}: la grandezza “{value}” non esiste qui.",
        "The formula in {field}, column {column}: there is no figure “{value}” here.",
    ),
    "FORMULA_FUNCTION_UNKNOWN": Reason(
        "not a function of the language",
        "use one of those listed",
        "La formula in {field}, colonna {column}: la funzione “{value}” non esiste (esistono {known}).",
        "The formula in {field}, column {column}: there is no function “{value}” (there are {known}).",
    ),
    "FORMULA_ARGUMENTS": Reason(
        "a rounding function takes one number",
        "give it one",
        "La formula in {field}, colonna {column}: {value} vuole un solo numero.",
        "The formula in {field}, column {column}: {value} takes one number.",
    ),
    "FORMULA_NUMBER": Reason(
        "more digits than any figure needs",
        "round it",
        "La formula in {field}, colonna {column}: numero troppo lungo (massimo {max} cifre).",
        "The formula in {field}, column {column}: the number is too long (at most {max} digits).",
    ),
    "FORMULA_DIVISION": Reason(
        "the divisor can be 0 in some configuration",
        "divide by a constant, or by max(1, …)",
        "La formula in {field}, colonna {column}: il divisore può valere 0.",
        "The formula in {field}, column {column}: the divisor can be 0.",
    ),
    "FORMULA_NEXT": Reason(
        "`next.` outside a rule about neighbours",
        "write the rule with `neighbours:`",
        "La formula in {field}, colonna {column}: next vale solo nelle regole tra moduli vicini.",
        "The formula in {field}, column {column}: next is for rules between neighbouring modules.",
    ),
    "FORMULA_TEXT": Reason(
        "a text attribute in a formula",
        "texts take no part in rules; make it a choice",
        "La formula in {field}, colonna {column}: {value} è un testo e non entra nelle formule.",
        "The formula in {field}, column {column}: {value} is a text and takes no part in formulas.",
    ),
    "FORMULA_TOO_WIDE": Reason(
        "a product or function of attributes with more combinations than can be listed",
        "make it a sum of parts, or narrow the ranges",
        "La formula in {field} combina troppi valori (più di {max}).",
        "The formula in {field} combines too many values (more than {max}).",
    ),
    "QUANTITY_MAY_BE_NEGATIVE": Reason(
        "a quantity of a bill of material that some configuration makes negative",
        "use max(0, …)",
        "La quantità in {field} può diventare negativa.",
        "The quantity in {field} can become negative.",
    ),
}

MODELS: Final[Mapping[str, Reason]] = {
    "MODEL_SHAPE": Reason(
        "a member of the wrong kind: a list where an object is wanted, and the like",
        "see the published schema of models",
        "In {field} serve {wanted}.",
        "{field} must be {wanted}.",
    ),
    "MODEL_MEMBER_MISSING": Reason(
        "a member that cannot be left out",
        "add it",
        "In {field} manca “{value}”.",
        "“{value}” is missing in {field}.",
    ),
    "MODEL_MEMBER_UNKNOWN": Reason(
        "a member that models do not have, often a typing mistake",
        "correct or remove it",
        "In {field} il campo “{value}” non esiste (esistono {known}).",
        "{field} has no member “{value}” (it may have {known}).",
    ),
    "MODEL_CODE": Reason(
        "a code that formulas could not read: letters, digits and _, at most 64, a letter first",
        "choose another",
        "Il codice “{value}” in {field} non va bene: lettere, cifre e _, una lettera per prima.",
        "The code “{value}” in {field} will not do: letters, digits and _, a letter first.",
    ),
    "MODEL_CODE_RESERVED": Reason(
        "a code that is a word of the formula language",
        "choose another",
        "Il codice “{value}” in {field} è una parola delle formule: sceglierne un altro.",
        "The code “{value}” in {field} is a word of formulas: choose another.",
    ),
    "MODEL_CODE_REPEATED": Reason(
        "two things of one kind with one code",
        "rename one",
        "Il codice “{value}” in {field} esiste già.",
        "The code “{value}” in {field} exists already.",
    ),
    "MODEL_TEXT_MISSING": Reason(
        "no text in one of the model's languages",
        "add the text",
        "In {field} manca il testo in lingua “{value}”.",
        "{field} has no text in language “{value}”.",
    ),
    "MODEL_TEXT": Reason(
        "a text that is too long or is none",
        "shorten it",
        "Il testo in {field} è troppo lungo (massimo {max} caratteri).",
        "The text in {field} is too long (at most {max} characters).",
    ),
    "MODEL_WORD": Reason(
        "a member with a fixed set of values holds another",
        "use one of those listed",
        "“{value}” in {field} non è ammesso. Valori possibili: {allowed}.",
        "“{value}” is not allowed in {field}. Possible values: {allowed}.",
    ),
    "MODEL_NUMBER": Reason(
        "not a number, or out of its range",
        "write digits, a dot, digits; keep within the range",
        "Il numero in {field} non va bene: {why}.",
        "The number in {field} will not do: {why}.",
    ),
    "MODEL_RANGE": Reason(
        "min above max, or a range that the step does not divide",
        "correct min, max or step",
        "L'intervallo in {field} non è possibile: {why}.",
        "The range in {field} is not possible: {why}.",
    ),
    "MODEL_TOO_LARGE": Reason(
        "more of something than a model may have",
        "split the model",
        "In {field} ci sono troppi elementi (massimo {max}).",
        "{field} has too many entries (at most {max}).",
    ),
    "MODEL_REFERENCE": Reason(
        "a code that names nothing in the model",
        "correct it",
        "“{value}” in {field} non esiste nel modello.",
        "“{value}” in {field} does not exist in the model.",
    ),
    "MODEL_RULE_KIND": Reason(
        "a rule without its content, or with two",
        "give it exactly one of those listed",
        "La regola in {field} deve avere esattamente uno tra: {known}.",
        "The rule in {field} must have exactly one of: {known}.",
    ),
    "MODEL_NESTED_TOO_DEEP": Reason(
        "modules inside modules inside modules, or a module inside itself",
        "at most three levels",
        "I moduli in {field} sono annidati troppo (massimo {max} livelli).",
        "The modules in {field} are nested too deeply (at most {max} levels).",
    ),
    "MODEL_CONTRADICTION": Reason(
        "no configuration fulfils all rules",
        "change one of the rules named",
        "Nessuna configurazione rispetta tutte le regole: {value}.",
        "No configuration fulfils all rules: {value}.",
    ),
    "SEVERAL_MISTAKES": Reason(
        "the input has more than one mistake; each is a violation of its own",
        "correct each of them",
        "Ci sono {count} errori; il primo, in {field}: {first}",
        "There are {count} mistakes; the first, in {field}: {first}",
    ),
}

SESSIONS: Final[Mapping[str, Reason]] = {
    "ATTRIBUTE_UNKNOWN": Reason(
        "a choice names an attribute that the model does not have",
        "read the model again",
        "L'attributo “{value}” non esiste.",
        "There is no attribute “{value}”.",
    ),
    "VALUE_UNKNOWN": Reason(
        "a choice names a value that the attribute does not have",
        "use one of those shown",
        "{attribute} non ha il valore “{value}”.",
        "{attribute} has no value “{value}”.",
    ),
    "OPTION_EXCLUDED": Reason(
        "earlier choices or rules exclude it",
        "show why, offer the repair",
        "{attribute}: {value} non è possibile con le scelte fatte.",
        "{attribute}: {value} is not possible with the choices made.",
    ),
    "OPTION_UNVERIFIED": Reason(
        "the budget ended before it was known whether the choice can be completed",
        "try again with more time",
        "{attribute}: {value} non è stato ancora verificato.",
        "{attribute}: {value} has not been verified yet.",
    ),
    "OUT_OF_TIME": Reason(
        "the budget ended before there was an answer",
        "try again with more time",
        "Tempo scaduto prima di una risposta.",
        "Time ran out before there was an answer.",
    ),
    "NOTHING_TO_EXPLAIN": Reason(
        "asked why about something that is free",
        "ask only about what is forced or excluded",
        "{attribute}: {value} è libero, non c'è niente da spiegare.",
        "{attribute}: {value} is free, there is nothing to explain.",
    ),
    "NO_REPAIR": Reason(
        "the model's rules alone exclude the option",
        "none; show why",
        "{attribute}: {value} è escluso dalle regole, qualunque altra scelta si cambi.",
        "{attribute}: {value} is excluded by the rules, whatever else is changed.",
    ),
    "SESSION_MALFORMED": Reason(
        "a saved session is not of the form that `saving.py` writes",
        "start a new one",
        "La configurazione salvata in {field} non è leggibile: serve {wanted}.",
        "The saved configuration cannot be read: {field} must be {wanted}.",
    ),
    "SESSION_OF_OTHER_MODEL": Reason(
        "a saved session belongs to another model",
        "load it with its own model",
        "La configurazione salvata è del modello “{value}”, non di “{model}”.",
        "The saved configuration belongs to the model “{value}”, not to “{model}”.",
    ),
    "NOT_COMPLETE": Reason(
        "bills of material are made from complete configurations",
        "complete the rest first",
        "La configurazione non è completa: manca {value}.",
        "The configuration is not complete: {value} is missing.",
    ),
}

REASONS: Final[Mapping[str, Reason]] = {**FORMULAS, **MODELS, **SESSIONS}
"""All of them by code."""


class _Blank(dict[str, str]):
    """Params of an error; a placeholder without one stays empty, so that a text can always be made."""

    def __missing__(self, key: str) -> str:
        return ""


def english(reason: str, params: Mapping[str, str]) -> str:
    """The English text of a reason."""
    return REASONS[reason].en.format_map(_Blank(params)) if reason in REASONS else reason


def text(reason: str, params: Mapping[str, str], language: str) -> str:
    """The text of a reason, Italian for `it`, English for any other language."""
    if reason not in REASONS:
        return reason
    entry = REASONS[reason]
    return (entry.it if language == "it" else entry.en).format_map(_Blank(params))
