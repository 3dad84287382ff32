"""What the import says, in Italian and English. Reasons of the services have their texts there."""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping
from typing import Final

from gateway.importing.errors import ImportStopped, LineProblem
from services.aftersales.domain.reasons import REASONS as OF_MACHINES
from services.crm.domain.reasons import REASONS as OF_PARTIES

_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "password": ("Password", "Password"),
    "reading": ("Leggo {path}: {lines} righe.", "Reading {path}: {lines} lines."),
    "columns": ("Colonne usate: {used}.", "Columns used: {used}."),
    "ignored": ("Colonne ignorate: {headers}.", "Columns left out: {headers}."),
    "line": ("riga {line}, {column}: {text}", "line {line}, {column}: {text}"),
    "whole_line": ("riga {line}: {text}", "line {line}: {text}"),
    "more": ("… e altre {count}, tutte in {path}.", "… and {count} more, all of them in {path}."),
    "dry": (
        "Prova: {good} righe si possono importare ({present} già presenti), {bad} no. Nulla è stato scritto.",
        "Dry run: {good} lines can be imported ({present} are there already), {bad} cannot; nothing written.",
    ),
    "done": (
        "Importate {created}, già presenti {present}, non importate {bad}; {seconds} s, {rate} righe/s.",
        "Imported {created}, there already {present}, not imported {bad}; {seconds} s, {rate} lines/s.",
    ),
    "errors_in": ("Righe da correggere, con il motivo: {path}", "Lines to correct, with the reason: {path}"),
    "progress": (
        "{done} di {total}, {rate} righe/s, ancora {left}",
        "{done} of {total}, {rate} lines/s, {left} left",
    ),
    "stopped": (
        "Interrotto dopo {done} righe. Ripetere lo stesso comando: riprende senza creare doppioni.",
        "Stopped after {done} lines. Run the same command again: it goes on and makes nothing twice.",
    ),
    "reason_column": ("motivo", "reason"),
    "line_column": ("riga", "line"),
    # Lines
    "NAME_MISSING": ("manca il nome.", "the name is missing."),
    "DUPLICATE_LINE": ("uguale alla riga {value}.", "the same as line {value}."),
    "DUPLICATE_PARTY": (
        "esiste già un'anagrafica con questa partita IVA ({value}).",
        "a party with this VAT number exists already ({value}).",
    ),
    "UNKNOWN_VALUE": ("«{value}» non è un valore previsto.", "'{value}' is none of the known values."),
    "UNKNOWN_TERRITORY": ("il territorio «{value}» non esiste.", "there is no territory '{value}'."),
    "UNKNOWN_CUSTOMER": (
        "nessun cliente visibile con codice, partita IVA o nome «{value}».",
        "no visible customer with the code, VAT number or name '{value}'.",
    ),
    "SEVERAL_CUSTOMERS": (
        "più clienti con nome «{value}»: indicare codice o partita IVA.",
        "several customers with the name '{value}': give the code or VAT number.",
    ),
    "REQUIRED_CELL": ("la cella è vuota.", "the cell is empty."),
    "WRONG_DATE": (
        "«{value}» non è una data: scrivere 2026-03-27 o 27/03/2026.",
        "'{value}' is no date: write 2026-03-27 or 27/03/2026.",
    ),
    "WRONG_TIME": (
        "«{value}» non è un orario: scrivere 27/03/2026 16:30 o 2026-03-27T16:30:00Z.",
        "'{value}' is no time: write 27/03/2026 16:30 or 2026-03-27T16:30:00Z.",
    ),
    "WRONG_NUMBER": (
        "«{value}» non è un numero chiaro: scrivere 31850,00 o 31.850,00.",
        "'{value}' is no clear number: write 31850.00.",
    ),
    "WRONG_VALUE": (
        "il campo non ammette «{value}».",
        "the field does not take '{value}'.",
    ),
    "DUPLICATE_MACHINE": (
        "questa macchina esiste già ({value}).",
        "this machine exists already ({value}).",
    ),
    "UNKNOWN_OWNER": ("l'utente «{value}» non esiste.", "there is no user '{value}'."),
    "TOO_LONG": ("al massimo {value} caratteri.", "at most {value} characters."),
    "SERVER_REFUSED_LINE": ("rifiutata dal server: {value}", "refused by the server: {value}"),
    # Why nothing is imported
    "FILE_MISSING": ("Il file {path} non esiste.", "There is no file {path}."),
    "FILE_TOO_LARGE": (
        "Il file {path} supera {limit_mib} MiB: dividerlo.",
        "The file {path} is larger than {limit_mib} MiB: split it.",
    ),
    "FILE_UNREADABLE": (
        "Il file {path} non è leggibile: è danneggiato o di un altro formato.",
        "The file {path} cannot be read: it is damaged or of another format.",
    ),
    "UNKNOWN_FORMAT": (
        "Formato non previsto: {path}. Si leggono CSV, fogli elettronici (xlsx, xls, ods) e vCard (vcf).",
        "Unknown format: {path}. CSV, spreadsheets (xlsx, xls, ods) and vCards (vcf) are read.",
    ),
    "NO_HEADERS": (
        "La prima riga di {path} deve contenere i nomi delle colonne.",
        "The first line of {path} must hold the names of the columns.",
    ),
    "HEADER_TWICE": ("Colonne con lo stesso nome: {headers}.", "Columns of the same name: {headers}."),
    "NO_LINES": ("{path} non contiene righe.", "{path} has no lines."),
    "UNKNOWN_HEADER": (
        "Non c'è una colonna «{header}». Colonne del file: {headers}.",
        "There is no column '{header}'. Columns of the file: {headers}.",
    ),
    "UNKNOWN_FIELD": (
        "«{field}» non è un campo. Campi: {fields}.",
        "'{field}' is no field. Fields: {fields}.",
    ),
    "FIELD_TWICE": (
        "Due colonne per il campo {field}: {headers}. Escluderne una con --map 'colonna='.",
        "Two columns for the field {field}: {headers}. Leave one out with --map 'column='.",
    ),
    "COLUMN_MISSING": (
        "Nessuna colonna contiene «{field}»; indicarla con --map 'colonna={field}'. Colonne: {headers}.",
        "No column holds '{field}'; say which with --map 'column={field}'. Columns: {headers}.",
    ),
    "WRONG_CREDENTIALS": ("Nome utente o password errati.", "The user name or the password is wrong."),
    "SERVER_AWAY": ("Il server non risponde.", "The server does not answer."),
    "SERVER_REFUSED": ("Il server ha rifiutato: {detail}", "The server refused: {detail}"),
}


def spoken_language() -> str:
    """Return the language of the texts, `it` or `en`: SALES_LANGUAGE, else the system's."""
    chosen = os.environ.get("SALES_LANGUAGE") or locale.getlocale()[0] or "it"
    return "en" if chosen.lower().startswith("en") else "it"


def text(key: str, language: str, **values: object) -> str:
    """Return a text in the language, `it` or `en`."""
    return _TEXTS[key][language == "en"].format(**values)


def problem_text(problem: LineProblem, language: str) -> str:
    """Return what is wrong with a line."""
    if problem.reason in _TEXTS:
        return text(problem.reason, language, value=problem.value)
    reason = OF_PARTIES.get(problem.reason) or OF_MACHINES[problem.reason]
    said = reason.en if language == "en" else reason.it
    return f"{said} ({problem.value})" if problem.value else said


def stopped_text(stopped: ImportStopped, language: str) -> str:
    """Return why an import stopped."""
    return text(stopped.reason, language, **stopped.params)
