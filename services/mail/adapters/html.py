"""HTML of strangers, made harmless: no script, no form, no style sheet, nothing fetched from outside."""

from __future__ import annotations

import html
import re
from typing import Final

import nh3

_TAGS: Final = {
    "a", "abbr", "b", "blockquote", "br", "caption", "center", "code", "dd", "del", "div", "dl", "dt", "em",
    "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "li", "ol", "p", "pre", "s", "small",
    "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul",
}  # fmt: skip
_ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "align", "valign"},
    "th": {"colspan", "rowspan", "align", "valign"},
    "table": {"border", "cellpadding", "cellspacing", "width"},
    "font": {"color", "size"},
    "ol": {"start"},
}
_BLOCK_END = re.compile(r"(?i)<(br|/p|/div|/tr|/li|/h[1-6]|/table|/blockquote)\b[^>]*>")
_TAG = re.compile(r"<[^>]*>")
_BLANK = re.compile(r"\n\s*\n\s*\n+")


def sanitised(source: str) -> tuple[str, bool]:
    """Return the HTML that may be shown, and whether it had pictures from outside.

    Pictures inside the message (`cid:`) stay; those from outside lose their address, because fetching one
    tells its owner who reads when.
    """
    remote = False

    def keep(element: str, attribute: str, value: str) -> str | None:
        nonlocal remote
        if element == "img" and attribute == "src" and not value.strip().lower().startswith("cid:"):
            remote = True
            return None
        return value

    cleaned = nh3.clean(
        source,
        tags=_TAGS,
        clean_content_tags={"script", "style", "title", "template", "noscript", "iframe", "object"},
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )
    return cleaned, remote


def text_of(cleaned: str) -> str:
    """Return sanitised HTML as plain text, for lists and searches."""
    lines = _TAG.sub("", _BLOCK_END.sub("\n", cleaned))
    return _BLANK.sub("\n\n", html.unescape(lines).replace("\xa0", " ")).strip()
