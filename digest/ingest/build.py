"""The door: an ``Item`` becomes an ``Article`` or is refused with a reason. Every plugin passes here."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from digest.ingest import clean, dates, urls
from digest.ingest.language import language_of
from digest.ingest.source import Channel, Found, Item, Reading, habits
from digest.model import Article, ArticleKind, Basis, Image, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from digest.ingest.dates import Habits

MAX_HEADLINE = 300
MAX_SUMMARY = 1_200
MAX_BODY = 100_000
_EXCERPT = 120
_SHORT_PARAGRAPH = 40  # characters; a dateline or a crosshead
_MANY_TAGS = 12
_HALF_A_DAY = timedelta(hours=12)
_FEW_PAIRS = 3
_BY_TIME = 0.9
"""Of the neighbours in a list that were published at different times, so many stand in order of time where it
is the list's order; where an editor set the order, about half do."""


def build(items: Iterable[Item], reading: Reading, channel: Channel, kind: str) -> Found:
    """Clean items, in the order given.

    The first of several with one identity stays; refused ones carry a reason.
    """
    items = list(items)
    reading = _with_key(reading, channel, items)
    articles: dict[str, Article] = {}
    refused: list[Refused] = []
    ways = habits(reading)
    for item in items:
        made = article(item, reading, channel, ways)
        if isinstance(made, Refused):
            refused.append(made)
        else:
            articles[made.url_key] = _better(articles.get(made.url_key), made)
    kept = _placed(tuple(_lone_guids(articles.values())))
    return Found(kind=kind, source=reading.source.key, channel=channel, articles=kept, refused=tuple(refused))


def _placed(articles: tuple[Article, ...]) -> tuple[Article, ...]:
    """Take the places off where the list is in order of time, either way.

    Nobody chose that order: it would count freshness once more.
    """
    dated = [one.published for one in articles if one.basis is Basis.PUBLISHED]
    newer = [one > other for one, other in pairwise(dated) if one != other]
    same_way = max(sum(newer), len(newer) - sum(newer))
    if len(newer) < _FEW_PAIRS or same_way < _BY_TIME * len(newer):
        return articles
    return tuple(replace(one, position=0) for one in articles)


def _better(first: Article | None, other: Article) -> Article:
    """Of two items with one identity the first stays, unless only the other has text.

    A page outdoes its AMP twin.
    """
    if first is None or (first.kind is ArticleKind.HEADLINE and other.kind is ArticleKind.FULL):
        return other
    twin = urls.is_amp_or_mobile(first.url) and not urls.is_amp_or_mobile(other.url)
    return replace(first, url=other.url) if twin else first


def _with_key(reading: Reading, channel: Channel, items: list[Item]) -> Reading:
    """Name a source that came without configuration after its channel's link.

    Else after its articles' site.
    """
    if reading.source.key:
        return reading
    hosts = Counter(urls.host(urls.absolute(item.url, item.base)) for item in items)
    found = urls.host(channel.link) or next((host for host, _ in hosts.most_common(1)), "")
    key = (
        re.sub(r"[^a-z0-9._-]+", "-", re.sub(r"^(?:feeds?|rss)\.(?=[^.]+\.)", "", found))
        or reading.fallback
        or "push"
    )
    return replace(reading, source=replace(reading.source, key=key))


def article(item: Item, reading: Reading, channel: Channel, ways: Habits) -> Article | Refused:
    """Make one article; a missing headline or address refuses it."""
    headline = clean.literal(item.headline) if item.headline_literal else clean.text(item.headline)
    url = urls.clean(item.url, item.base)
    body = clean.shorten(_paragraphs(item, item.body), MAX_BODY) if item.body else ""
    summary = _summary(item, headline, body) if item.summary or body else ""
    if not headline and summary:
        headline = clean.shorten(summary, 90)
    if not headline:
        return _refused(item, "it has no headline")
    if not url:
        why = f"its address is not http or https: {item.url[:80]!r}" if item.url else "it has no address"
        return _refused(item, why)
    if item.embargo and dates.parse(item.embargo, ways) is None:
        return _refused(item, f"its embargo is no date that can be read: {item.embargo[:60]!r}")
    return _article(item, reading, channel, (clean.shorten(headline, MAX_HEADLINE), url, summary, body), ways)


def _refused(item: Item, why: str) -> Refused:
    excerpt = clean.line(f"{item.headline} {item.url} {item.summary}"[:400])[:_EXCERPT]
    return Refused(where=item.where, reason=why, excerpt=excerpt)


def _article(
    item: Item,
    reading: Reading,
    channel: Channel,
    texts: tuple[str, str, str, str],
    ways: Habits,
) -> Article:
    headline, url, summary, body = texts
    source = reading.source
    moment = dates.parse(item.published, ways) if item.published else None
    updated = dates.parse(item.updated, ways) if item.updated else None
    seen_at = _seen_at(moment or updated, reading, item.seen, ways)
    published, basis = dates.effective(moment or updated, seen_at)
    if item.basis and basis is not Basis.SEEN:
        basis = item.basis
    url_key = urls.key(url)
    return Article(
        url=url,
        url_key=url_key,
        source=source.key,
        headline=headline,
        summary=summary,
        body=body,
        published=published,
        seen_at=seen_at,
        basis=basis,
        kind=item.kind or (ArticleKind.FULL if summary or body else ArticleKind.HEADLINE),
        section=clean.text(item.section)[:80] or source.section,
        tags=_names(item.tags, _MANY_TAGS),
        authors=_names(item.authors, 8),
        language=language_of(
            (item.language, channel.language, source.language), f"{headline} {summary}", reading.languages
        ),
        image=_image(item.image, url),
        updated=updated.at if updated and published < updated.at <= seen_at else None,
        embargo_until=embargo.at if (embargo := dates.parse(item.embargo, ways)) else None,
        expires_at=_end(dates.parse(item.expires, ways)),
        position=item.position,
        guid=clean.line(item.guid)[:500],
        aliases=_aliases(item, source.key, url_key),
    )


def _paragraphs(item: Item, text: str) -> str:
    return clean.plain(text) if item.plain else clean.paragraphs(text)


def _summary(item: Item, headline: str, body: str) -> str:
    summary = clean.without_notes(clean.without_tail(_paragraphs(item, item.summary)))
    if summary == headline:
        summary = ""
    if not summary and body:
        parts = [part for part in body.split("\n\n") if part != headline]
        summary = next((part for part in parts if len(part) > _SHORT_PARAGRAPH), parts[0] if parts else "")
    return clean.shorten(clean.joined(summary), MAX_SUMMARY)


def _end(moment: dates.Moment | None) -> datetime | None:
    """Give the time from which an article has expired; a day without a time counts to its end."""
    if moment is None:
        return None
    return moment.at + _HALF_A_DAY if moment.basis is Basis.DAY else moment.at


def _seen_at(moment: dates.Moment | None, reading: Reading, page: str, ways: Habits) -> datetime:
    if not reading.replay:
        return reading.now
    known = moment or dates.parse(page, ways)
    return min(known.at, reading.now) if known else reading.now


def _names(values: list[str], most: int) -> tuple[str, ...]:
    if not values:
        return ()
    names = (clean.text(value)[:120] for value in values)
    return tuple(dict.fromkeys(name for name in names if name))[:most]


def _image(image: Image | None, base: str) -> Image | None:
    if image is None:
        return None
    url = urls.absolute(image.url, base)
    if not url:
        return None
    return replace(image, url=url, alt=clean.text(image.alt)[:500], credit=clean.text(image.credit)[:200])


def _aliases(item: Item, source: str, url_key: str) -> tuple[str, ...]:
    keys = [urls.key(urls.absolute(other, item.base)) for other in item.aliases]
    guid = clean.line(item.guid)[:500]
    if guid and urls.key(guid) != url_key:
        keys.append(f"guid:{source}:{guid}")
    return tuple(dict.fromkeys(key for key in keys if key and key != url_key))


def _lone_guids(articles: Iterable[Article]) -> Iterable[Article]:
    """Take guids off that several items of one document share: they name the site, not the article."""
    listed = list(articles)
    shared = {guid for guid, n in Counter(a.guid for a in listed if a.guid).items() if n > 1}
    for one in listed:
        if one.guid in shared:
            keys = tuple(key for key in one.aliases if key != f"guid:{one.source}:{one.guid}")
            yield replace(one, guid="", aliases=keys)
        else:
            yield one
