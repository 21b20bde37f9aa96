"""What single values may be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from digest.settings import NewsletterSettings, Settings
from digest.settings.models import WebSettings, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("10m", 600),
        ("6h", 21600),
        ("1d", 86400),
        ("1w", 604800),
        ("1h30m", 5400),
        ("1 h 30 m", 5400),
    ],
)
def test_durations_are_numbers_with_units(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "10", "10 min", "m", "-5m", "1.5h", "5m later"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="a number and a unit"):
        parse_duration(text)


@pytest.mark.parametrize("zone", ["Europe/London", "Asia/Riyadh", "UTC"])
def test_a_known_zone_is_taken(zone: str) -> None:
    assert NewsletterSettings(title="T", timezone=zone).timezone == zone


@pytest.mark.parametrize("zone", ["London", "../etc/passwd", "Europe", ""])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValidationError, match="no such time zone"):
        NewsletterSettings(title="T", timezone=zone)


def test_networks_of_filters_are_networks() -> None:
    assert WebSettings(scanners=("192.0.2.7/24", "2001:db8::/32", "192.0.2.1")).scanners
    with pytest.raises(ValidationError, match=r"'scanner\.example' is no network"):
        WebSettings(scanners=("scanner.example",))


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().base_url = "x"  # type: ignore[misc]


def test_the_public_address_is_the_local_one_until_it_is_set() -> None:
    assert Settings().public_url == "http://127.0.0.1:8080"
    assert Settings(base_url="https://a.example/x/").public_url == "https://a.example/x"
