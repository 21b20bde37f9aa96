"""Properties that hold for any address, date or text (hypothesis)."""

# ruff: noqa: E501 (documents are written as sites write them)
from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.errors import SourceError
from digest.ingest import clean, dates, urls
from digest.ingest.decode import decode
from digest.ingest.feed import FeedSource
from digest.ingest.feed import Options as FeedOptions
from digest.ingest.sniff import read
from digest.ingest.source import Document, Reading
from digest.model import Article, Basis, Source

NOW = datetime(2026, 7, 5, 12, tzinfo=UTC)
READING = Reading(source=Source(key="x", url=""), now=NOW)
WORD = st.text(st.characters(whitelist_categories=("Ll", "Lu", "Nd")), min_size=1, max_size=12)
SLUG = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,4}", fullmatch=True)
HOST = st.from_regex(r"[a-z][a-z0-9]{0,8}\.(example|co\.uk|com)", fullmatch=True)
PARAMETERS = st.dictionaries(st.sampled_from(["id", "p", "page", "lang", "v", "q"]), SLUG, max_size=3)
TRACKING = st.dictionaries(
    st.sampled_from(
        ["utm_source", "utm_medium", "fbclid", "gclid", "at_campaign", "mc_cid", "ocid", "smid", "xtor"]
    ),
    SLUG,
    max_size=3,
)
MOMENTS = st.datetimes(datetime(1995, 1, 1), datetime(2090, 12, 31), timezones=st.just(UTC)).map(
    lambda d: d.replace(microsecond=0)
)
OFFSETS = st.integers(-12 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
FAST = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def address(host: str, slugs: list[str], parameters: dict[str, str]) -> str:
    query = "&".join(f"{k}={v}" for k, v in parameters.items())
    return f"https://{host}/{'/'.join(slugs)}" + (f"?{query}" if query else "")


@FAST
@given(HOST, st.lists(SLUG, min_size=1, max_size=4), PARAMETERS, TRACKING, st.booleans())
def test_the_ways_to_write_one_address_have_one_key(host, slugs, parameters, tracking, upper):
    """Scheme, www, m, amp, case of the host, default port, trailing slash, fragment, order and tracking say nothing."""
    plain = address(host, slugs, parameters)
    key = urls.key(plain)
    mixed = address(
        host.upper() if upper else host, slugs, dict(reversed([*parameters.items(), *tracking.items()]))
    )
    assert urls.key(mixed) == key
    for other in (
        plain.replace("https://", "http://"),
        plain.replace("https://", "https://www."),
        plain.replace("https://", "https://m."),
        plain.replace("https://", "https://amp."),
        plain.replace(host, f"{host}:443"),
        plain.replace("?", "/?") if "?" in plain else f"{plain}/",
        f"{plain}#comments",
        plain.replace("https:", ""),
    ):
        assert urls.key(other) == key


@FAST
@given(HOST, st.lists(SLUG, min_size=1, max_size=4), SLUG, PARAMETERS)
def test_other_articles_have_other_keys(host, slugs, slug, parameters):
    """A further path segment or another id is another article."""
    plain = address(host, slugs, parameters)
    assert urls.key(address(host, [*slugs, slug + "x"], parameters)) != urls.key(plain)
    assert urls.key(address(host, slugs, parameters | {"id": "other-one-still"})) != urls.key(plain)


@FAST
@given(HOST, st.lists(WORD, min_size=1, max_size=4), PARAMETERS, TRACKING)
def test_cleaning_an_address_twice_changes_nothing(host, words, parameters, tracking):
    """``clean`` is idempotent, ASCII and keeps the key."""
    once = urls.clean(address(host, words, parameters | tracking))
    assert once.isascii()
    assert urls.clean(once) == once
    assert urls.key(once) == urls.key(address(host, words, parameters | tracking))
    assert not set(tracking) & {pair.partition("=")[0] for pair in once.partition("?")[2].split("&")}


def test_a_quote_in_a_query_cannot_end_an_attribute():
    """Quotes, blanks and angle brackets of a query are escaped; what is escaped already stays."""
    assert urls.clean('https://post.example/a?q="x"<y> z') == "https://post.example/a?q=%22x%22%3Cy%3E%20z"
    assert urls.clean("https://post.example/a?q=%22x%22&b=[1]") == "https://post.example/a?q=%22x%22&b=[1]"


@FAST
@given(st.text(max_size=80), st.sampled_from(["", "https://post.example/a/b", "not a base"]))
def test_any_text_is_an_absolute_web_address_or_none(text, base):
    """Nothing raises; what comes out can stand in a mail's link."""
    found = urls.clean(text, base)
    assert found == "" or (
        found.startswith(("http://", "https://")) and not any(c in found for c in ' \n\r\t<>"\x00')
    )
    assert urls.key(text) == urls.key(urls.key(text) and urls.clean(text))


@FAST
@given(MOMENTS, OFFSETS)
def test_every_machine_form_of_a_moment_is_read_back(moment, offset):
    """RFC 2822, RFC 3339, ISO basic, asctime and Unix seconds, in any zone."""
    local = moment.astimezone(offset)
    for text in (
        format_datetime(local),
        local.isoformat(),
        local.isoformat(" "),
        local.strftime("%Y-%m-%dT%H:%M:%S%z"),
        local.strftime("%Y%m%dT%H%M%S%z"),
        moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        moment.strftime("%a %b %d %H:%M:%S %Y"),
        moment.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        moment.strftime("%d %B %Y %I:%M:%S %p"),
        moment.strftime("%B %d, %Y at %H:%M:%S"),
        moment.strftime("%Y/%m/%d %H:%M:%S"),
        moment.strftime("%d.%m.%Y, %H:%M:%S Uhr"),
    ):
        found = dates.parse(text)
        assert found is not None, text
        assert (found.at, found.basis) == (moment, Basis.PUBLISHED), text
    if moment.timestamp() > 1e9:
        assert dates.parse(str(int(moment.timestamp()))).at == moment
        assert dates.parse(str(int(moment.timestamp() * 1000))).at == moment


@FAST
@given(
    st.dates(datetime(1995, 1, 1).date(), datetime(2090, 12, 31).date()),
    st.sampled_from(sorted(dates.MONTHS)),
)
def test_a_day_in_words_of_any_language_is_that_day(day, month):
    """Every month name we know, with Western and with Arabic-Indic digits; never outside its day."""
    number = dates.MONTHS[month]
    eastern = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
    day = day.replace(month=number, day=min(day.day, 28))
    for text in (f"{day.day} {month} {day.year}", f"{day.day} {month} {day.year}".translate(eastern)):
        found = dates.parse(text)
        assert found is not None, text
        assert (found.at.date(), found.basis) == (day, Basis.DAY)


@FAST
@given(st.text(max_size=60))
def test_no_text_breaks_the_dates(text):
    found = dates.parse(text)
    assert found is None or 1989 <= found.at.year <= 2101


@FAST
@given(st.one_of(st.none(), st.tuples(MOMENTS, st.sampled_from([Basis.PUBLISHED, Basis.DAY]))), MOMENTS)
def test_published_never_lies_in_the_future(given_, seen):
    moment = dates.Moment(*given_) if given_ else None
    at, basis = dates.effective(moment, seen)
    assert at <= seen
    assert (basis is Basis.SEEN) <= (at == seen)
    if moment and moment.at <= seen:
        assert (at, basis) == (moment.at, moment.basis)


@FAST
@given(st.text(max_size=200))
def test_clean_text_stays_clean(text):
    """One line, printable but for blanks, unchanged by a second cleaning, encodable."""
    once = clean.text(text)
    assert "\n" not in once
    assert once == once.strip()
    once.encode()
    assert clean.line(once) == once


@FAST
@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<script>",
                "</script>",
                "<b",
                "&amp;",
                "&#x41;",
                "&lt;p&gt;",
                "words",
                "<img onerror=x>",
                "\u2028",
                "\x00",
                "<!--",
                "]]>",
            ]
        ),
        max_size=20,
    )
)
def test_no_markup_survives_paragraphs(parts):
    """Whatever is nested how, no executable element is left, and cleaning again finds nothing to strip."""
    out = clean.paragraphs("".join(parts)).lower()
    assert "<script" not in out
    assert "onerror" not in out
    assert not any(c in out for c in "\x00\u2028\r")


@FAST
@given(
    st.binary(max_size=300),
    st.sampled_from(["", "utf-8", "windows-1256", "utf-16", "nonsense", "base64", "idna"]),
)
def test_any_bytes_become_text(body, charset):
    """No declared name, however odd, makes decoding fail."""
    assert isinstance(decode(body, charset), str)


@FAST
@given(st.text(st.characters(blacklist_categories=("Cs",)), max_size=100))
def test_utf8_is_kept_to_the_letter(text):
    body = text.encode()
    if not body.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")) and b"\x00" not in body:
        assert decode(body, "windows-1252") == text


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(WORD, SLUG, MOMENTS), min_size=1, max_size=6, unique_by=lambda t: t[1]))
def test_a_feed_written_is_a_feed_read(items):
    """What is written into RSS comes out: headlines, addresses, times."""
    body = "".join(
        f"<item><title>{html.escape(t)}</title><link>https://post.example/{s}</link><pubDate>{format_datetime(m)}</pubDate></item>"
        for t, s, m in items
    )
    feed = f"<rss version='2.0'><channel><title>T</title><link>https://post.example/</link>{body}</channel></rss>"
    found = FeedSource(FeedOptions()).parse(Document(url="", body=feed.encode()), READING)
    import unicodedata

    expected = {
        (unicodedata.normalize("NFC", t), urls.key(f"https://post.example/{s}"), min(m, NOW))
        for t, s, m in items
    }
    assert {(a.headline, a.url_key, a.published) for a in found.articles} == expected


CHUNKS = [b"<rss>", b"<channel>", b"<item>", b"<title>", b"</title>", b"<link>", b"https://a.example/x", b"<![CDATA[", b"]]>", b"&amp;", b"&", b"\xff", b"\x00",
          b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"<entry>", b"{", b'"items":[', b"}", b"<html>", b"<p>", b"<!DOCTYPE", b"<urlset>", b"<url><loc>", b"\x1f\x8b"]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(CHUNKS), st.binary(max_size=12)), max_size=25))
def test_no_document_breaks_the_readers(parts):
    """Any bytes are read or refused with ``SourceError``; articles that come out are clean."""
    try:
        found = read(Document(url="https://a.example/", body=b"".join(parts)), READING)
    except SourceError:
        return
    assert all(isinstance(a, Article) and a.headline and a.url.startswith("http") for a in found.articles)
