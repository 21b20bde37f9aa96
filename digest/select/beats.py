"""The beat of an article, where its section, address or label says so: sport, entertainment, lifestyle.

A digest of the news has room for them, but a cup tie or a trailer that two outlets carry does not go before
politics that one covers at length. What names no beat is taken for news. Only plain signs count: a whole
section, a whole step of the address's path, a whole first label; nothing is guessed from the text. Where
everything is of one beat, nothing changes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.text.fold import fold_accents, fold_arabic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.model import Article


@dataclass(frozen=True, slots=True)
class Beat:
    """A beat: its name in ``weights."beat.NAME"``, and what an editor reads."""

    name: str
    text: str


SPORT = Beat("sport", "sport, which makes way for news")
SHOW = Beat("entertainment", "entertainment and arts, which make way for news")
LIFE = Beat("lifestyle", "lifestyle, which makes way for news")

_WORDS = {
    SPORT: """sport sports football soccer futbol futebol fussball calcio fotbal tennis golf cricket rugby
        rugby-union rugby-league athletics motorsport formula1 formula-1 f1 boxing basketball baseball hockey
        cycling nfl nba nhl mlb ufc deportes deporte desporto esporte esportes wintersport olympics spor
        رياضه كره-القدم ورزش ספורט спорт футбол""",
    SHOW: """entertainment entertainment-arts showbiz show-biz celebrity celebrities celebs people gossip film
        films movie movies cinema music tv-radio tv-and-radio television stage theatre arts art artanddesign
        culture books games gaming royals kultur kino musik musique cultura cultura-y-entretenimiento
        espectaculos gente famosos spettacoli culture-arts kultur-sanat unterhaltung
        فن فنون ثقافه ثقافه-وفن مشاهير תרבות культура шоу-бизнес هنر فرهنگ""",
    LIFE: """lifestyle life-style lifeandstyle life style fashion beauty food food-and-drink food-drink travel
        wellness weekend horoscopes home-garden homes gardening pets motoring cars auto autos dating
        relationships parenting luxury offbeat weird odd trending viral vermischtes panorama-vermischtes leben
        reise reisen mode estilo estilo-de-vida viajes gastronomia moda viaggi cucina yasam seyahat
        منوعات لايف-ستايل سياحه سفر صحه-وجمال""",
}
_PATH = re.compile(r"^[a-z]+://([^/]+)(/[^?#]*)", re.IGNORECASE)
_NUMBERED = re.compile(r"([a-z]+(?:-[a-z]+){0,3})-\d{5,}")
"""A last step that is a section and a number, as some systems write it; headlines are longer."""


def beat_of(article: Article) -> Beat | None:
    """Tell the beat of an article by its section, else its address, else its first label; None: news."""
    return next((beat for label in _labels(article) if (beat := _BEATS.get(label))), None)


def steps_of(url: str) -> list[str]:
    """Give the steps of an address's path that are sections, not the article itself, in lower case."""
    path = _PATH.match(url)
    if path is None:
        return []
    *steps, last = path[2].casefold().split("/")[1:]
    if numbered := _NUMBERED.fullmatch(last):
        steps.append(numbered[1])
    return [step for step in steps if step]


def _labels(article: Article) -> Iterator[str]:
    if article.section:
        yield label_of(article.section)
    yield from steps_of(article.url)
    if article.tags and not article.section:
        yield label_of(article.tags[0])


def label_of(text: str) -> str:
    """Write a label as addresses do."""
    return re.sub(r"[\s_&/]+", "-", fold_arabic(fold_accents(text.casefold().strip())))


_BEATS = {label_of(word): beat for beat, words in _WORDS.items() for word in words.split()}
