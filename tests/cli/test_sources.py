"""`digest sources` and `digest ingest` as an operator types them."""

# ruff: noqa: E501 (documents are written as sites write them)
from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from digest.cli import digest
from digest.settings.load import load
from digest.testing.website import Website

FEED = """<rss version="2.0"><channel><title>The Harbour Post</title><link>https://post.example/</link><language>en</language>
<item><title>Ferry returns to the old pier</title><link>https://post.example/1</link><pubDate>Sun, 05 Jul 2026 08:00:00 GMT</pubDate>
<description>After nine years the ferry calls again.</description></item></channel></rss>"""


@pytest.fixture
def site():
    with Website() as running:
        running.put(
            "/",
            '<html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head><body></body></html>',
            media_type="text/html",
        )
        running.put("/rss", FEED)
        yield running


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config" / "newsletters").mkdir(parents=True)
    (tmp_path / "config" / "digest.toml").write_text("# mine\n[ingest]\nmax_items = 50\n")
    return tmp_path


def run(folder, *arguments: str, code: int = 0, stdin: bytes | None = None):
    result = CliRunner().invoke(
        digest,
        ["--config", str(folder), *arguments],
        input=stdin,
        catch_exceptions=False,
        standalone_mode=False,
    )
    returned = result.return_value if isinstance(result.return_value, int) else 0
    assert (result.exception is None, returned) == (True, code), result.output
    return result.stdout


def test_add_finds_the_feed_and_writes_a_configuration_that_loads(site, folder):
    """A site's address becomes a source; what stood in the file still stands there; ingest reads it."""
    told = json.loads(run(folder, "sources", "add", site.root, "--name", "post", "--allow-private", "--json"))
    assert told["source"]["url"] == site.url("/rss")
    assert told["articles"][0]["headline"] == "Ferry returns to the old pier"
    assert told["articles"][0]["language"] == "en"
    text = (folder / "config" / "digest.toml").read_text()
    assert text.startswith("# mine\n[ingest]\nmax_items = 50\n")
    settings = load(folder)
    assert [(one.key, one.name, one.kind, one.allow_private) for one in settings.sources] == [
        ("post", "The Harbour Post", "feed", True)
    ]
    assert json.loads(run(folder, "ingest", "--json"))["new"] == 1


def test_a_site_with_only_a_listing_is_read_with_its_pages(site, folder):
    """Headlines alone are never picked; so a source without texts is added with the pages it lists."""
    links = "".join(
        f"<li><h2><a href='/news/{n}-story'>Headline {n} of the old river town</a></h2></li>"
        for n in range(4)
    )
    site.put("/plain/", f"<html><body><ul>{links}</ul></body></html>", media_type="text/html")
    given = ["sources", "add", site.url("/plain/"), "--name", "plain", "--allow-private", "--json"]
    ways = json.loads(run(folder, *given, "--dry-run"))["ways"]
    page = next(n for n, way in enumerate(ways, start=1) if way["kind"] == "page")
    told = json.loads(run(folder, *given, "--choose", str(page)))
    assert told["source"]["options"] == {"follow": 20}
    assert load(folder).sources[-1].options == {"follow": 20}


def test_a_dry_run_writes_nothing(site, folder):
    before = (folder / "config" / "digest.toml").read_text()
    assert "would add source" in run(folder, "sources", "add", site.root, "--allow-private", "--dry-run")
    assert (folder / "config" / "digest.toml").read_text() == before


def test_pause_list_show_test_and_resume(site, folder):
    run(folder, "sources", "add", site.url("/rss"), "--name", "post", "--allow-private")
    told = json.loads(run(folder, "sources", "test", "post", "--json"))
    assert (told["kind"], len(told["articles"])) == ("feed", 1)
    assert json.loads(run(folder, "sources", "list", "--json"))[0]["state"] == "new"
    run(folder, "sources", "pause", "post")
    assert json.loads(run(folder, "ingest", "--json"))["sources"][0]["status"] == "paused"
    run(folder, "sources", "resume", "post")
    run(folder, "ingest")
    shown = json.loads(run(folder, "sources", "show", "post", "--json"))
    assert (shown["state"], shown["newest"][0]["headline"]) == ("ok", "Ferry returns to the old pier")
    site.put("/rss", "oops", status=500)
    run(folder, "ingest", code=1)
    failing = json.loads(run(folder, "sources", "list", "--json"))[0]
    assert (failing["state"], failing["failures"]) == ("failing", 1)
    assert "500" in failing["error"]


def test_opml_goes_in_and_out(site, folder):
    """What is exported is imported again as it was, folders as sections; a second import adds nothing."""
    opml = '<opml version="1.0"><body><outline text="World"><outline text="A &amp; B" xmlUrl="https://a.example/feed"/></outline><outline xmlUrl="https://b.example/rss"/></body></opml>'
    (folder / "in.opml").write_text(opml)
    assert "2 sources added" in run(folder, "sources", "import", str(folder / "in.opml"))
    assert [(one.url, one.name, one.section) for one in load(folder).sources] == [
        ("https://a.example/feed", "A & B", "World"),
        ("https://b.example/rss", "", ""),
    ]
    (folder / "out.opml").write_text(run(folder, "sources", "export"))
    assert "0 sources added" in run(folder, "sources", "import", str(folder / "out.opml"))


def test_standard_input_is_read(folder):
    """Articles can be pushed as JSON Lines; what stdout carries is JSON alone."""
    lines = b'{"url":"https://post.example/1","headline":"Pushed from outside","summary":"With words."}\nnot json\n'
    told = json.loads(run(folder, "ingest", "--from", "-", "--json", stdin=lines))
    assert (told["new"], told["refused"]) == (1, 1)
    assert told["sources"][0]["refused"][0]["where"].endswith("-:2")
