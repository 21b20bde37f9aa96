"""Pages that answer 200 and are no article: error pages, cookie and bot walls, login and paywall stubs.

Pure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.ingest import clean

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

    from digest.ingest.meta import Meta

_ERROR = re.compile(
    r"^(?:error\s*)?(?:40[0134]|410|50[0234])\b|\bpage not found\b|\bnot found\b|\b(?:page"
    r"|article) (?:is )?(?:no longer|not) (?:available|exist)"
    r"|^oops\b|internal server error|service unavailable|bad gateway|temporarily unavailable"
    r"|page introuvable|seite nicht gefunden"
    r"|p[aá]gina no encontrada|الصفحة غير موجودة|الصفحة المطلوبة غير|لم يتم العثور|sayfa bulunamad",
    re.IGNORECASE,
)
_ROBOT = re.compile(
    r"just a moment|attention required|are you (?:a )?(?:human|robot)"
    r"|verify(?:ing)? (?:that )?you are (?:a )?human|access denied|checking your browser"
    r"|enable javascript and cookies|unusual traffic|captcha|request blocked|pardon our interruption",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"before you continue|we (?:value|respect) your privacy|your privacy (?:choices|matters|settings)"
    r"|cookie (?:consent|settings|preferences)"
    r"|we and our (?:\d+ )?partners|accept (?:all )?cookies|manage (?:your )?(?:cookie|consent"
    r"|choices)|gestion des cookies|consentement"
    r"|datenschutz-einstellungen|zustimmen und weiter|ملفات تعريف الارتباط",
    re.IGNORECASE,
)
_PAY = re.compile(
    r"subscribe to (?:continue|read|unlock|keep reading)|to continue reading|subscribers? only"
    r"|for subscribers|already a subscriber|become a (?:member|subscriber)"
    r"|create (?:a )?(?:free )?account to|sign in to (?:continue|read)|log in to (?:continue|read)"
    r"|you have reached your (?:article )?limit|free articles? (?:left|remaining)"
    r"|r[eé]serv[eé]s? aux abonn[eé]s|abonnez-vous pour|nur f(?:ü|ue)r abonnenten"
    r"|mit .{0,20}weiterlesen|للمشتركين فقط|اشترك لمتابعة القراءة",
    re.IGNORECASE,
)
_SHORT = 1200
_STUB = 600


def wall(tree: LexborHTMLParser, told: Meta, body: str) -> str:
    """Return why the page is no article, as a sentence; "" when nothing speaks against it."""
    title = clean.line(_title(tree) or told.title)
    opening = body[:_STUB]
    if _ERROR.search(title) and len(body) < _SHORT and not told.published:
        return f"it is an error page with status 200: {title[:80]!r}"
    if (_ROBOT.search(title) or _ROBOT.search(opening)) and len(body) < _SHORT:
        return f"it is a robot check, not a page: {title[:80]!r}"
    if len(_CONSENT.findall(f"{title}\n{opening}")) > (0 if not told.published else 1) and len(body) < _SHORT:
        return f"it is a cookie wall: {title[:80]!r}"
    return _paywall(tree, told, body)


def _paywall(tree: LexborHTMLParser, told: Meta, body: str) -> str:
    """Refuse a stub without a summary; with an honest summary it still is an article."""
    if len(body) >= _SHORT or told.description:
        return ""
    page = clean.line(tree.body.text(deep=True, separator=" "))[:20_000] if tree.body else ""
    if (told.paywalled or _PAY.search(page)) and (len(body) < _STUB or _PAY.search(body)):
        return "it is a paywall stub: neither text nor summary can be read"
    return ""


def invites(paragraph: str) -> bool:
    """Tell whether a paragraph asks to subscribe or to log in."""
    return bool(_PAY.search(paragraph))


def _title(tree: LexborHTMLParser) -> str:
    for selector in ("h1", "title"):
        node = tree.css_first(selector)
        if node is not None and (text := node.text(deep=True, separator=" ").strip()):
            return text
    return ""
