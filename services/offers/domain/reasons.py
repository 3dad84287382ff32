"""Every reason that the kernel of offers gives for an error: when it happens, what to do, what people read.

Texts are templates: `{field}` is the path in the caller's input, the other placeholders are the error's
params. The gateway translates with `text`; logs and clients without a text use the English one that travels
as `detail`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.kit.reasons import Reason

NUMBERS: Final[Mapping[str, Reason]] = {
    "LOGO_NOT_PRINTABLE": Reason(
        "the logo is no SVG that can be put on a page",
        "send the text of an SVG file that a browser shows; pictures inside it as data",
        "Il logo non è un SVG che si possa stampare ({detail}).",
        "The logo is no SVG that can be printed ({detail}).",
    ),
    "NUMBER_IS_FLOAT": Reason(
        "a binary float reached the kernel",
        "send the number as text",
        "Il numero in {field} deve arrivare come testo, non come numero binario.",
        "The number in {field} must be sent as text, not as a binary number.",
    ),
    "NUMBER_MALFORMED": Reason(
        "not a plain decimal: exponent, separator, sign, space, letters, or not text at all",
        "write digits, a dot, digits; a minus in front",
        "“{value}” in {field} non è un numero: usare cifre e un punto decimale.",
        "“{value}” in {field} is not a number: use digits and a decimal point.",
    ),
    "NUMBER_TOO_LONG": Reason(
        "more characters than any figure needs",
        "shorten it",
        "Il numero in {field} è troppo lungo (massimo {max} caratteri).",
        "The number in {field} is too long (at most {max} characters).",
    ),
    "NUMBER_TOO_LARGE": Reason(
        "more integer digits than the field holds",
        "check the figure; split the line if it is right",
        "{value} in {field} è troppo grande (massimo {max} cifre intere).",
        "{value} in {field} is too large (at most {max} integer digits).",
    ),
    "NUMBER_TOO_FINE": Reason(
        "more decimals than the field holds",
        "round it",
        "{value} in {field} ha troppi decimali (massimo {max}).",
        "{value} in {field} has too many decimals (at most {max}).",
    ),
    "MONEY_TOO_FINE": Reason(
        "an amount of money with fractions of the minor unit",
        "round it to the currency's decimals",
        "{value} non è un importo in {currency}: troppi decimali.",
        "{value} is not an amount in {currency}: too many decimals.",
    ),
    "MONEY_EXPECTED": Reason(
        "money was compared with or added to something else",
        "a mistake of the calling program",
        "Era atteso un importo, non {value}.",
        "An amount of money was expected, not {value}.",
    ),
    "CURRENCY_UNKNOWN": Reason(
        "not an ISO 4217 code in use",
        "choose a currency of the list",
        "La valuta “{value}” non esiste.",
        "There is no currency “{value}”.",
    ),
    "CURRENCY_MIXED": Reason(
        "amounts of two currencies were added or compared",
        "convert one of them at a stated rate first",
        "Importi in {left} e in {right} non si possono sommare.",
        "Amounts in {left} and in {right} cannot be added.",
    ),
    "WORD_UNKNOWN": Reason(
        "a field with a fixed set of values holds another",
        "use one of those listed",
        "“{value}” in {field} non è ammesso. Valori possibili: {allowed}.",
        "“{value}” is not allowed in {field}. Possible values: {allowed}.",
    ),
    "FIELD_UNKNOWN": Reason(
        "a field that the value does not have",
        "remove or rename it",
        "Il campo {field} non esiste.",
        "There is no field {field}.",
    ),
    "FIELD_MISSING": Reason(
        "a field without a default is absent",
        "fill it in",
        "Manca il campo {field}.",
        "The field {field} is missing.",
    ),
    "FIELD_TYPE": Reason(
        "a field holds another type of value",
        "send what is expected; figures as text",
        "Il campo {field} ha un valore di tipo sbagliato (atteso: {expected}).",
        "The field {field} has a value of the wrong type (expected: {expected}).",
    ),
    "LIST_TOO_LONG": Reason(
        "a list or table exceeds its limit",
        "split the request",
        "L'elenco {field} è troppo lungo (massimo {max}).",
        "The list {field} is too long (at most {max}).",
    ),
    "ITEM_UNKNOWN": Reason(
        "an edit names a line or charge that the revision does not have",
        "name one of this revision",
        "{value} non esiste in questa revisione.",
        "There is no {value} in this revision.",
    ),
    "CALL_UNKNOWN": Reason(
        "the kernel has no such call",
        "use one of those listed",
        "La funzione {value} non esiste. Funzioni: {allowed}.",
        "There is no call {value}. Calls: {allowed}.",
    ),
    "CALL_MALFORMED": Reason(
        "the request is not JSON, too long, too deep, or has numbers with a fraction",
        "send JSON with figures as text",
        "La richiesta non è leggibile: {value}.",
        "The request cannot be read: {value}.",
    ),
    "SEVERAL_MISTAKES": Reason(
        "the input has more than one mistake; each is a violation of its own",
        "correct each of them",
        "Ci sono {count} errori; il primo, in {field}: {first}",
        "There are {count} mistakes; the first, in {field}: {first}",
    ),
}

LINES: Final[Mapping[str, Reason]] = {
    "QUANTITY_NEGATIVE": Reason(
        "a quantity below zero",
        "use a negative price for a rebate, a trade-in line for goods taken back",
        "La quantità in {field} è negativa: per uno sconto usare un prezzo negativo.",
        "The quantity in {field} is negative: use a negative price for a rebate.",
    ),
    "DISCOUNT_MALFORMED": Reason(
        "the discount text is not steps joined by +",
        "write for example 50+10+5 or 33,42",
        "“{value}” in {field} non è uno sconto: scrivere ad esempio 50+10+5.",
        "“{value}” in {field} is not a discount: write for example 50+10+5.",
    ),
    "DISCOUNT_TOO_LONG": Reason(
        "the discount text is longer than it may be",
        "shorten it",
        "Lo sconto in {field} è troppo lungo (massimo {max} caratteri).",
        "The discount in {field} is too long (at most {max} characters).",
    ),
    "DISCOUNT_TOO_MANY_STEPS": Reason(
        "more steps than a cascade may have",
        "merge some steps",
        "Lo sconto in {field} ha troppi passi (massimo {max}).",
        "The discount in {field} has too many steps (at most {max}).",
    ),
    "DISCOUNT_OUT_OF_RANGE": Reason(
        "a step of more than 100 %, or a surcharge of 100 % or more",
        "use steps above -100 and up to 100",
        "Il passo “{value}” in {field} è fuori dai limiti: più di -100, al massimo 100.",
        "The step “{value}” in {field} is out of range: above -100, at most 100.",
    ),
    "TRADE_IN_NOT_PLAIN": Reason(
        "a trade-in with a discount or a negative price",
        "write what is paid for the goods as a positive price without discounts",
        "La permuta in {field} vuole un prezzo positivo senza sconti.",
        "The trade-in in {field} takes a positive price without discounts.",
    ),
    "LINE_ID_REPEATED": Reason(
        "two lines with the same id",
        "a mistake of the calling program",
        "Due righe hanno lo stesso identificativo ({value}).",
        "Two lines have the same id ({value}).",
    ),
    "ALTERNATIVE_CHOSEN_TWICE": Reason(
        "two alternatives of one group are chosen",
        "choose one",
        "Nel gruppo di alternative “{group}” ne è scelta più di una: vedere {field}.",
        "More than one alternative of group “{group}” is chosen: see {field}.",
    ),
    "REVISION_TOO_LONG": Reason(
        "more lines or charges than one revision may have",
        "split the offer",
        "Una revisione può avere al massimo {lines} righe e {charges} voci di piede.",
        "A revision can have at most {lines} lines and {charges} charges.",
    ),
}

VAT: Final[Mapping[str, Reason]] = {
    "VAT_RATE_OUT_OF_RANGE": Reason(
        "a VAT rate below 0 or above 100",
        "write the rate in percent",
        "L'aliquota IVA {value} in {field} non è valida.",
        "The VAT rate {value} in {field} is not valid.",
    ),
    "VAT_RATE_NOT_IN_FORCE": Reason(
        "the rate is not in the table on the document's day",
        "use a rate in force on that day",
        "L'aliquota IVA {value} non è in vigore il {date}.",
        "The VAT rate {value} is not in force on {date}.",
    ),
    "NATURA_MISSING": Reason(
        "rate 0 without the code that says why",
        "add the natura",
        "Manca la natura IVA in {field}: con aliquota 0 è obbligatoria.",
        "The natura code is missing in {field}: rate 0 needs one.",
    ),
    "NATURA_NOT_ALLOWED": Reason(
        "a natura together with a rate above 0",
        "remove the natura or set the rate to 0",
        "La natura {value} in {field} è ammessa solo con aliquota 0, non {rate}.",
        "Natura {value} in {field} is allowed with rate 0 only, not {rate}.",
    ),
    "NATURA_UNKNOWN": Reason(
        "not a code of the electronic invoice",
        "choose a code of the list, N1 to N7",
        "La natura “{value}” in {field} non esiste.",
        "There is no natura “{value}” ({field}).",
    ),
    "NATURA_RETIRED": Reason(
        "N2, N3 and N6 were replaced by detailed codes on 1 January 2021",
        "use a detailed code, such as N3.1",
        "La natura {value} in {field} non è più valida: usare un codice di dettaglio, ad esempio {value}.1.",
        "Natura {value} in {field} is retired: use a detailed code, for example {value}.1.",
    ),
    "VAT_GROUP_NEGATIVE": Reason(
        "rebates exceed what they reduce inside one VAT group",
        "lower the rebate, or use a trade-in line for goods taken back",
        "Con {field} il totale ad aliquota {rate} {natura} diventa negativo.",
        "With {field} the amount at VAT rate {rate} {natura} falls below zero.",
    ),
}

CHARGES: Final[Mapping[str, Reason]] = {
    "CHARGE_UNITS_MISSING": Reason(
        "a charge per km or day without kilometres or days",
        "fill in the units",
        "La voce in {field} ({formula}) richiede la quantità.",
        "The charge in {field} ({formula}) needs its number of units.",
    ),
    "CHARGE_SERVES_UNKNOWN_LINE": Reason(
        "a charge names a line that the revision does not have",
        "name lines of this revision, or none for all",
        "La voce in {field} indica una riga che non esiste ({value}).",
        "The charge in {field} names a line that does not exist ({value}).",
    ),
    "CHARGE_WEIGHT_NEGATIVE": Reason(
        "the lines that a charge serves are worth less than nothing in one VAT group",
        "let it serve other lines too",
        "Le righe servite dalla voce in {field} valgono meno di zero ad aliquota {rate} {natura}.",
        "The lines that the charge in {field} serves are worth less than zero at VAT rate {rate} {natura}.",
    ),
    "WEIGHT_NEGATIVE": Reason(
        "a weight below zero",
        "correct the weight",
        "Il peso in {field} è negativo.",
        "The weight in {field} is negative.",
    ),
    "WEIGHT_MISSING": Reason(
        "an amount is to be split and nothing has any weight",
        "choose another method, or lines with a weight",
        "Non c'è nulla su cui ripartire l'importo.",
        "There is nothing to split the amount over.",
    ),
}

SNAPSHOTS: Final[Mapping[str, Reason]] = {
    "SNAPSHOT_VALUE": Reason(
        "a value that has no one canonical text",
        "send figures as text, times with their offset, text as valid Unicode",
        "Il valore in {field} non può essere congelato: {value}.",
        "The value in {field} cannot be frozen: {value}.",
    ),
    "SNAPSHOT_TOO_LARGE": Reason(
        "the snapshot exceeds its limit",
        "move pictures and long texts to attachments",
        "Il documento supera il limite di {max} byte.",
        "The document exceeds the limit of {max} bytes.",
    ),
    "SNAPSHOT_MALFORMED": Reason(
        "stored bytes are not a canonical snapshot",
        "fetch the snapshot again from its owner",
        "Il documento congelato non è leggibile.",
        "The frozen document cannot be read.",
    ),
    "SNAPSHOT_ALTERED": Reason(
        "bytes and hash of a snapshot differ",
        "restore the snapshot; someone or something changed it",
        "Il documento congelato {value} è stato alterato.",
        "The frozen document {value} has been altered.",
    ),
    "SNAPSHOT_PRICES_DIFFER": Reason(
        "pricing the frozen inputs again gives other totals than those frozen",
        "report it: either the snapshot or the kernel is wrong",
        "Ricalcolando il documento congelato {value} si ottengono altri totali.",
        "Pricing the frozen document {value} again gives other totals.",
    ),
    "SNAPSHOT_LINK": Reason(
        "a snapshot does not follow the one before it",
        "check that no revision is missing from the chain",
        "Il documento congelato {value} non segue la revisione precedente.",
        "The frozen document {value} does not follow the revision before it.",
    ),
    "SNAPSHOT_HASH": Reason(
        "not 64 lower-case hexadecimal digits",
        "a mistake of the calling program",
        "“{value}” non è un'impronta SHA-256.",
        "“{value}” is not a SHA-256 hash.",
    ),
    "SNAPSHOT_KEY_TAKEN": Reason(
        "the content has a name that the snapshot itself uses",
        "rename the field",
        "Il nome “{value}” è riservato al documento congelato.",
        "The name “{value}” is reserved for the frozen document.",
    ),
    "SNAPSHOT_SALT": Reason(
        "a salt of less than 16 bytes",
        "make a longer one",
        "Il sale per i dati personali è troppo corto.",
        "The salt for personal data is too short.",
    ),
}

STATES: Final[Mapping[str, Reason]] = {
    "COMMAND_UNKNOWN": Reason(
        "no such command for this kind of record",
        "a mistake of the calling program",
        "Il comando {command} non esiste per {entity}.",
        "There is no command {command} for {entity}.",
    ),
    "STATE_UNKNOWN": Reason(
        "not a state of this kind of record",
        "a mistake of the calling program",
        "Lo stato {state} non esiste per {entity}.",
        "There is no state {state} for {entity}.",
    ),
    "TRANSITION_NOT_ALLOWED": Reason(
        "the record's state forbids the command",
        "bring the record into one of the allowed states first",
        "Non è possibile ora: lo stato è {state}, il comando {command} vuole {allowed}.",
        "Not possible now: the state is {state}, the command {command} needs {allowed}.",
    ),
    "OUTCOME_REASON_MISSING": Reason(
        "lost, cancelled, expired and refused need a reason",
        "choose a reason of the list",
        "Indicare il motivo.",
        "Give a reason.",
    ),
    "REVISION_NOT_FROZEN": Reason(
        "only a frozen revision can be accepted",
        "freeze it first",
        "La revisione non è congelata: congelarla prima di accettarla.",
        "The revision is not frozen: freeze it before accepting it.",
    ),
    "REVISION_NOT_CURRENT": Reason(
        "a newer revision took its place",
        "accept the current one, or make a new revision from this one",
        "La revisione non è quella corrente: ne esiste una più recente.",
        "The revision is not the current one: there is a newer one.",
    ),
    "REVISION_NOT_SIGNED": Reason(
        "the offer type asks for a signature",
        "have it signed first",
        "La revisione non è firmata: il tipo di offerta richiede la firma.",
        "The revision is not signed: its offer type asks for a signature.",
    ),
    "OFFER_EXPIRED": Reason(
        "the last day of validity was over at the instant of acceptance",
        "make a new revision with a later validity",
        "L'offerta è scaduta: fare una nuova revisione con validità aggiornata.",
        "The offer has expired: make a new revision with a later validity.",
    ),
    "CHARGE_WITHOUT_LINES": Reason(
        "a charge serves no line that is worth anything, so its VAT is unknown",
        "add lines, let it serve others, or give it its own rate",
        "Una voce di piede non ha righe da servire: la sua IVA non è determinabile.",
        "A charge has no lines to serve: its VAT cannot be known.",
    ),
    "SPREAD_STALE": Reason(
        "a line or charge changed after its spread run",
        "spread again or undo",
        "Una ripartizione non è aggiornata: ripeterla o annullarla.",
        "A spread is out of date: run it again or undo it.",
    ),
    "PRICE_MISSING": Reason(
        "a counted line has no price yet",
        "choose a price list or type a price",
        "Una riga non ha ancora un prezzo.",
        "A line has no price yet.",
    ),
    "TIME_WITHOUT_ZONE": Reason(
        "an instant without an offset from UTC",
        "a mistake of the calling program",
        "L'istante non ha fuso orario.",
        "The instant has no time zone.",
    ),
}

PRICES: Final[Mapping[str, Reason]] = {
    "PRICE_NOT_FOUND": Reason(
        "no list prices the article for this customer, quantity and day",
        "choose a list that does, add a price, or type one and lock it",
        "Nessun prezzo per {article}. Cercato in: {looked}.",
        "No price for {article}. Looked in: {looked}.",
    ),
    "PRICE_LIST_UNKNOWN": Reason(
        "a chosen list is not among those of the offer",
        "choose one that is valid for the customer",
        "Il listino {value} non è disponibile per questa offerta.",
        "The list {value} is not available for this offer.",
    ),
    "PRICE_LIST_REPEATED": Reason(
        "two lists with one id",
        "a mistake of the calling program",
        "Il listino {value} compare due volte.",
        "The list {value} appears twice.",
    ),
    "PRICE_NEGATIVE": Reason(
        "a list price below zero",
        "correct the list",
        "Il prezzo in {field} è negativo.",
        "The price in {field} is negative.",
    ),
    "PRICE_ROW_EMPTY": Reason(
        "a row of a list with neither price nor discounts",
        "fill in one of them or remove the row",
        "La riga in {field} non ha né prezzo né sconti.",
        "The row in {field} has neither a price nor discounts.",
    ),
    "PRICE_ROW_NET": Reason(
        "a net price with discounts, or without a price",
        "a net price is a price that takes no discount",
        "La riga in {field} è a prezzo netto: vuole un prezzo e nessuno sconto.",
        "The row in {field} is a net price: it takes a price and no discounts.",
    ),
    "COST_PLUS_NOT_POSITIVE": Reason(
        "cost plus markup without a cost, or with a markup below -100 %",
        "fill in the cost or use a list",
        "Il prezzo di {article} dal costo non è calcolabile.",
        "The price of {article} cannot be made from its cost.",
    ),
    "RATE_NOT_POSITIVE": Reason(
        "an exchange rate of zero or less",
        "correct the rate",
        "Il cambio da {of} a {to} non è positivo.",
        "The exchange rate from {of} to {to} is not above zero.",
    ),
    "RATE_MISSING": Reason(
        "a price in another currency and no rate frozen on the offer",
        "freeze a rate on the offer",
        "Manca il cambio da {of} a {to} in questa offerta.",
        "The exchange rate from {of} to {to} is missing on this offer.",
    ),
    "COUNTRY_UNKNOWN": Reason(
        "not a country code of two capital letters",
        "use the ISO code",
        "“{value}” non è un codice di nazione.",
        "“{value}” is not a country code.",
    ),
}

SPREADS: Final[Mapping[str, Reason]] = {
    "SPREAD_CHARGE_UNKNOWN": Reason(
        "the charge is not in the revision",
        "a mistake of the calling program, or the charge was deleted",
        "La voce di piede {value} non esiste.",
        "There is no charge {value}.",
    ),
    "SPREAD_CHARGE_NOT_BILLED": Reason(
        "the charge is absorbed, or waits for lines",
        "show it first, or add lines",
        "La voce {value} non è fatturata al cliente: non si può ripartire.",
        "The charge {value} is not billed to the customer: it cannot be spread.",
    ),
    "SPREAD_LINE_LOCKED": Reason(
        "a line that the charge serves is locked",
        "unlock it, or let the charge serve other lines",
        "La riga {line} è bloccata: sbloccarla o escluderla dalla voce.",
        "Line {line} is locked: unlock it or take it out of the charge.",
    ),
    "SPREAD_WEIGHT_NEGATIVE": Reason(
        "a line would weigh less than nothing",
        "choose another method, or take the line out of the charge",
        "La riga {line} ha un peso negativo con questo metodo.",
        "Line {line} has a negative weight under this method.",
    ),
    "SPREAD_NO_WEIGHT": Reason(
        "no essential line of a VAT group has any weight, so nobody can carry the group's part",
        "choose another method, or show the charge",
        "La riga {line} (IVA {rate} {natura}) non può portare la sua parte della voce.",
        "Line {line} (VAT {rate} {natura}) cannot carry its part of the charge.",
    ),
    "SPREAD_COST_MISSING": Reason(
        "spreading by cost and a line without cost, or a caller who may not see cost",
        "fill in the cost or choose another method",
        "Manca il costo della riga {line}.",
        "The cost of line {line} is missing.",
    ),
}

MARGINS: Final[Mapping[str, Reason]] = {
    "COST_MISSING": Reason(
        "a counted line without a cost",
        "fill in the cost",
        "Manca il costo della riga {line}.",
        "The cost of line {line} is missing.",
    ),
    "COST_NEGATIVE": Reason(
        "a cost below zero",
        "correct the cost",
        "Il costo in {field} è negativo.",
        "The cost in {field} is negative.",
    ),
    "MARGIN_OUT_OF_RANGE": Reason(
        "a margin of 100 % or more, or below -1000 %",
        "a margin is a part of the price: use less than 100",
        "Il margine {value} % non è possibile: deve essere minore di 100.",
        "A margin of {value} % is not possible: it must be below 100.",
    ),
    "GUARD_ORDER": Reason(
        "the target margin is below the least margin",
        "swap them",
        "Il margine obiettivo è sotto il margine minimo.",
        "The target margin is below the least margin.",
    ),
}

GOALS: Final[Mapping[str, Reason]] = {
    "GOAL_NEGATIVE": Reason(
        "a goal below zero",
        "use zero or more",
        "L'obiettivo non può essere negativo.",
        "The goal cannot be negative.",
    ),
    "GOAL_LINE_UNKNOWN": Reason(
        "the line is not in the revision or has no price",
        "choose a priced line",
        "La riga {value} non esiste o non ha prezzo.",
        "Line {value} does not exist or has no price.",
    ),
    "GOAL_NO_FREE_LINE": Reason(
        "every counted line is locked, worth nothing, or of a quantity that cannot be steered to the cent",
        "unlock a line",
        "Nessuna riga può cambiare prezzo: sbloccarne almeno una.",
        "No line can change its price: unlock at least one.",
    ),
    "GOAL_BELOW_LEAST": Reason(
        "locked lines, floors and charges alone come to more than the goal",
        "unlock lines, lower floors, or accept the nearest figure",
        "L'obiettivo è sotto il minimo raggiungibile con le righe libere.",
        "The goal is below the least that the free lines allow.",
    ),
    "GOAL_ABOVE_MOST": Reason(
        "the goal exceeds the largest prices",
        "check the figure",
        "L'obiettivo supera il massimo raggiungibile.",
        "The goal is above the most that can be reached.",
    ),
    "GOAL_BETWEEN_CENTS": Reason(
        "rounding of VAT or discount skips this amount: a cent less gives less, a cent more gives more",
        "take the nearest figure, or lock fewer lines",
        "Per gli arrotondamenti questo importo esatto non esiste: si propone il più vicino.",
        "Rounding skips this exact amount: the nearest one is proposed.",
    ),
    "GOAL_NOT_FOUND": Reason(
        "no combination of cents among those tried gives exactly the goal",
        "take the nearest figure, or lock fewer lines",
        "Nessuna combinazione trovata dà esattamente questo importo: si propone il più vicino.",
        "No combination was found that gives exactly this amount: the nearest one is proposed.",
    ),
    "GOAL_LINE_LOCKED": Reason(
        "the line is locked",
        "unlock it",
        "La riga è bloccata: sbloccarla per cambiarne il prezzo.",
        "The line is locked: unlock it to change its price.",
    ),
    "GOAL_NO_SUCH_PRICE": Reason(
        "no unit price of 8 decimals gives the amount: no quantity, a discount of 100 %, or too many pieces",
        "change quantity or discounts",
        "Nessun prezzo unitario dà esattamente questo importo con questa quantità e questi sconti.",
        "No unit price gives exactly this amount with this quantity and these discounts.",
    ),
}

COMMANDS: Final[Mapping[str, Reason]] = {
    "LIST_PRICE_MISSING": Reason(
        "a line names an article and no price, and the list in force has none for it",
        "type a price, or choose another list",
        "L'articolo non ha un prezzo nel listino in vigore: scriverlo o scegliere un altro listino.",
        "The article has no price in the list in force: type one or choose another list.",
    ),
    "REASON_OF_OTHER_OUTCOME": Reason(
        "a reason for being lost was given for a cancellation, say",
        "choose a reason of the outcome's own list",
        "Il motivo scelto non riguarda questo esito.",
        "The chosen reason is not one for this outcome.",
    ),
    "REASON_INACTIVE": Reason(
        "administrators took the reason out of use",
        "choose another reason",
        "Il motivo scelto non è più in uso.",
        "The chosen reason is no longer in use.",
    ),
    "STATUS_OF_OTHER_STATE": Reason(
        "a state of the administrators' own belongs to one system state only",
        "choose one of the state that the offer is in",
        "Lo stato scelto appartiene a un'altra fase dell'offerta.",
        "The chosen state belongs to another stage of the offer.",
    ),
    "STATUS_INACTIVE": Reason(
        "administrators took the state out of use",
        "choose another state",
        "Lo stato scelto non è più in uso.",
        "The chosen state is no longer in use.",
    ),
    "OPPORTUNITY_OF_OTHER_PARTY": Reason(
        "an offer names an opportunity of another party",
        "choose an opportunity of the offer's own party",
        "L'opportunità scelta è di un altro cliente.",
        "The chosen opportunity is another customer's.",
    ),
    "SENDING_ALREADY": Reason(
        "mail was asked to send this revision and has not answered yet",
        "wait for its answer",
        "L'invio di questa revisione è già in corso.",
        "This revision is being sent already.",
    ),
    "NOT_HERE": Reason(
        "a member that this kind of call does not take",
        "leave it out",
        "Il campo non è previsto qui.",
        "The field does not belong here.",
    ),
    "TIME_AHEAD": Reason(
        "a time of something done lies in the future",
        "correct the time",
        "L'ora indicata è nel futuro.",
        "The time lies in the future.",
    ),
    "OFFER_CLOSED": Reason(
        "the offer became an order, or was cancelled",
        "copy it into a new offer",
        "L'offerta è chiusa e non si modifica più ({state}).",
        "The offer is closed and changes no more ({state}).",
    ),
    "REVISION_NOT_DRAFT": Reason(
        "frozen revisions never change",
        "make a new revision",
        "La revisione è congelata: fare una nuova revisione.",
        "The revision is frozen: make a new one.",
    ),
    "REVISION_EXISTS": Reason(
        "the alternative has a revision; the next one is made from it",
        "use :revise",
        "L'alternativa ha già una revisione: crearne una nuova da quella.",
        "The alternative has a revision already: make the next one from it.",
    ),
    "DRAFT_EXISTS": Reason(
        "the alternative has an unfinished draft",
        "finish or delete that draft first",
        "C'è già una revisione in bozza: completarla o eliminarla.",
        "There is a draft already: finish or delete it.",
    ),
    "REVISION_EMPTY": Reason(
        "a revision without lines cannot be frozen",
        "add a line",
        "La revisione non ha righe.",
        "The revision has no lines.",
    ),
    "HASH_DIFFERS": Reason(
        "the device that froze the revision computed another hash than the server",
        "synchronise, compare both snapshots, freeze again",
        "La revisione congelata sul dispositivo non coincide con quella del server.",
        "The revision as frozen on the device is not the one on the server.",
    ),
    "REVISION_REQUIRED": Reason(
        "several frozen alternatives are open",
        "name the accepted revision",
        "Ci sono {count} alternative: indicare quale è stata accettata.",
        "There are {count} alternatives: say which one was accepted.",
    ),
    "ACCEPTED_OTHERWISE": Reason(
        "another revision of the offer was accepted before",
        "let the manager decide between the two",
        "È già stata accettata un'altra revisione di questa offerta.",
        "Another revision of this offer has been accepted before.",
    ),
}

DOCUMENT_NUMBERS: Final[Mapping[str, Reason]] = {
    "NUMBERS_NEED_DEVICE": Reason(
        "numbers were asked for in a session without a device",
        "sign in on the device that is to give them",
        "I numeri si riservano solo a un dispositivo registrato.",
        "Numbers are reserved for a registered device only.",
    ),
    "NUMBERS_ENOUGH": Reason(
        "the device holds numbers that it has not used",
        "use those first",
        "Il dispositivo ha già {most} numeri riservati e non usati.",
        "The device holds {most} numbers already that it has not used.",
    ),
    "DOCUMENT_NUMBER_MALFORMED": Reason(
        "a document brings a number in no known form",
        "leave it out: the owner gives the next one",
        "“{value}” non è un numero di documento: lasciarlo vuoto.",
        "“{value}” is not the number of a document: leave it out.",
    ),
    "DOCUMENT_NUMBER_NOT_RESERVED": Reason(
        "the number is in no block of this device for the year of the document",
        "leave it out: the owner gives the next one",
        "Il numero {value} non è riservato a questo dispositivo per l'anno del documento.",
        "The number {value} is not reserved for this device in the document's year.",
    ),
    "DOCUMENT_NUMBER_TAKEN": Reason(
        "another document has this number: a device was copied or set back",
        "leave it out: the owner gives the next one",
        "Il numero {value} è già di un altro documento.",
        "The number {value} is another document's already.",
    ),
}

REASONS: Final[Mapping[str, Reason]] = {
    **NUMBERS,
    **LINES,
    **VAT,
    **CHARGES,
    **SNAPSHOTS,
    **STATES,
    **PRICES,
    **SPREADS,
    **MARGINS,
    **GOALS,
    **COMMANDS,
    **DOCUMENT_NUMBERS,
}


class _Open(dict[str, str]):
    """Leaves a placeholder that has no value as it is; a half-filled text is better than a lost error."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def text(reason: str, language: str, params: Mapping[str, str]) -> str:
    """The text of a reason in `it` or `en` (any other language: English); the reason itself if it is not
    listed.
    """
    found = REASONS.get(reason)
    if found is None:
        return reason
    return (found.it if language == "it" else found.en).format_map(_Open(params))


def english(reason: str, params: Mapping[str, str]) -> str:
    """The English text, as it travels in an error's `detail`."""
    return text(reason, "en", params)
