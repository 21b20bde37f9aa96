"""What templates see: a plan turned into printed stories, with words, dates and addresses ready.

Templates decide where things stand; what stands there is decided here, so that HTML and plain text
cannot differ.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from digest.compose import color, words
from digest.compose.language import Language, language
from digest.compose.markdown import prose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.compose.bidi import Phrase
    from digest.compose.frame import Asset, Frame
    from digest.compose.markdown import Prose
    from digest.compose.themes import Theme
    from digest.model import Article, Headline, Pick, Plan
    from digest.settings import NewsletterSettings

_ALSO = 3  # other sources of a story named in its by-line
_AUTHORS = 2


@dataclass(frozen=True, slots=True)
class Link:
    """A headline with its address; source and day only where a reader needs them."""

    text: Phrase
    url: str
    source: Phrase
    day: str = ""  # empty when it is of today
    date: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as an edition shows it."""

    asset: Asset
    url: str
    alt: str
    credit: str = ""

    def at(self, width: int) -> tuple[int, int]:
        """Return width and height for a column of ``width`` pixels."""
        return self.asset.shown(width)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A pick as printed."""

    place: str  # its number among all, in the language's digits; empty where there is only one
    number: str  # as printed beside it: none for the lead
    kicker: Phrase
    palette: str  # CSS class of its section's colour, or empty
    headline: Phrase
    url: str
    summary: Phrase
    opening: Phrase  # the first sentence: what the preheader says
    byline: tuple[Phrase | str, ...]
    picture: Picture | None
    related: tuple[Link, ...]
    timeline: tuple[Link, ...]
    also: tuple[Link, ...]
    follow_up: bool
    source: Phrase  # where it is from, if that is not the newsroom itself
    time: str  # of day it was published
    day: str  # empty when it is of the edition's own day
    clock: str  # time within a day, else the day


@dataclass(frozen=True, slots=True)
class Section:
    """Stories under one heading."""

    title: Phrase
    palette: str
    stories: tuple[Story, ...]


@dataclass(frozen=True, slots=True)
class Swatch:
    """A section's colour under the CSS class that carries it."""

    key: str
    tone: color.Tone


def swatches(newsletter: NewsletterSettings) -> tuple[Swatch, ...]:
    """Return the colours of the sections that have one, corrected until they can be read."""
    return tuple(
        Swatch(f"s{index + 1}", color.tone(settings.color))
        for index, settings in enumerate(newsletter.sections)
        if settings.color
    )


class Viewer:
    """Turns one plan into what templates see, for one frame and theme."""

    def __init__(self, frame: Frame, theme: Theme, plan: Plan) -> None:
        self.plan = plan
        self.voices = _sources(plan)
        self.frame = frame
        self.theme = theme
        self.newsletter = frame.newsletter
        self.language: Language = language(frame.newsletter.language)
        self.today = frame.slot.local.date()
        self._sections = {s.name.casefold(): (i, s) for i, s in enumerate(self.newsletter.sections)}

    # ── pieces ────────────────────────────────────────────────────────────────────────

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.frame.slot.local.tzinfo)

    def _day(self, moment: datetime | None) -> str:
        """Say when, unless it was the edition's own day: "Tue" within a week, else day and month."""
        if moment is None:
            return ""
        day = self._local(moment).date()
        age = (self.today - day).days
        if age <= 0:
            return ""
        return self.language.weekday(day) if age < 7 else self.language.day(day, "short")  # noqa: PLR2004 (a week)

    def source(self, key: str, url: str) -> Phrase:
        """Name an article's source; nothing for the newsroom's own, or where all is from one."""
        own = key in self.frame.own_sources or len(self.voices) == 1
        return self.language.phrase("" if own else words.honest(self.frame.source_names.get(key, ""), url))

    def _clock(self, moment: datetime) -> str:
        """Say the time of day if that is clear by itself, else the day."""
        recent = self.frame.slot.at - moment < timedelta(days=1)
        return self.language.time(self._local(moment)) if recent else self._day(moment)

    def link(self, item: Headline) -> Link:
        """Turn a headline into a row."""
        local = self._local(item.published) if item.published else None
        return Link(
            self.language.phrase(item.headline, item.language),
            self.frame.way(item.url),
            self.source(item.source, item.url),
            self._day(item.published),
            self.language.day(local, "short") if local else "",
        )

    def picture(self, article: Article) -> Picture | None:
        """Return the article's picture where it could be prepared."""
        if article.image is None or (asset := self.frame.images.get(article.image.url)) is None:
            return None
        return Picture(
            asset,
            self.frame.image_url(asset),
            " ".join((article.image.alt or article.headline).split()),
            article.image.credit,
        )

    def palette(self, section: str) -> str:
        """Return the CSS class of a section's own colour."""
        index, settings = self._sections.get(section.casefold(), (0, None))
        return f"s{index + 1}" if settings is not None and settings.color else ""

    def kicker(self, pick: Pick) -> Phrase:
        """Return the section's title as printed."""
        name = pick.section or pick.article.section
        _, settings = self._sections.get(name.casefold(), (0, None))
        return self.language.phrase((settings.title or settings.name) if settings else name)

    def _byline(self, article: Article, picture: Picture | None) -> tuple[Phrase | str, ...]:
        minutes = words.minutes(article.body, article.language or self.language.code)
        parts: list[Phrase | str] = []
        if minutes:
            parts.append(self.language.count("%(n)s min read", "%(n)s min read", minutes))
        parts += [self.language.phrase(name) for name in article.authors[:_AUTHORS]]
        source = self.source(article.source, article.url)
        if source:
            parts.append(source)
        if picture and picture.credit:
            parts.append(self.language.phrase(self.language.say("Photo: %(credit)s", credit=picture.credit)))
        return tuple(parts)

    def _also(self, pick: Pick) -> tuple[Link, ...]:
        links = [self.link(item) for item in pick.also if item.source != pick.article.source]
        named = {link.source.plain: link for link in reversed(links) if link.source}
        return tuple(reversed(named.values()))[:_ALSO]

    # ── stories ───────────────────────────────────────────────────────────────────────

    def story(self, pick: Pick, place: int, *, alone: bool) -> Story:
        """Turn a pick into a printed story; the first of an edition carries no number."""
        article = pick.article
        most = self.theme.lead_words if place == 1 else self.theme.story_words
        summary = article.summary or article.body.split("\n\n", 1)[0]
        say = self.language.phrase
        picture = self.picture(article) if self._pictured(place) else None
        return Story(
            place="" if alone else self.language.digits(place),
            number="" if place == 1 or alone else self.language.digits(place),
            kicker=self.kicker(pick),
            palette=self.palette(pick.section or article.section),
            headline=say(pick.printed, article.language),
            url=self.frame.way(article.url),
            summary=say(words.shortened(summary, most) if most else "", article.language),
            opening=say(words.opening(summary), article.language),
            byline=self._byline(article, picture),
            picture=picture,
            related=tuple(self.link(item) for item in pick.related),
            timeline=tuple(self.link(item) for item in pick.timeline),
            also=self._also(pick),
            follow_up=pick.follow_up,
            source=self.source(article.source, article.url),
            time=self.language.time(self._local(article.published)),
            day=self._day(article.published),
            clock=self._clock(article.published),
        )

    def _pictured(self, place: int) -> bool:
        return self.theme.pictures == "first" or (self.theme.pictures == "lead" and place == 1)

    def sections(self, picks: Sequence[Pick], stories: Sequence[Story]) -> tuple[Section, ...]:
        """Put stories under their sections: configured ones in their order, then as they come."""
        groups: dict[str, list[Story]] = {name: [] for name in self._sections}
        for pick, story in zip(picks, stories, strict=True):
            groups.setdefault((pick.section or pick.article.section).casefold(), []).append(story)
        filled = [group for group in groups.values() if group]
        return tuple(Section(group[0].kicker, group[0].palette, tuple(group)) for group in filled)

    # ── the whole ─────────────────────────────────────────────────────────────────────

    def masthead(self) -> dict[str, Any]:
        """Return what templates know as ``newsletter``."""
        newsletter, say = self.newsletter, self.language.phrase
        logo = self.frame.logo
        size = logo.shown(min(200, round(logo.width * 48 / logo.height))) if logo else (0, 0)
        return {
            "name": newsletter.name,
            "title": say(newsletter.title),
            "site": say(newsletter.site or newsletter.title),
            "tagline": say(newsletter.tagline),
            "url": newsletter.site_url,
            "postal": say(newsletter.postal_address),
            "logo": {"url": self.frame.image_url(logo), "width": size[0], "height": size[1]}
            if logo
            else None,
        }

    def links(self) -> dict[str, str]:
        """Return the addresses of the web part that a mail leads to."""
        frame = self.frame
        return {
            "leave": f"{frame.links}/u/{frame.sentinel('leave')}",
            "preferences": f"{frame.links}/p/{frame.sentinel('preferences')}",
            "browser": f"{frame.links}/e/{frame.public_id}",
            "subscribe": f"{frame.links}/s/{self.newsletter.name}",
        }

    def why(self) -> Phrase:
        """Say why the reader gets this."""
        newsletter = self.newsletter
        site = newsletter.site_url.partition("://")[2].strip("/") or newsletter.site
        say = self.language.say
        if site and site != newsletter.title:
            words = "You receive this because you asked for %(title)s at %(site)s."
            text = say(words, title=newsletter.title, site=site)
        else:
            text = say("You receive this because you asked for %(title)s.", title=newsletter.title)
        return self.language.phrase(text)

    def structured(self, stories: Sequence[Story]) -> Markup:
        """Describe the edition to search engines (schema.org, JSON-LD): for the page, never for the mail."""
        newsletter = self.newsletter
        site = {"@type": "NewsMediaOrganization", "name": newsletter.site or newsletter.title}
        rows = [
            {"@type": "ListItem", "position": place, "url": story.url, "name": story.headline.plain}
            for place, story in enumerate(stories, 1)
        ]
        described = {
            "@context": "https://schema.org",
            "@type": "CollectionPage",
            "name": newsletter.title,
            "url": self.links()["browser"],
            "inLanguage": self.language.tag,
            "datePublished": self.frame.slot.local.isoformat(),
            "publisher": site | ({"url": newsletter.site_url} if newsletter.site_url else {}),
            "mainEntity": {"@type": "ItemList", "itemListElement": rows},
        }
        text = json.dumps(described, ensure_ascii=False, separators=(",", ":"))
        return Markup(text.replace("<", "\\u003c"))  # noqa: S704 (nothing in it can end the element)

    def prose(self, source: str) -> Prose | None:
        """Turn somebody's Markdown into printable words."""
        return prose(source, self.language.dir)

    def values(self) -> dict[str, Any]:
        """Return everything a template can name about the stories."""
        plan = self.plan
        breaking = self.frame.kind == "breaking"
        picks = plan.picks[:1] if breaking else plan.picks
        alone = len(picks) == 1
        stories = tuple(self.story(pick, place, alone=alone) for place, pick in enumerate(picks, 1))
        slot = self.frame.slot.local
        return {
            "newsletter": self.masthead(),
            "lead": stories[0] if stories else None,
            "stories": stories[1:],
            "all_stories": stories,
            "sections": self.sections(picks[1:], stories[1:]),
            "more": () if breaking else tuple(self.link(item) for item in plan.more),
            "note": self.prose(plan.note),
            "sponsor": self.prose(self.newsletter.sponsor),
            "breaking": breaking,
            "date": {style: self.language.day(slot, style) for style in ("long", "medium", "short")},
            "links": self.links(),
            "why": self.why(),
            "structured": self.structured(stories),
        }


def _sources(plan: Plan) -> frozenset[str]:
    """Return the keys of all sources an edition draws on."""
    keys = {pick.article.source for pick in plan.picks} | {item.source for item in plan.more}
    return frozenset(keys | {item.source for pick in plan.picks for item in (*pick.related, *pick.also)})
