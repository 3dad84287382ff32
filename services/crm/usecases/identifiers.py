"""Identifiers of companies and people as users type them, checked offline and stored in one form.

Check digits by python-stdnum: partita IVA (D.P.R. 633/1972 art. 35), codice fiscale (D.M. 23/12/1976), EU
VAT numbers by each country's own rule. Whether a number is *active* is another question, asked at VIES.
"""

from __future__ import annotations

import re

import phonenumbers
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError
from stdnum.it import codicefiscale, iva

from services.kit.errors import Invalid, Violation

_SDI = re.compile(r"[A-Z0-9]{6,7}")
_COUNTRY = re.compile(r"[A-Z]{2}")
#: Good enough to catch slips; whether the mailbox exists only a message can tell.
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")
#: Most numbers of an Italian company's customers; the rest, and what is wrong, goes to the libraries, which
#: take ten times as long (an import asks for a number of each of its lines twice). A property test compares.
_PARTITA_IVA = re.compile(r"(?!0{7})[0-9]{7}(?:00[1-9]|0[1-9][0-9]|100|12[01]|888|999)[0-9]")
_DOUBLED = str.maketrans("0123456789", "0246813579")
_ITALIAN_PHONE = re.compile(r"(\+39 ?)?(0[1-9](?: ?[0-9]){5,8}|3[0-8](?: ?[0-9]){8})")
_EU = {
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "HR", "HU", "IE", "IT", "LT",
    "LU",
    "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "XI",
}  # fmt: skip


def _wrong(field: str, reason: str) -> Invalid:
    return Invalid("INVALID_FIELDS", violations=[Violation(field, reason)])


def vat_number(text: str, country: str) -> str:
    """Return a VAT number without spaces: 11 digits for Italy, prefix and number elsewhere in the Union.

    Numbers of countries outside the Union are kept as typed.

    Raises:
        Invalid: INVALID_VAT_NUMBER.
    """
    compact = re.sub(r"[\s./-]", "", text).upper()
    if not compact:
        return ""
    prefix = compact[:2] if compact[:2].isalpha() else ("EL" if country == "GR" else country or "IT")
    number = compact.removeprefix(prefix) if compact[:2].isalpha() else compact
    try:
        if prefix == "IT":
            return number if _is_partita_iva(number) else str(iva.validate(number))
        if prefix in _EU:
            return str(eu_vat.validate(prefix + number))
    except ValidationError as error:
        raise _wrong("vat_number", "INVALID_VAT_NUMBER") from error
    return compact


def _is_partita_iva(number: str) -> bool:
    """Whether it is one: seven digits, the office that gave it, Luhn's check digit."""
    if not _PARTITA_IVA.fullmatch(number):
        return False
    return sum(map(int, number[::2] + number[1::2].translate(_DOUBLED))) % 10 == 0


def tax_code(text: str) -> str:
    """Return a codice fiscale in capitals: 16 characters of a person, 11 digits of a company.

    Raises:
        Invalid: INVALID_TAX_CODE.
    """
    compact = re.sub(r"\s", "", text).upper()
    if not compact:
        return ""
    try:
        return str(codicefiscale.validate(compact))
    except ValidationError as error:
        raise _wrong("tax_code", "INVALID_TAX_CODE") from error


def sdi_code(text: str) -> str:
    """Return the recipient code of the exchange system in capitals.

    Raises:
        Invalid: INVALID_SDI_CODE.
    """
    compact = text.strip().upper()
    if compact and not _SDI.fullmatch(compact):
        raise _wrong("sdi_code", "INVALID_SDI_CODE")
    return compact


def country_code(text: str) -> str:
    """Return a country's two letters in capitals; Italy where nothing is said.

    Raises:
        Invalid: INVALID_COUNTRY.
    """
    compact = text.strip().upper() or "IT"
    if not _COUNTRY.fullmatch(compact):
        raise _wrong("country", "INVALID_COUNTRY")
    return compact


def email(text: str, field: str) -> str:
    """Return an e-mail address without spaces around it, its domain in small letters.

    Raises:
        Invalid: INVALID_EMAIL at `field`.
    """
    compact = text.strip()
    if not compact:
        return ""
    if len(compact) > 254 or not _EMAIL.fullmatch(compact):
        raise _wrong(field, "INVALID_EMAIL")
    name, domain = compact.rsplit("@", 1)
    return f"{name}@{domain.lower()}"


def phone(text: str, country: str, field: str) -> str:
    """Return a phone number in E.164: +390451234567.

    Raises:
        Invalid: INVALID_PHONE at `field`.
    """
    italian = _ITALIAN_PHONE.fullmatch(text)
    if italian is not None and (italian[1] or country in ("IT", "")):
        return f"+39{italian[2].replace(' ', '')}"
    try:
        number = phonenumbers.parse(text, country or "IT")
    except phonenumbers.NumberParseException as error:
        raise _wrong(field, "INVALID_PHONE") from error
    if not phonenumbers.is_possible_number(number):
        raise _wrong(field, "INVALID_PHONE")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
