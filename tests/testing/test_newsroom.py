"""The bundled newsroom: enough of it, in every form, whole, and nobody's but ours."""

from __future__ import annotations

import tomllib
from collections import Counter
from io import BytesIO

import pytest
from PIL import Image

from digest.testing import newsroom
from digest.testing.website import Website

ALL = {publication.key: publication.articles() for publication in newsroom.PUBLICATIONS}
EVERY = [article for articles in ALL.values() for article in articles]


def test_there_is_a_week_of_news_in_two_languages():
    """At least 80 articles in English over a week, and a dozen in Arabic."""
    english = [
        a
        for publication in newsroom.PUBLICATIONS
        if publication.language == "en"
        for a in publication.articles()
    ]
    assert len(english) >= 80
    assert len({article["at"].date() for article in english}) == 7
    assert len(ALL["barid"]) >= 12


def test_every_article_is_whole():
    """Headline, summary, author, section, a body of 60 to 200 words, and no address used twice."""
    for article in EVERY:
        assert 20 <= len(article["headline"]) <= 110, article["slug"]
        assert article["summary"]
        assert article["author"]
        assert article["section"]
        assert 60 <= len(article["body"].split()) <= 200, article["slug"]
        assert article["at"] <= newsroom.NOW
    assert max(Counter(p.link(a) for p in newsroom.PUBLICATIONS for a in p.articles()).values()) == 1


def test_stories_develop_over_days():
    """Several stories have at least four chapters, so that related headlines mean something."""
    for word, chapters in (
        ("Line 4", 5),
        ("rane", 8),
        ("Hale", 6),
        ("Linde", 3),
        ("Athletic", 5),
        ("eagrass", 3),
    ):
        found = [a for a in EVERY if word in a["headline"] or word in a["summary"]]
        assert len({article["at"].date() for article in found}) >= 3, word
        assert len(found) >= chapters, word


def test_every_picture_is_there_small_and_described():
    """Landscape, well below 60 kB each and 600 kB in all, with words for those who do not see it."""
    named = {article["image"] for article in EVERY if "image" in article}
    named.add(tomllib.loads((newsroom.DATA / "longread.toml").read_text("utf-8"))["article"]["image"])
    files = {file.stem: file.read_bytes() for file in (newsroom.DATA / "images").glob("*.jpg")}
    assert named <= set(files)
    assert sum(map(len, files.values())) < 600_000
    for data in files.values():
        assert Image.open(BytesIO(data)).size == (1200, 675)
    assert all(article.get("alt") for article in EVERY if "image" in article)


@pytest.mark.parametrize("publication", newsroom.PUBLICATIONS, ids=lambda publication: publication.key)
def test_nothing_is_published_before_its_time(publication):
    """A newsroom opened on the third morning has only what was written by then."""
    third = list(newsroom.days())[2]
    with Website() as site:
        newsroom.open_newsroom(site, third)
        feed = site._resources[publication.path].body.decode()
    articles = publication.articles()
    for article in articles:
        assert (publication.link(article) in feed) == (article["at"] <= third)


def test_nothing_points_to_a_real_place():
    """Every address is under .example, and the Arabic texts are Arabic."""
    assert all(publication.host.endswith(".example") for publication in newsroom.PUBLICATIONS)
    for article in ALL["barid"]:
        letters = [char for char in article["body"] if char.isalpha()]
        assert sum("\u0600" <= char <= "\u06ff" for char in letters) > 0.99 * len(letters)
