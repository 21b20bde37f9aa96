"""Feeds and other lists larger than what is read: the complete items before the cut are taken, and it is said."""

# ruff: noqa: E501 (documents are written as sites write them)
from __future__ import annotations

import json
import os
import threading

import pytest

from digest.errors import TooLarge
from digest.flow.health import health
from digest.flow.refresh import refresh
from digest.ingest.decode import decode
from digest.ingest.feedxml import closed, repair
from digest.ingest.jsonfeed import JsonFeedSource
from digest.ingest.push import JsonLinesSource
from digest.ingest.sniff import read
from digest.ingest.source import Document, Reading
from digest.model import Source
from tests.ingest.conftest import NOW, item, rss
from tests.ingest.conftest import one_database as database_url  # noqa: F401 (a fixture)

RDF = '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel><title>Quay</title><link>https://quay.example/</link></channel>{}</rdf:RDF>'
RDF_ITEM = "<item><title>Ferry number {0} is late</title><link>https://quay.example/{0}</link></item>"
ATOM = '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Quay</title>{}</feed>'
ATOM_ITEM = '<entry><title>Fähre {0} تأخرت</title><link href="https://quay.example/{0}"/><id>urn:{0}</id><content type="html">&lt;p&gt;Text&lt;/p&gt;</content></entry>'


def json_feed(items: list[dict], **more) -> str:
    return json.dumps(
        {"version": "https://jsonfeed.org/version/1.1", **more, "items": items}, ensure_ascii=False
    )


def json_item(n: int) -> dict:
    return {
        "id": str(n),
        "url": f"https://quay.example/{n}",
        "title": f'Ferry {n} تأخرت "again" \\ {{[',
        "authors": [{"name": "A"}],
        "content_text": "Words.",
    }


LISTS = {
    "RSS 2.0": rss(*(item(n, title=f"Die Fähre {n} تأخرت") for n in range(4))),
    "RSS 1.0": RDF.format("".join(RDF_ITEM.format(n) for n in range(4))),
    "Atom": ATOM.format("".join(ATOM_ITEM.format(n) for n in range(4))),
    "JSON Feed": json_feed([json_item(n) for n in range(4)], authors=[{"name": "B"}], _more={"items": [{"title": "x"}]}),
    "JSON Lines": "".join(json.dumps(json_item(n), ensure_ascii=False) + "\n" for n in range(4)) + "\n\n",
}  # fmt: skip


def articles(document: Document):
    found = read(document, Reading(source=Source(key="x", url=""), now=NOW))
    return list(found.articles), [one.reason for one in found.refused]


@pytest.mark.parametrize("form", LISTS)
def test_wherever_a_list_is_cut_only_whole_items_are_taken(form):
    """What is taken is the beginning of what the whole list gives, item for item, and the cut is told."""
    whole = Document(url="", body=LISTS[form].encode(), name="list")
    expected, none = articles(whole)
    assert (len(expected), none) == (4, [])
    taken = set()
    for most in range(len(whole.body) - 1, 0, -7):
        try:
            found, refused = articles(whole.up_to(most))
        except TooLarge as error:
            assert f"list: more than {most:,} bytes (ingest.max_bytes)" in str(error)  # noqa: PT017 (both are right)
            taken.add(0)
            continue
        assert found == expected[: len(found)]
        assert f"list: more than {most:,} bytes (ingest.max_bytes); what is complete" in refused[-1]
        taken.add(len(found))
    assert taken == {0, 1, 2, 3, 4}


def test_a_document_of_the_size_that_is_read_is_whole():
    """Nothing is cut off what just fits."""
    whole = Document(url="", body=LISTS["Atom"].encode())
    assert whole.up_to(len(whole.body)) is whole
    assert whole.up_to(len(whole.body) - 1).cut == len(whole.body) - 1


def test_a_cut_inside_a_character_leaves_the_encoding_known():
    """UTF-8 under a false declaration stays UTF-8, wherever it is cut."""
    lying = Document(url="", body=rss(item(1, title="تأخرت")).replace("UTF-8", "ISO-8859-1").encode())
    inside = lying.body.index("ت".encode()) + 1
    for most in (inside, inside + 1, inside + 2):
        assert decode(lying.body).startswith(decode(lying.up_to(most).body))


def test_what_cannot_be_read_in_part_is_refused():
    """A page or a sitemap that was cut off is too large, whatever its beginning says."""
    page = (
        "<html><head><title>Ferry late again this morning</title></head><body><p>" + "Words of a text. " * 99
    )
    for body in (page, "<urlset><url><loc>https://quay.example/a-b-c</loc></url>" + " " * 999):
        with pytest.raises(TooLarge, match=r"more than 500 bytes \(ingest.max_bytes\)$"):
            articles(Document(url="https://quay.example/", body=body.encode()).up_to(500))


@pytest.mark.parametrize(
    "body",
    ['{"items":[' + '\\"' * 400_000, '{"items":["' + '\\"' * 400_000, "[" * 800_000, '{"a":' * 160_000],
)
def test_hostile_json_that_was_cut_costs_one_look_at_each_character(body):
    """A string that never ends and nesting without end are given up at once, in the time limit of the test."""
    document = Document(url="", body=body.encode(), cut=len(body))
    with pytest.raises(Exception, match="JSON"):
        JsonFeedSource(JsonFeedSource.Options()).parse(
            document, Reading(source=Source(key="x", url=""), now=NOW)
        )


def test_a_feed_is_closed_with_the_names_it_opened():
    assert closed("<RSS version='2.0'><Channel><item>a</item><item>b").endswith(
        "<item>a</item></Channel></RSS>"
    )
    assert closed("<feed><entry>a</entry ><entry").endswith("</entry ></feed>")
    assert closed("<rss><channel><title>T").endswith("<title>T</channel></rss>")


def test_one_line_cut_in_two_is_not_read_as_json():
    lines = Document(url="", body=LISTS["JSON Lines"].encode()).up_to(len(LISTS["JSON Lines"]) // 2)
    found = JsonLinesSource(JsonLinesSource.Options()).parse(
        lines, Reading(source=Source(key="x", url=""), now=NOW)
    )
    assert found.articles
    assert found.refused == ()


def test_endless_feeds_give_their_beginning_and_say_so(site, store, context):
    """The first items are stored, one refusal tells of the cut, and so does the source's health until it is whole."""
    site.put("/xml", rss(item(1), item(2)).split("</channel>")[0] + item(3) * 300, times=10_000)
    again = f",{json.dumps(json_item(3))}" * 300
    site.put("/json", json_feed([json_item(1), json_item(2)])[:-2] + again, times=10_000)
    ctx = context(*({"key": key, "url": site.url(f"/{key}")} for key in ("json", "xml")), max_bytes=50_000)
    for told in refresh(ctx).sources:
        assert (told.status, told.error, told.new) == ("ok", "", 3)
        assert "more than 50,000 bytes (ingest.max_bytes); what is complete" in told.refused[-1].reason
    cut = "larger than ingest.max_bytes: only its beginning is read"
    assert [one.note for one in health(ctx)] == [cut, cut]
    site.put("/xml", rss(item(4)))
    refresh(ctx, only=["xml"])
    assert {one.source: one.note for one in health(ctx)} == {"json": cut, "xml": ""}


def test_a_pipe_and_a_device_are_read_like_standard_input(tmp_path, store, context):
    """What is no folder is read; an empty one fails with the words that an empty standard input gets."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(rss(item(1), item(2)),))
    writer.start()
    report = refresh(context(max_bytes=10_000), inputs=[str(pipe), "/dev/null", "/dev/zero"])
    writer.join()
    assert {one.source: (one.status, one.new, one.error) for one in report.sources} == {
        "post.example": ("ok", 2, ""),
        "null": ("failed", 0, "the answer is empty"),
        "zero": ("failed", 0, "/dev/zero: more than 10,000 bytes (ingest.max_bytes)"),
    }


def test_a_file_is_cut_like_an_answer(tmp_path, context):
    body = rss(*(item(n) for n in range(99)))
    (tmp_path / "feed.xml").write_text(body)
    [told] = refresh(context(max_bytes=3_000), inputs=[str(tmp_path)]).sources
    assert (told.status, told.new) == ("ok", 12)
    assert "feed.xml: more than 3,000 bytes (ingest.max_bytes)" in told.refused[-1].reason


def test_entities_of_html_become_letters_and_those_of_xml_stay():
    """A named letter is written out, one that nobody knows stands as it was typed; markup stays markup."""
    mended, _ = repair("<a>caf&eacute;&nbsp;&lt;b&gt; &amp; R&own; &quot;</a>", 5)
    assert mended == "<a>café\xa0&lt;b&gt; &amp; R&amp;own; &quot;</a>"
