"""Telling readers from the filters that open every link before them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.audience import machines
from digest.audience.machines import BURST, WITHIN, Bursts, Click, Networks, agent, neighbourhood

AT = datetime(2026, 7, 5, 7, 59, 50, tzinfo=UTC)
HOUR = AT.replace(minute=0, second=0)


def click(link: str = "a", seconds: float = 0, *, sure: bool = True) -> Click:
    return Click(link, AT + timedelta(seconds=seconds), sure)


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36", True),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148", True),
        ("Opera/9.80 (Android; Opera Mini/36.2/191.273; U; en) Presto/2.12.423 Version/12.16", True),
        ("Mozilla/5.0 (compatible; bingbot/2.0)", False),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/126.0.0.0 Safari/537.36", False),
        ("BarracudaCentral/1.0", False),
        ("python-requests/2.32", False),
        ("curl/8.5.0", False),
        ("", False),
    ],
)
def test_a_person_has_a_browser(name: str, person: bool) -> None:
    assert agent(name) is person


def test_filters_are_known_by_their_networks_and_the_operators_own() -> None:
    """Also where an IPv4 address is written as IPv6; what is no address is in none."""
    known = Networks(["192.0.2.7/24"])
    for address in ("209.222.80.1", "209.222.87.255", "::ffff:40.92.1.1", "2a01:111:f403::1", "192.0.2.200"):
        assert address in known
    for address in ("209.222.88.0", "198.51.100.1", "2001:db8::1", "testclient", ""):
        assert address not in known


def test_neighbours_are_a_24_or_a_48() -> None:
    assert neighbourhood("192.0.2.7") == neighbourhood("::ffff:192.0.2.200") == "192.0.2.0/24"
    assert neighbourhood("2001:db8:1:2::3") == "2001:db8:1::/48"
    assert neighbourhood("testclient") == ""


def test_a_burst_counts_as_unsure_from_its_first_click() -> None:
    """What came before it was noticed too, and what follows as long as it goes on."""
    bursts = Bursts()
    for n in range(BURST - 1):
        bursts.seen(b"k", click("abcd"[n], n))
    assert not bursts.settled(AT + timedelta(seconds=5))
    bursts.seen(b"k", click("d", 5))
    bursts.seen(b"k", click("e", 14))
    bursts.seen(b"k", click("f", 23))
    counted = bursts.settled()
    assert counted == {(link, HOUR + timedelta(hours=link in "ef"), False): 1 for link in "abcdef"}


def test_a_reader_who_opens_a_few_stories_is_a_person() -> None:
    """Four in a row are too many within ten seconds, not within eleven."""
    bursts = Bursts()
    for n in range(BURST):
        bursts.seen(b"k", click("a", n * 11 / 3))
    assert bursts.settled() == {("a", HOUR, True): 3, ("a", HOUR + timedelta(hours=1), True): 1}


def test_networks_and_editions_are_no_burst_together() -> None:
    bursts = Bursts()
    for n in range(BURST * 2):
        bursts.seen(bytes([n]), click("a"))
    assert sum(bursts.settled().values()) == BURST * 2
    assert len(bursts) == 0


def test_what_speaks_against_a_person_stays() -> None:
    """A click that was unsure by itself is not made sure by being alone."""
    bursts = Bursts()
    bursts.seen(b"k", click(sure=False))
    assert bursts.settled() == {("a", HOUR, False): 1}


def test_nothing_is_counted_twice_and_no_network_remembered_for_long() -> None:
    """Clicks stay while they may be part of a burst; then they are told once, and their network forgotten."""
    bursts = Bursts()
    for n in range(BURST):
        bursts.seen(b"burst", click("a", n))
    bursts.seen(b"alone", click("b", 3))
    assert bursts.settled(AT + timedelta(seconds=4)).total() == BURST
    assert len(bursts) == 2
    late = AT + timedelta(seconds=3) + WITHIN + timedelta(seconds=0.001)
    assert bursts.settled(late) == {("b", HOUR, True): 1}
    assert len(bursts) == 0
    assert not bursts.settled()


def test_memory_is_bounded_and_nothing_is_lost() -> None:
    """The network that waits longest is settled early."""
    bursts = Bursts()
    for n in range(machines.MOST + 50):
        bursts.seen(n.to_bytes(4, "big"), click("a"))
    assert len(bursts) == machines.MOST
    assert bursts.settled().total() == machines.MOST + 50
