"""What an extractor leaves around a story, taken off; the lead it leaves out, put back. Pure.

An extractor cuts by the shape of the markup. What reading the words can still tell: the headline and date
line before the text, comments and lists of other stories after it, notices of the site; and the paragraph set
apart under the headline.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.ingest import clean, dates
from digest.ingest.walls import invites

if TYPE_CHECKING:
    from collections.abc import Collection

    from selectolax.lexbor import LexborHTMLParser, LexborNode

_INVITATION = 160
_DATELINE = 90  # characters
_WORDS_BESIDE = 40  # characters a date line has beside its date
_HEAD = 4  # paragraphs among which the headline is looked for
_BEFORE = 0.4  # share of the text that must stand before what is cut as a list of other stories
_ITEM = 60  # characters that may stand beside a headline in one item of such a list
_ENDS = (".", "!", "?", "…", "»", "”", '"', "؟", "۔", "。", ")")
_SHORT = 60
_COMMENTS = re.compile(
    r"^(?:\d+\s+)?(?:(?:user |reader )?comments?|kommentare?|commentaires?|comentarios?|comentários?|commenti"
    r"|reacties|yorumlar|комментарии|коментарі|التعليقات|تعليقات|תגובות|نظرات|评论|評論|コメント"
    r"|leave a (?:reply|comment)|kommentar (?:schreiben|verfassen)|laisser un commentaire|اترك تعليق[اًا]*)"
    r"\s*(?:\(?\d+\)?)?\s*:?$|^#\s?\d+\s+\w+",
    re.IGNORECASE,
)
_REPLIES = (
    '[id^="comment"], [class^="comment"], [id*="coment"], [class*="coment"], [id*="komment"],'
    ' [class*="komment"], [id*="disqus"], [class*="-comments"], [id*="-comments"]'
)
_MOST_BOXES = 40
_WORD = 20  # characters; shorter paragraphs may stand in a comment by chance
_NOTICE = re.compile(
    r"privacy policy|terms (?:of (?:use|service)|and conditions)|community guidelines|comment(?:ing)? policy"
    r"|all rights reserved|views expressed|opinions expressed|follow us on|sign up (?:for|to) (?:our|the)"
    r"|datenschutzerklärung|nutzungsbedingungen|alle rechte vorbehalten|politique de confidentialité"
    r"|conditions d'utilisation|tous droits réservés|política de privacidad|todos los derechos"
    r"|سياسة الخصوصية|شروط (?:ال)?استخدام|إرشادات الاستخدام|جميع الحقوق محفوظة|الآراء الواردة|تابعونا على",
    re.IGNORECASE,
)
_NOTICE_LONGEST = 500
_LEADS = (
    '[itemprop="description"]', '[itemprop="about"]', '[itemprop="abstract"]', '[class*="standfirst"]',
    '[class*="chapo"]', '[class*="lede"]', '[class*="tease"][class*="-text"]', '[class*="article-lead"]',
    '[class*="article__lead"]', '[class*="intro"]', '[class*="subheadline"]', '[class*="article-summary"]',
    '[class*="article__summary"]', '[class*="deck"]',
)  # fmt: skip
_LEAD = ", ".join(_LEADS)
_LEAD_LENGTH = range(60, 700)
_SAME = 40  # characters at which two texts are told to begin alike
_MOST_LEADS = 12


def trimmed(body: str, title: str, listed: Collection[str] = (), said: str = "") -> str:
    """Return paragraphs without what stands before and after the story.

    ``listed`` are the headlines of other stories that the page shows, ``said`` is what its readers wrote
    (``comments``).
    """
    parts = _without_head(body.split("\n\n"), clean.line(title).casefold())
    parts = _without_comments(parts)
    if said and parts and clean.line(parts[0]) not in said:
        parts = [part for part in parts if len(part) < _WORD or clean.line(part) not in said]
    parts = _without_list(parts, [one for one in listed if one.casefold() != title.casefold()])
    while parts and _is_notice(parts[-1]):
        del parts[-1]
    return "\n\n".join(parts)


def comments(tree: LexborHTMLParser) -> str:
    """Return the text of the boxes that are named for readers' comments, in any of a few languages."""
    found = [
        node
        for node in tree.css(_REPLIES)[:_MOST_BOXES]
        if node.tag not in ("body", "html", "main", "article")
    ]
    return " ".join(clean.line(node.text(deep=True, separator=" ")) for node in found)


def _without_head(parts: list[str], title: str) -> list[str]:
    found = [n for n, part in enumerate(parts[:_HEAD]) if clean.line(part).casefold() == title]
    if found and not any(len(part) > _DATELINE for part in parts[: found[-1]]):
        parts = parts[found[-1] + 1 :]
    while parts and _is_dateline(parts[0]):
        parts = parts[1:]
    return parts


def _is_dateline(part: str) -> bool:
    if len(part) > _DATELINE or not any(c.isdigit() for c in part):
        return False
    letters = sum(1 for c in part if c.isalpha())
    return letters <= _WORDS_BESIDE and not part.endswith(_ENDS[:4]) and dates.parse(part) is not None


def _without_comments(parts: list[str]) -> list[str]:
    for number, part in enumerate(parts):
        if number and len(part) <= _SHORT and _COMMENTS.search(part):
            return parts[:number]
    return parts


def _without_list(parts: list[str], listed: Collection[str]) -> list[str]:
    """Cut from where two or more other stories' headlines follow the text, with the heading over them."""
    places = [n for n, part in enumerate(parts) if n and any(_names(part, one) for one in listed)]
    if len(places) < 2:  # noqa: PLR2004 (two make a list)
        return parts
    start = places[0]
    before = sum(map(len, parts[:start]))
    if before < _BEFORE * sum(map(len, parts)):
        return parts
    while start > 1 and len(parts[start - 1]) <= _SHORT and not parts[start - 1].endswith(_ENDS):
        start -= 1
    return parts[:start]


def _names(part: str, headline: str) -> bool:
    return len(part) <= len(headline) + _ITEM and headline in part


def _is_notice(part: str) -> bool:
    if len(part) < _INVITATION and invites(part):
        return True
    return len(part) < _NOTICE_LONGEST and _NOTICE.search(part) is not None


# ── the lead ──────────────────────────────────────────────────────────────────────────


def with_lead(tree: LexborHTMLParser, body: str, description: str) -> str:
    """Return the text with the paragraph set apart before it, where the extractor left it out.

    Believed when the page's description begins like it, or when it stands in the article's own element before
    the text.
    """
    if not body:
        return body
    begins = clean.line(body[:200])[:_SAME]
    known = clean.line(description)[:_SAME]
    for node in tree.css(_LEAD)[:_MOST_LEADS]:
        if node.tag == "figcaption" or node.css_first("h2 a, h3 a, script, form, li") is not None:
            continue
        words = clean.line(node.text(deep=True, separator=" "))
        if len(words) not in _LEAD_LENGTH or words[:_SAME] in body or begins in words:
            continue
        if (len(known) == _SAME and words.startswith(known)) or _in_article(node, begins):
            return f"{words}\n\n{body}"
    return body


def _in_article(node: LexborNode, begins: str) -> bool:
    """Tell whether an element lies inside the article's, before the words that the text begins with."""
    around = node.parent
    while around is not None and around.tag not in ("body", "html", None):
        told = around.attributes
        if around.tag == "article" or "Article" in (told.get("itemtype") or ""):
            words = clean.line(around.text(deep=True, separator=" "))
            own = clean.line(node.text(deep=True, separator=" "))
            return 0 <= words.find(own) < words.find(begins)
        around = around.parent
    return False
