"""The bundled newsroom: four invented publications and one page, served by a real web server on loopback.

The Harbour Post (RSS), Tideline (Atom), The Quayside Courier (JSON Feed), the Islands Weekly (a page
without a feed) and بريد الميناء (RSS, Arabic). Texts and pictures stand in ``digest/demo_data``; they were
made for Digest.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from digest.testing.website import Website

DATA = Path(__file__).resolve().parent.parent / "demo_data"

NOW = datetime.fromisoformat("2026-07-03T07:00:00+01:00")
"""The newsroom's present: the morning after the storm, when both editions are due."""

ENGLISH, ARABIC = "harbour-post", "barid-al-mina"
"""Names of the two newsletters that are made from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One of the newsroom's publications."""

    key: str
    title: str
    host: str
    path: str  # where its feed is served
    language: str
    description: str
    write: Callable[[Publication, list[dict[str, Any]], str], str]
    media_type: str
    own: bool = False

    def articles(self) -> list[dict[str, Any]]:
        """Return its articles as written, newest first."""
        found: list[dict[str, Any]] = _data(self.key)["articles"]
        return sorted(found, key=lambda article: article["at"], reverse=True)

    def link(self, article: dict[str, Any]) -> str:
        """Return the address of one of its articles."""
        return f"https://{self.host}/{article['at']:%Y/%m/%d}/{article['slug']}"


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


def _paragraphs(text: str) -> str:
    blocks = [" ".join(block.split()) for block in text.strip().split("\n\n")]
    return "".join(f"<p>{escape(block, quote=False)}</p>" for block in blocks)


def _image(article: dict[str, Any], root: str) -> str:
    return f"{root}/images/{article['image']}.jpg" if article.get("image") else ""


# ── the four ways to publish ──────────────────────────────────────────────────────────


def _rss(publication: Publication, articles: list[dict[str, Any]], root: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">\n<channel>'
        f"<title>{escape(publication.title)}</title><link>https://{publication.host}/</link>"
        f"<description>{escape(publication.description)}</description>"
        f"<language>{publication.language}</language>\n"
        + "\n".join(_rss_entry(publication, article, root) for article in articles)
        + "\n</channel></rss>\n"
    )


def _rss_entry(publication: Publication, article: dict[str, Any], root: str) -> str:
    picture = ""
    if address := _image(article, root):
        described = f"<media:description>{escape(article['alt'])}</media:description></media:content>"
        picture = f'<media:content url="{address}" medium="image" width="1200" height="675">{described}'
    return (
        f"<item><title>{escape(article['headline'])}</title><link>{publication.link(article)}</link>"
        f'<guid isPermaLink="false">{publication.key}-{article["slug"]}</guid>'
        f"<pubDate>{format_datetime(article['at'])}</pubDate><category>{escape(article['section'])}</category>"
        f"<dc:creator>{escape(article['author'])}</dc:creator>"
        f"<description>{escape(article['summary'])}</description>"
        f"<content:encoded><![CDATA[{_paragraphs(article['body'])}]]></content:encoded>{picture}</item>"
    )


def _atom(publication: Publication, articles: list[dict[str, Any]], root: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"'
        f' xmlns:media="http://search.yahoo.com/mrss/" xml:lang="{publication.language}">'
        f"<title>{escape(publication.title)}</title><id>https://{publication.host}/</id>"
        f'<link href="https://{publication.host}/"/><subtitle>{escape(publication.description)}</subtitle>'
        f"<updated>{articles[0]['at'].isoformat()}</updated>\n"
        + "\n".join(_atom_entry(publication, article, root) for article in articles)
        + "\n</feed>\n"
    )


def _atom_entry(publication: Publication, article: dict[str, Any], root: str) -> str:
    link = publication.link(article)
    picture = ""
    if address := _image(article, root):
        picture = f'<media:thumbnail url="{address}" width="1200" height="675"/>'
    return (
        f'<entry><title>{escape(article["headline"])}</title><link rel="alternate" href="{link}"/>'
        f"<id>{link}</id>"
        f"<published>{article['at'].isoformat()}</published><updated>{article['at'].isoformat()}</updated>"
        f"<author><name>{escape(article['author'])}</name></author>"
        f'<category term="{escape(article["section"])}"/>'
        f"<summary>{escape(article['summary'])}</summary>"
        f'<content type="html">{escape(_paragraphs(article["body"]))}</content>{picture}</entry>'
    )


def _json_feed(publication: Publication, articles: list[dict[str, Any]], root: str) -> str:
    entries = [
        {
            "id": f"{publication.key}-{article['slug']}",
            "url": publication.link(article),
            "title": article["headline"],
            "summary": article["summary"],
            "content_html": _paragraphs(article["body"]),
            "date_published": article["at"].isoformat(),
            "authors": [{"name": article["author"]}],
            "tags": [article["section"]],
            "language": publication.language,
        }
        | ({"image": _image(article, root)} if article.get("image") else {})
        for article in articles
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": publication.title,
        "home_page_url": f"https://{publication.host}/",
        "description": publication.description,
        "language": publication.language,
        "items": entries,
    }
    return json.dumps(feed, ensure_ascii=False, indent=1)


PUBLICATIONS = (
    Publication(
        key="post",
        title="The Harbour Post",
        host="harbourpost.example",
        path="/post/feed.xml",
        language="en",
        description="News from Port Merrow since 1871",
        write=_rss,
        media_type="application/rss+xml; charset=utf-8",
        own=True,
    ),
    Publication(
        key="tideline",
        title="Tideline",
        host="tideline.example",
        path="/tideline/atom.xml",
        language="en",
        description="Sea, weather, science",
        write=_atom,
        media_type="application/atom+xml; charset=utf-8",
    ),
    Publication(
        key="courier",
        title="The Quayside Courier",
        host="quaysidecourier.example",
        path="/courier/feed.json",
        language="en",
        description="The other paper",
        write=_json_feed,
        media_type="application/feed+json; charset=utf-8",
    ),
    Publication(
        key="barid",
        title="بريد الميناء",
        host="barid.example",
        path="/barid/feed.xml",
        language="ar",
        description="أخبار ميناء ميرو بالعربية",
        write=_rss,
        media_type="application/rss+xml; charset=utf-8",
        own=True,
    ),
)

PAGE = "/islands/2026/07/02/the-schoolteacher-who-speaks-for-both.html"
"""Where the page of the Islands Weekly is served."""


def page(root: str) -> str:
    """Write the Islands Weekly's page: masthead, one article, a sign-up box, and linked headlines below."""
    data = _data("longread")
    article = data["article"]
    picture = _image(article, root)
    facts = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article["headline"],
        "description": article["summary"],
        "datePublished": article["at"].isoformat(),
        "author": {"@type": "Person", "name": article["author"]},
        "articleSection": article["section"],
        "inLanguage": "en",
        "image": picture,
        "publisher": {"@type": "Organization", "name": "Islands Weekly"},
    }
    headlines = "\n".join(
        f'<li><a href="/islands/{_day(entry["at"])}/{entry["slug"]}.html">{escape(entry["headline"])}</a>'
        f" <time>{entry['at']:%-d %B}</time></li>"
        for entry in data["headlines"]
    )
    values = {name: escape(article[name]) for name in ("headline", "summary", "author", "alt")}
    values |= {"picture": picture, "facts": json.dumps(facts), "headlines": headlines}
    values["body"] = _paragraphs(article["body"])
    return Template((DATA / "longread.html").read_text(encoding="utf-8")).substitute(values)


def _day(moment: date) -> str:
    return f"{moment:%Y/%m/%d}"


# ── served ────────────────────────────────────────────────────────────────────────────


def open_newsroom(site: Website, until: datetime = NOW) -> list[dict[str, Any]]:
    """Put every publication on a running site, as it stood at ``until``; return its ``[[sources]]``."""
    sources: list[dict[str, Any]] = []
    for publication in PUBLICATIONS:
        articles = [article for article in publication.articles() if article["at"] <= until]
        feed = publication.write(publication, articles, site.root)
        site.put(publication.path, feed, media_type=publication.media_type, etag=True)
        sources.append(
            {
                "key": publication.key,
                "url": site.url(publication.path),
                "name": publication.title,
                "own": publication.own,
                "allow_private": True,
            },
        )
    site.put(PAGE, page(site.root), media_type="text/html; charset=utf-8", etag=True)
    sources.append(
        {
            "key": "islands",
            "url": site.url(PAGE),
            "name": "Islands Weekly",
            "kind": "page",
            "allow_private": True,
        }
    )
    for picture in sorted((DATA / "images").glob("*.jpg")):
        site.put(f"/images/{picture.name}", picture.read_bytes(), media_type="image/jpeg", etag=True)
    return sources


def days() -> Iterator[datetime]:
    """Give the newsroom's mornings: 07:00 of each day on which an edition can be made, first to last."""
    for n in range(5, -1, -1):
        yield NOW - timedelta(days=n)
