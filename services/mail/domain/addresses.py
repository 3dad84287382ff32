"""E-mail addresses: one form to compare by, and which domains say nothing about a company."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.utils import getaddresses

#: What we write to. Quoted local parts and address literals exist in the standard (RFC 5321), not in trade.
_WRITABLE = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)
_MAX_HEADER = 20_000
_MAX_ADDRESSES = 100

#: Web sites of many companies stand under these, and they write to everybody.
_PLATFORMS = frozenset({
    "altervista.org", "blogspot.com", "business.site", "ebay.it", "facebook.com", "github.io", "google.com",
    "instagram.com", "linkedin.com", "linktr.ee", "paginegialle.it", "shopify.com", "tiktok.com",
    "twitter.com", "weebly.com", "wixsite.com", "wordpress.com", "x.com", "youtube.com",
})  # fmt: skip
#: Anybody may have an address there, so the domain names no company. Lists of the larger providers that
#: customers in Italy and its neighbours use; PEC providers sell addresses under their own domains too.
PUBLIC_DOMAINS = frozenset({
    "alice.it", "aliceposta.it", "aol.com", "arubapec.it", "bluewin.ch", "email.it", "fastmail.com",
    "fastwebnet.it", "free.fr", "gmail.com", "gmx.at", "gmx.ch", "gmx.de", "gmx.net", "googlemail.com",
    "hotmail.com", "hotmail.fr", "hotmail.it", "icloud.com", "inwind.it", "iol.it", "laposte.net",
    "legalmail.it", "libero.it", "live.com", "live.it", "mac.com", "mail.com", "mail.ru", "me.com",
    "msn.com", "orange.fr", "outlook.com", "outlook.de", "outlook.fr", "outlook.it", "pec.aruba.it",
    "pec.it", "pec.libero.it", "pecmail.it", "poste.it", "posteo.de", "proton.me", "protonmail.com",
    "sfr.fr", "t-online.de", "tim.it", "tin.it", "tiscali.it", "virgilio.it", "vodafone.it", "wanadoo.fr",
    "web.de", "yahoo.com", "yahoo.de", "yahoo.fr", "yahoo.it", "ymail.com", "zoho.com",
})  # fmt: skip


def is_writable(address: str) -> bool:
    """True for an address that a message may be written to: one line, plain characters, a full domain."""
    local, _, _ = address.rpartition("@")
    return len(address) <= 254 and len(local) <= 64 and _WRITABLE.fullmatch(address) is not None


def folded(address: str) -> str:
    """Return the form by which addresses are compared: lower case, the part after a plus left out."""
    local, _, domain = address.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}" if local else address.strip().lower()


def domain_of(address: str) -> str:
    """Return the domain in lower case, "" without one."""
    return address.strip().lower().rpartition("@")[2] if "@" in address else ""


def names_a_company(domain: str) -> bool:
    """True if mail from this domain comes from one company; sub-domains of public providers do not."""
    labels = domain.split(".")
    parents = {".".join(labels[i:]) for i in range(len(labels) - 1)}
    return len(labels) > 1 and not parents & PUBLIC_DOMAINS and not parents & _PLATFORMS


def read_addresses(header: str) -> list[tuple[str, str]]:
    """Return (name, address) of each mailbox in an address header, as far as it can be read; 100 at most."""
    try:
        found = getaddresses([header[:_MAX_HEADER].replace("\r", " ").replace("\n", " ")])
    except (ValueError, IndexError, TypeError, HeaderParseError, RecursionError):
        return []
    return [(name[:200], address[:320]) for name, address in found if "@" in address][:_MAX_ADDRESSES]
