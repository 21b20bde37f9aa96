"""Hostile and broken input: each case marks its source with a reason or loses nothing, and harms no other."""

# ruff: noqa: E501 (documents are written as sites write them)
from __future__ import annotations

import asyncio
import gzip
import resource

import pytest

from digest.errors import SourceError
from digest.flow.refresh import refresh
from digest.ingest import clean
from digest.ingest.feed import FeedSource, Options
from digest.ingest.pool import Pool
from digest.ingest.sitemap import Options as SitemapOptions
from digest.ingest.sitemap import SitemapSource
from digest.ingest.source import Document, Reading
from digest.model import Source
from digest.store import articles
from tests.ingest.conftest import NOW, item, rss
from tests.ingest.conftest import one_database as database_url  # noqa: F401 (a fixture)


@pytest.fixture
def beside(site, store, context):
    """Read a document of a hostile source beside a healthy one; give the hostile report and every stored headline."""

    def read(body: str | bytes, **more):
        site.put("/healthy", rss(item(999, title="The healthy source goes on as ever")))
        site.put("/hostile", body, **more)
        report = refresh(
            context(
                {"key": "healthy", "url": site.url("/healthy")},
                {"key": "hostile", "url": site.url("/hostile")},
                parse_time="1s",
            )
        )
        told = {one.source: one for one in report.sources}
        assert (told["healthy"].status, told["healthy"].new + told["healthy"].unchanged) == ("ok", 1)
        with store.read() as conn:
            found = [a for a in articles.newest_seen(conn, limit=5000) if a.source == "hostile"]
        return told["hostile"], sorted(found, key=lambda a: a.position)

    return read


def parsed(body: str | bytes, **more):
    """Read a feed here, without a worker: the cases that cannot hang."""
    document = Document(
        url="", body=body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass"), **more
    )
    assert FeedSource.claims(document) > 0
    return FeedSource(Options()).parse(document, Reading(source=Source(key="x", url=""), now=NOW))


def test_an_entity_bomb_stays_small(beside):
    """Nested entities are not unfolded; the items beside them are read."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "lol">{entities}]>'
    told, found = beside(
        bomb
        + rss(item(1), "<item><title>&l9;</title><link>https://post.example/b</link></item>").split("?>", 1)[
            1
        ]
    )
    assert all(len(a.headline) < 400 for a in found)
    assert [a.headline for a in found][:1] == ["Headline number 1 of the morning"]
    assert told.status == "ok"


def test_a_quadratic_entity_bomb_stays_small(beside):
    """One long entity used a thousand times is not unfolded either."""
    bomb = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "{"x" * 20_000}">]>'
    told, found = beside(
        bomb
        + rss(
            item(1),
            f"<item><title>T</title><link>https://post.example/q</link><description>{'&a;' * 5_000}</description></item>",
        ).split("?>", 1)[1]
    )
    assert told.error == ""
    assert max(len(a.summary) for a in found) < 20_000


def test_an_external_entity_is_not_read(beside, tmp_path):
    """Neither a file nor an address named by the document is opened."""
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret words")
    doc = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file://{secret}">]>'
    told, found = beside(
        doc
        + rss(item(1), "<item><title>A &x; b</title><link>https://post.example/x</link></item>").split(
            "?>", 1
        )[1]
    )
    assert "secret words" not in str(found) + str(told)


@pytest.mark.parametrize("tag", ["<a>", "<div>"])
def test_nesting_a_hundred_thousand_deep_is_stopped(beside, tag):
    told, found = beside("<rss><channel>" + tag * 300_000 if tag == "<a>" else "<html><body>" + tag * 100_000)
    assert (told.status, found) == ("failed", [])
    assert told.error


def test_a_megabyte_of_open_comments_is_stopped(beside):
    told, _ = beside("<rss><channel>" + "<!--" * 250_000)
    assert told.status == "failed"


def test_a_hundred_thousand_attributes_are_stopped(beside):
    """No HTML library survives them in time; the worker that reads them is killed and replaced."""
    told, _ = beside(
        "<html><body><p " + " ".join(f"a{n}=b" for n in range(100_000)) + ">text</p></body></html>"
    )
    assert told.status == "failed"


def test_a_body_of_a_gigabyte_is_cut_off(beside):
    """It ends at the limit, unannounced as it is, and memory stays where it was."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told, _ = beside(b"x" * 1_000_000, times=1_000)
    assert "more than 5,000,000 bytes" in told.error
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # kilobytes


def test_a_gzip_bomb_in_the_transport_and_in_a_sitemap(beside):
    told, _ = beside(gzip.compress(b" " * 200_000_000), headers={"Content-Encoding": "gzip"})
    assert "more than 5,000,000 bytes" in told.error
    told, _ = beside(gzip.compress(b"<urlset>" + b" " * 200_000_000))
    assert "unfolds to more than" in told.error


ARABIC = "عودة العبّارة إلى الرصيف القديم"
FRENCH = "L’été s’achève à Œuilly — déjà"


@pytest.mark.parametrize(
    ("words", "encoding", "declared", "header"),
    [
        (FRENCH, "utf-8", "iso-8859-1", ""),
        (FRENCH, "utf-8", "utf-16", ""),
        (FRENCH, "utf-8", "", "text/xml; charset=iso-8859-1"),
        (FRENCH, "cp1252", "iso-8859-1", ""),
        (FRENCH, "cp1252", "", "text/xml; charset=windows-1252"),
        (FRENCH, "cp1252", "us-ascii", ""),
        (ARABIC, "cp1256", "windows-1256", ""),
        (ARABIC, "cp1256", "", "text/xml; charset=windows-1256"),
        (ARABIC, "utf-8", "windows-1256", "text/xml; charset=us-ascii"),
        (ARABIC, "utf-16", "utf-8", ""),
        (ARABIC, "utf-16-le", "utf-16", ""),
        (ARABIC, "utf-16-be", "", ""),
        (ARABIC, "utf-8-sig", "utf-8", ""),
        (ARABIC, "utf-8", "no-such-encoding", "text/xml; charset=nonsense"),
        ("東京の港に新しい橋", "euc_jp", "euc-jp", ""),
        ("東京の港に新しい橋", "shift_jis", "Shift_JIS", ""),
        ("Мост через реку открыт", "koi8-r", "koi8-r", ""),
        ("Мост через реку открыт", "cp1251", "windows-1251", "text/xml; charset=utf-8"),
    ],
)  # fmt: skip
def test_wrong_and_lying_encodings(words, encoding, declared, header):
    """What is declared is believed only when the bytes allow it."""
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else '<?xml version="1.0"?>'
    body = (head + rss(item(1, title=words)).split("?>", 1)[1]).encode(encoding, "replace")
    charset = header.partition("charset=")[2]
    found = parsed(body, media_type="text/xml", charset=charset)
    expected = words.encode(encoding, "replace").decode(encoding)
    assert [a.headline for a in found.articles] == [expected]


def test_a_few_bad_bytes_do_not_spoil_a_feed():
    """One stray byte among thousands is replaced, the words around it stay."""
    body = (
        rss(item(1, title=ARABIC), item(2, title="Plain words stay as they are"))
        .encode()
        .replace(b"Plain words", b"Plain\xa0words")
    )
    found = parsed(body).articles
    assert found[0].headline == ARABIC
    assert found[1].headline.endswith("stay as they are")


def test_truncated_xml_loses_only_what_is_missing():
    """A connection that broke in the middle of an item leaves the items before it."""
    whole = rss(item(1), item(2), item(3))
    found = parsed(whole[: whole.index("Headline number 3") + 10]).articles
    assert [a.headline for a in found][:2] == [
        "Headline number 1 of the morning",
        "Headline number 2 of the morning",
    ]


@pytest.mark.parametrize(
    "junk", ["\x00", "\x0b\x0c", "\x1b[31m", "\x7f", "\u2028\u2029", "\ufffe", "&#0;", "&#x1F;", "&#xD800;"]
)
def test_controls_and_nuls_are_taken_out(junk):
    """They neither end the feed nor reach a headline, where they would spoil a mail's header."""
    found = parsed(rss(item(1, title=f"Storm{junk} closes the bridge"), item(2))).articles
    assert len(found) == 2
    assert found[0].headline.replace(" ", "").replace("[31m", "") == "Stormclosesthebridge"
    assert found[0].headline.isprintable()


def test_a_feed_of_a_hundred_thousand_items_gives_its_newest():
    """The newest 500 are taken wherever they stand, and how many were left is told."""
    old = "".join(
        f"<item><title>Old {n}</title><link>http://p.example/{n}</link><pubDate>2020-01-01</pubDate></item>"
        for n in range(100_000)
    )
    found = parsed(rss(old, *(item(n) for n in range(20))))
    assert len(found.articles) == 500
    assert {f"Headline number {n} of the morning" for n in range(20)} <= {a.headline for a in found.articles}
    assert "99520 more items" in found.refused[0].reason


def test_html_in_titles_and_script_in_bodies():
    """Titles are plain text, scripts and their words are gone, escaped twice or not."""
    more = (
        "<content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'>&lt;p onclick='x()'&gt;First.&lt;/p&gt;"
        "&lt;script&gt;alert('words of a script')&lt;/script&gt;&lt;iframe src='https://evil.example'&gt;&lt;/iframe&gt;&lt;p&gt;Second.&lt;/p&gt;"
        "&lt;style&gt;p{}&lt;/style&gt;</content:encoded>"
    )
    titles = [
        "&lt;b&gt;Bold&lt;/b&gt; bridge &amp;amp; river",
        "<![CDATA[<i>Italic</i> pier &amp; port]]>",
        "Rock &amp;amp;amp; roll &amp;quot;festival&amp;quot;",
        "5 &lt; 6, says council",
    ]
    found = parsed(rss(*(item(n, title=title, more=more) for n, title in enumerate(titles)))).articles
    assert [a.headline for a in found] == [
        "Bold bridge & river",
        "Italic pier & port",
        'Rock & roll "festival"',
        "5 < 6, says council",
    ]
    assert {a.body for a in found} == {"First.\n\nSecond."}


@pytest.mark.parametrize(
    ("link", "taken"),
    [
        ("javascript:alert(1)", ""),
        ("JaVaScRiPt:alert(1)", ""),
        ("java\tscript:alert(1)", ""),
        ("data:text/html,&lt;script&gt;", ""),
        ("vbscript:x", ""),
        ("file:///etc/passwd", ""),
        ("mailto:a@b.example", ""),
        ("https://", ""),
        ("https://user:secret@post.example/a", "https://post.example/a"),
        ("//cdn.example/story", "https://cdn.example/story"),
        ("/news/relative-story", "https://post.example/news/relative-story"),
        (r"https:\\post.example\back", "https://post.example/back"),
        ("  https://post.example/spaces  ", "https://post.example/spaces"),
    ],
)  # fmt: skip
def test_only_absolute_web_addresses_leave_the_door(link, taken):
    """Whatever else a link is, the item is refused with its address in the reason."""
    body = rss(f"<item><title>A headline</title><link>{link}</link></item>").encode()
    found = parsed(body)
    assert [a.url for a in found.articles] == ([taken] if taken else [])
    if not taken:
        assert "address" in found.refused[0].reason


def test_a_worker_that_was_killed_is_replaced_at_once():
    """With one worker: a hostile document is stopped with its reason, the next one is read."""
    reading = Reading(source=Source(key="x", url=""), now=NOW)

    async def read() -> int:
        async with Pool(1, cpu_seconds=1) as pool:
            with pytest.raises(SourceError, match=r"more than 1 s of computing|longer than 14 s"):
                await pool.read(Document(url="", body=b"<rss><channel>" + b"<a>" * 300_000), reading)
            return len((await pool.read(Document(url="", body=rss(item(1)).encode()), reading)).articles)

    assert asyncio.run(read()) == 1


def test_a_document_that_eats_memory_is_stopped():
    """The address space of a worker is bounded; the machine is not harmed."""
    reading = Reading(source=Source(key="x", url=""), now=NOW)

    async def read() -> None:
        async with Pool(1, cpu_seconds=20, megabytes=300) as pool:
            await pool.read(Document(url="", body=b"<html><body>" + b"<p>words " * 4_000_000), reading)

    with pytest.raises(SourceError, match=r"memory|MB|stopped"):
        asyncio.run(read())


def test_an_item_the_parser_stumbles_over_is_refused_alone():
    """A link inside a contributor makes the parser raise; the items beside it are read all the same."""
    odd = "<entry><title>B</title><contributor><link>x</link></contributor></entry>"
    feed = f"<feed version='0.3' xmlns='http://purl.org/atom/ns#'><title>T</title>{{}}{odd}</feed>"
    good = "<entry><title>A good one</title><link rel='alternate' href='https://post.example/a'/></entry>"
    found = parsed(feed.format(good))
    assert [a.headline for a in found.articles] == ["A good one"]
    assert len(found.refused) == 1


def test_a_surrogate_reference_does_not_break_a_sitemap():
    """The XML library itself fails to decode it; it is taken out before."""
    body = b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>https://a.example/one-more-story</loc><x>a&#xD800;b</x></url></urlset>"
    found = SitemapSource(SitemapOptions()).parse(
        Document(url="", body=body), Reading(source=Source(key="x", url=""), now=NOW)
    )
    assert [a.headline for a in found.articles] == ["One more story"]


def test_bidi_controls_leave_no_double_blanks():
    """A mark between two blanks is taken out before blanks are made one."""
    assert clean.line("الجسر \u202a BRIDGE\u202c \u200f") == "الجسر BRIDGE"
