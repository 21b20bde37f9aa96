"""Faults between values."""

from __future__ import annotations

from typing import Any

import pytest

from digest.settings.cross import faults, source_key


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.news.example/rss.xml", "news.example"),
        ("https://news.example/world/feed/", "news.example-world"),
        ("http://feeds.news.example:8080/News/World/index.html?x=1", "feeds.news.example-news-world"),
        ("https://bücher.example/a b", "b-cher.example-a-b"),
        ("feeds/folder", "feeds-folder"),
        ("", "source"),
    ],
)
def test_a_source_key_tells_host_and_path(url: str, key: str) -> None:
    assert source_key(url) == key


def told(raw: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(".".join(map(str, fault.path)), fault.message, fault.hint) for fault in faults(raw)]


def newsletter(**table: Any) -> dict[str, Any]:
    return {
        "senders": {"outbox": {}, "main": {}},
        "sources": [{"key": "harbour"}],
        "newsletters": {"daily": table},
    }


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            newsletter(sender="mian"),
            ("newsletters.daily.sender", "no sender has this name", "did you mean 'main'?"),
        ),
        (
            newsletter(sender=["main", "x"]),
            ("newsletters.daily.sender.1", "no sender has this name", "there are: main, outbox"),
        ),
        (
            newsletter(sources=["harbor"]),
            ("newsletters.daily.sources.0", "no source has this name", "did you mean 'harbour'?"),
        ),
        (
            newsletter(schedule="0 25 * * *"),
            (
                "newsletters.daily.schedule",
                "is no cron schedule that ever comes",
                'write minute hour day month weekday, such as "0 7 * * 1-5"',
            ),
        ),
        (
            newsletter(schedule="0 7 30 2 *"),
            (
                "newsletters.daily.schedule",
                "is no cron schedule that ever comes",
                'write minute hour day month weekday, such as "0 7 * * 1-5"',
            ),
        ),
        (
            newsletter(**{"from": "Nobody"}),
            ("newsletters.daily.from", "is no email address", 'write "Name <name@news.example>"'),
        ),
        (
            newsletter(reply_to="a@b\nBcc: x@y"),
            ("newsletters.daily.reply_to", "is no email address", 'write "Name <name@news.example>"'),
        ),
        (
            newsletter(list_id="daily news"),
            ("newsletters.daily.list_id", "is no domain name", 'write a name such as "daily.news.example"'),
        ),
        (
            newsletter(bounce_domain="<b..example>"),
            (
                "newsletters.daily.bounce_domain",
                "is no domain name",
                'write a name such as "bounces.news.example"',
            ),
        ),
        (
            newsletter(site_url="javascript:alert(1)"),
            ("newsletters.daily.site_url", "is no web address", 'write "https://news.example/…"'),
        ),
        (
            {"sources": [{"url": "https://a.example/"}, {"url": "ftp://b.example/feed"}]},
            ("sources.1.url", "cannot be read from", "write https://… or the path of a folder"),
        ),
        (
            newsletter(sections=[{"name": "World"}, {"name": "world"}]),
            ("newsletters.daily.sections.1.name", "is used twice", "each needs its own"),
        ),
        (
            newsletter(picks=3, minimum=4),
            ("newsletters.daily.minimum", "is more than picks", "picks is 3: no edition could be made"),
        ),
        (
            newsletter(clicks=True),
            (
                "newsletters.daily.clicks",
                "cannot be counted without base_url",
                'set base_url to the public address of the web part, or "clicks = false"',
            ),
        ),
        (
            {"senders": {"outbox": {}}, "newsletters": {"Daily News": {}}},
            (
                "newsletters.Daily News",
                "is no name for a newsletter",
                "rename the file: small letters, digits and dashes, at most 40",
            ),
        ),
        (
            {"base_url": "news.example"},
            ("base_url", "is no web address", 'write "https://news.example", no ? or # in it'),
        ),
        (
            {"database": "mysql://me:hunter2@host/x"},
            (
                "database",
                "is no database that can be kept",
                'write "sqlite:///var/digest.db" or "postgresql://user@host/database"',
            ),
        ),
        (
            {"database": "sqlite:///:memory:"},
            (
                "database",
                "is no database that can be kept",
                'write "sqlite:///var/digest.db" or "postgresql://user@host/database"',
            ),
        ),
        ({"alerts_sender": "x"}, ("alerts_sender", "no sender has this name", "")),
        (
            {"alerts_to": ["a@b", "x"]},
            ("alerts_to.1", "is no email address", 'write "Name <name@news.example>"'),
        ),
        (
            {"secret_keys": [{"id": 1}, {"id": 1}]},
            ("secret_keys.1.id", "is used twice", "each needs its own"),
        ),
    ],
)
def test_each_fault_is_told_with_its_remedy(raw: dict[str, Any], expected: tuple[str, str, str]) -> None:
    assert told(raw) == [expected]


def test_a_password_in_the_database_address_is_not_shown() -> None:
    [fault] = faults({"database": "mysql://me:hunter2@host/x"})
    assert fault.value == "'mysql://…@host/x'"


@pytest.mark.parametrize(
    "raw",
    [
        newsletter(),
        {"database": "sqlite:////srv/digest.db"},
        {"database": "postgresql://me:p@host:5432/x?sslmode=require"},
        {**newsletter(clicks=True), "base_url": "https://news.example"},
        newsletter(sender=("main", "outbox"), sources=[], schedule="*/5 * * * 1-5"),
        newsletter(
            list_id="<daily.post.example>", bounce_domain="rück.example", site_url="https://a.example/x?y#z"
        ),
        {
            "sources": [
                {"url": "s3://bucket", "kind": "archive"},
                {"url": "feeds/"},
                {"url": "HTTPS://a.example"},
            ]
        },
        newsletter(**{"from": "Die Bücher <news@bücher.example>"}),
        # wrong types are the models' business
        newsletter(sender=1, sources=2, schedule=3, picks="x", sections={}, **{"from": 4}),
        {"sources": 1, "senders": 2, "newsletters": 3, "secret_keys": 4, "alerts_to": 5, "base_url": 6},
        {"newsletters": {"daily": 7}},
    ],
)
def test_nothing_is_told_where_nothing_is_wrong_or_the_models_tell_it(raw: dict[str, Any]) -> None:
    assert told(raw) == []
