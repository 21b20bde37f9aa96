"""What kind of piece an article is, where its address, labels or headline say so: not every piece is news.

A sponsor's text, a quiz or a gallery may be worth a line, but leads no edition of news. Only plain signs
count: a whole step of the address's path, a whole label, or how the headline opens or ends, in several
languages. Nothing is guessed from the text, but for one thing: a series "with" somebody whom it then names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.text.fold import fold_accents, fold_arabic

if TYPE_CHECKING:
    from digest.model import Article


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of piece: how much it loses (1 is usual), and what an editor reads."""

    name: str
    weight: float
    text: str


SPONSORED = Kind("sponsored", 2.0, "paid for by a sponsor")
PARTNERED = Kind("partnered", 1.5, "of a series made with a company, by its address")
SHOPPING = Kind("shopping", 1.2, "an advertisement of things to buy")
SERVICE = Kind("service", 1.0, "a service, game or serial, not news")
LIVE = Kind("live", 0.4, "a live page that changes all day")
PICTURES = Kind("pictures", 0.6, "pictures or a video with little text")
LIST = Kind("list", 0.4, "a list of things, not news")
QUESTION = Kind("question", 0.4, "a question, not a report")
PERSONAL = Kind("personal", 0.4, "told in the first person")
OPINION = Kind("opinion", 0.4, "an opinion or analysis, not a report")

_STEPS = {
    SPONSORED: """sponsored sponsored-content sponsored-post advertorial advertorials partner-content
        paid-content brand-studio branded-content promoted promotion advertisement-feature anzeige
        publireportage publi-redactionnel contenido-patrocinado paid-partnership""",
    SHOPPING: "shopping deals discount-codes vouchers coupons best-buys gift-guide bons-plans ofertas",
    SERVICE: """quiz quizzes horoscope horoscopes horoskop horoscopo crossword crosswords sudoku puzzles
        recipe recipes podcast podcasts newsletter newsletters competition competitions lottery tv-guide
        obituary-notices press-review revue-de-presse whats-on""",
    LIVE: "live liveblog live-blog live-updates live-news en-direct directo liveticker live-ticker",
    PICTURES: """video videos gallery galleries photos pictures in-pictures photo-gallery picture-gallery av
        watch galerie galerias bilder fotostrecke diaporama""",
    OPINION: """opinion opinions comment commentisfree columns column columnist columnists editorial
        editorials op-ed opeds letters perspectives meinung kommentar kommentare tribune tribunes
        opinion-columnas opiniones editoriales opinioni yazarlar رأي اراء مقالات""",
}
_PATH = re.compile(r"^[a-z]+://[^/]+(/[^?#]*)", re.IGNORECASE)
_NUMBERED = re.compile(r"([a-z]+(?:-[a-z]+){0,3})-\d{5,}")
"""A last step that is a section and a number, as some systems write it."""


def _label(text: str) -> str:
    return re.sub(r"[\s_&]+", "-", fold_arabic(fold_accents(text.casefold().strip())))


_LABELS = {_label(step): kind for kind, steps in _STEPS.items() for step in steps.split()}

_OPENINGS = {
    SPONSORED: r"\[?(?:sponsored|advertorial|advertisement feature|paid post|anzeige|publicite|patrocinado)\b"
    r"|اعلان\b",
    SERVICE: r"(?:weekly )?(?:quiz(?: of the week)?|horoscope|crossword|podcast|recipe|newsletter"
    r"|press review|(?:the |today[’']s )?(?:papers|front pages))\s*[:–—|-]"
    r"|(?:.{0,40}: )?(?:tell us about|have your say|share your|send us your|rate the players)\b",
    LIVE: r"(?:live|live updates|live blog|en direct|direct|directo|liveticker|مباشر)\s*[:–—|-]",
    OPINION: r"(?:opinion|analysis|comment|editorial|letters?|op-ed|tribune|kommentar|opinion del)\s*[:|–—]",
    PICTURES: r"(?:your (?:pictures|photos)|(?:[\w’']+ )?week in (?:pictures|photos)|in pictures"
    r"|pictures of the|photos|gallery|watch|video|en images|bildergalerie)"
    r"(?:\s*[:–—|-]| o[fn] the\b|$)|(?:بالصور|بالفيديو|شاهد|فيديو)(?:\s|[:.–—|-])",
    LIST: r"(?:the )?(?:\d{1,2}|three|four|five|six|seven|ten|twelve) (?:best |top |great |easy |simple )?"
    r"(?:things|ways|reasons|tips|places|facts|takeaways|photos|ideas)\b",
    PERSONAL: r"(?:[^'‘\"“]{0,30}: )?['‘\"“](?:[^'’\"”]* )?(?:I|I['’]m|I['’]ve|my|me)\b",
}
_PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _OPENINGS.items())
_CLOSINGS = (
    (
        PICTURES,
        re.compile(r".*\s[–—|-]\s(?:(?:in )?(?:pictures|photos|images)|video|gallery)$", re.IGNORECASE),
    ),
    (SERVICE, re.compile(r".*\s[–—|-]\s(?:podcast|quiz|newsletter)$", re.IGNORECASE)),
    (LIVE, re.compile(r".*\s[–—|-]\s(?:live|as it happened|live updates)$", re.IGNORECASE)),
    (QUESTION, re.compile(r".*[?؟]['’\"”»]?$")),
)
_WITH = re.compile(r"(?:^|-)(?:with|by|from|avec|con|mit)-([a-z0-9]+)$")


def kind_of(article: Article) -> Kind | None:
    """Tell what kind of piece an article is; None for what looks like any report."""
    steps = _steps(article.url)
    for step in (*steps, *(_label(text) for text in (*article.tags, article.section))):
        if kind := _LABELS.get(step):
            return kind
    if any(_names(step, article) for step in steps):
        return PARTNERED
    if _signed(article):
        return OPINION
    headline = fold_accents(article.headline)
    return next((kind for kind, pattern in (*_PATTERNS, *_CLOSINGS) if pattern.match(headline)), None)


def _steps(url: str) -> list[str]:
    """Give the steps of an address's path that are sections, not the article itself."""
    path = _PATH.match(url)
    *steps, last = path[1].casefold().split("/")[1:] if path else ("",)
    numbered = _NUMBERED.fullmatch(last)
    return [*steps, numbered[1]] if numbered else steps


def _names(step: str, article: Article) -> bool:
    """Tell whether a section's name ends "with" somebody whom the text names, written as a name is."""
    found = _WITH.search(step)
    text = f"{article.headline}\n{article.summary}\n{article.body[:1000]}"
    return bool(found and re.search(rf"\b(?:{found[1].upper()}|{found[1].capitalize()})\b", text))


def _signed(article: Article) -> bool:
    """Tell whether a headline ends with its author's name behind a bar, as columns do."""
    _, bar, name = article.headline.rpartition(" | ")
    return bool(bar) and name.strip().casefold() in {author.casefold() for author in article.authors}
