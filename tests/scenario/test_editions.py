"""Stories of editions: the first one, none, one interrupted, one held, one missed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, timedelta

from digest.flow import dispatch, work
from digest.flow.tick import tick
from digest.model import EditionState
from digest.store import Store
from digest.store import alerts as told
from digest.testing import newsroom
from digest.testing.house import arrivals, articles
from digest.testing.smtp import Fault
from digest.testing.website import Website


def news(house, hours=24, every=2):
    """Print a day's articles, up to now."""
    now = house.clock()
    house.print(articles(now - timedelta(hours=hours), now, timedelta(hours=every)))


def states(house):
    return [(f"{edition.slot.at:%d %H:%M}", edition.state.value) for edition in house.editions()]


def open_alerts(house):
    with house.ctx.store.read() as conn:
        return {alert.cause.partition(":")[0]: alert for alert in told.listed(conn)}


def test_first_edition(house, server):
    """It is built ten minutes before its time, sent at its time, and each reader has it once."""
    house.round()
    house.clock.forward(hours=18, minutes=50)
    news(house)
    house.round()
    assert states(house) == [("06 07:00", "ready")]
    assert server.messages == []
    house.clock.forward(minutes=9)
    house.round()
    assert server.messages == []
    house.clock.forward(minutes=1)
    house.round()
    assert states(house) == [("06 07:00", "sent")]
    assert sorted(server.recipients) == [f"reader{n:04d}@example.com" for n in range(3)]
    house.clock.forward(minutes=1)
    house.round()
    assert len(server.messages) == 3
    assert open_alerts(house) == {}


def test_nothing_new_is_recorded_as_skipped_and_alarms_nobody(house, server):
    """No news on the second day: no mail, the reason is kept, and the third day's edition has it all."""
    house.round()
    house.clock.forward(hours=19)
    news(house)
    house.round()
    house.clock.forward(days=1)
    house.round()
    assert states(house) == [("06 07:00", "sent"), ("07 07:00", "skipped")]
    assert house.editions()[-1].reason
    assert len(server.messages) == 3
    assert open_alerts(house) == {}
    house.clock.forward(days=1)
    news(house, hours=5)
    house.round()
    assert states(house)[-1] == ("08 07:00", "sent")
    first, third = house.editions()[0], house.editions()[-1]
    assert not set(house.picks(first.id)) & set(house.picks(third.id))


def test_restart_mid_send(house, server):
    """Stopped after twenty of a hundred readers and begun again in another process: everyone has it once."""
    house.enrol("morning", 97, "more")
    house.round()
    house.clock.forward(hours=19)
    news(house)
    tick(house.ctx)
    work.build_due(house.ctx)
    stop = threading.Event()

    def count(_message):
        if len(server.messages) >= 20:
            stop.set()

    server.on_message = count
    work.send_due(house.ctx, stop.is_set)
    assert len(server.messages) >= 20
    assert states(house) == [("06 07:00", "sending")] or len(server.messages) == 100
    house.restart()
    house.clock.forward(minutes=3)
    house.round()
    assert states(house) == [("06 07:00", "sent")]
    assert len(set(server.recipients)) == 100
    assert set(arrivals(server.messages).values()) == {1}


def test_two_of_everything(house, server, database_url):
    """Two schedulers and four workers at the same moment: one edition, one message a reader."""
    house.enrol("morning", 57, "more")
    house.round()
    house.clock.forward(hours=19)
    news(house)
    stores = [Store(database_url) for _ in range(4)]
    contexts = [replace(house.ctx, store=store) for store in stores]

    def whole_round(ctx):
        tick(ctx)
        work.build_due(ctx)
        work.send_due(ctx)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(whole_round, contexts))
    house.round()  # whoever built it last sends what the others could not see yet
    for store in stores:
        store.close()
    assert states(house) == [("06 07:00", "sent")]
    assert sorted(set(server.recipients)) == sorted(server.recipients)
    assert len(server.messages) == 60


def test_missed_while_down_is_told_once(house, server):
    """Down over the slot and its grace: recorded as missed, one alert, and the next day goes on as usual."""
    house.round()
    house.clock.forward(days=1, hours=3)
    house.restart(alerts_to=["desk@harbourpost.example"])
    news(house, hours=30)
    for _ in range(3):
        house.round()
    assert states(house) == [("06 07:00", "missed")]
    assert [message.recipient for message in server.messages] == ["desk@harbourpost.example"]
    mail = server.messages[0].parsed()
    assert "missed" in mail["Subject"]
    assert "digest send morning --at 2026-07-06T07:00Z" in mail.get_content()
    house.clock.forward(hours=16)
    news(house, hours=10)
    house.round()
    assert states(house)[-1] == ("07 07:00", "sent")


def test_before_catching_up_the_sources_are_asked(house, server):
    """Nobody read them while the house was down; the edition has the news of those hours all the same."""
    house.clock.now = newsroom.NOW.astimezone(UTC) - timedelta(hours=12)
    house.round()
    house.clock.now = newsroom.NOW.astimezone(UTC) + timedelta(hours=2)
    with Website() as site:
        house.restart(sources=newsroom.open_newsroom(site)[:1])
        house.round()
    assert states(house) == [("03 07:00", "sent")]
    assert "harbourpost.example/2026/07/0" in house.picks(house.editions()[0].id)[0]


def test_what_was_missed_can_be_made_by_hand(house, server):
    """The command that the alert names makes the edition, with the news of its own window."""
    house.round()
    house.clock.forward(days=1, hours=3)
    news(house, hours=30)
    house.round()
    assert states(house) == [("06 07:00", "missed")]
    slot = house.editions()[0].slot.at
    totals = dispatch.send(replace(house.ctx, now=lambda: slot), "morning", slot)
    assert totals.state == "sent"
    assert len(server.messages) == 3


def test_a_newsletter_taken_out_of_the_configuration_is_let_go(house, server):
    """Its draft is cancelled with the reason; nothing is sent and nobody is alarmed."""
    house.round()
    house.clock.forward(hours=18, minutes=55)
    tick(house.ctx)
    house.newsletters = {"other": {"schedule": "0 9 * * *"}}
    house.restart()
    house.round()
    assert states(house) == [("06 07:00", "cancelled")]
    assert "taken out" in house.editions()[0].reason
    assert open_alerts(house) == {}


def test_caught_up_within_grace(house, server):
    """Down from noon to 09:30: the edition of 07:00 goes out, late, with the news up to 07:00."""
    house.round()
    house.clock.forward(hours=21, minutes=30)
    house.restart()
    news(house, hours=26)
    house.round()
    assert states(house) == [("06 07:00", "sent")]
    edition = house.editions()[0]
    assert all("/2026/07/06/0" not in url or url[-4:] < "0700" for url in house.picks(edition.id))
    assert len(server.messages) == 3


def test_a_build_that_fails_is_told_and_tried_again(house, server):
    """A broken template: one alert, no edition; mended, it goes out and the alert is closed."""
    template = house.root / "templates" / "editions" / "briefing" / "subject.txt.j2"
    template.parent.mkdir(parents=True)
    template.write_text("{{ broken", "utf-8")
    house.round()
    house.clock.forward(hours=19)
    news(house)
    for _ in range(3):
        house.round()
    assert states(house) == [("06 07:00", "draft")]
    alert = open_alerts(house)["build"]
    assert "cannot be built" in alert.subject
    assert "subject.txt" in alert.body
    template.unlink()
    house.round()
    assert states(house) == [("06 07:00", "draft")], "it waits a minute before it tries again"
    house.clock.forward(minutes=2)
    house.round()
    assert states(house) == [("06 07:00", "sent")]
    assert "build" not in open_alerts(house)
    assert len(server.messages) == 3


def test_a_build_that_never_succeeds_ends_as_missed(house):
    """After its grace it is recorded, with the reason, and the worker turns to the next."""
    template = house.root / "templates" / "editions" / "briefing" / "subject.txt.j2"
    template.parent.mkdir(parents=True)
    template.write_text("{{ broken", "utf-8")
    house.round()
    house.clock.forward(hours=19)
    news(house)
    house.round()
    house.clock.forward(hours=6, minutes=1)
    house.round()
    assert states(house) == [("06 07:00", "missed")]
    assert "grace" in house.editions()[0].reason


def test_one_newsletter_in_trouble_does_not_stop_another(house, server):
    """Its theme is missing; the other newsletter of that hour goes out on time."""
    house.newsletters = {"broken": {"theme": "nosuch"}, "morning": {}}
    house.restart()
    house.round()
    house.clock.forward(hours=19)
    news(house)
    house.round()
    assert {edition.newsletter: edition.state for edition in house.editions()} == {
        "broken": EditionState.DRAFT,
        "morning": EditionState.SENT,
    }
    assert len(server.messages) == 3


def test_a_relay_that_is_down_delays_and_is_told(house, server):
    """Nothing is lost: once it answers again, everyone has the edition once, and the alert is closed."""
    house.round()
    house.clock.forward(hours=19)
    news(house)
    server.faults.append(Fault(stage="connect", reply="554 5.3.2 no service today"))
    house.round()
    assert server.messages == []
    assert open_alerts(house).keys() & {"sender", "send"}
    server.faults.clear()
    for _ in range(20):
        house.clock.forward(minutes=10)
        house.round()
    assert states(house) == [("06 07:00", "sent")]
    assert sorted(server.recipients) == sorted(set(server.recipients))
    assert len(server.messages) == 3
    assert not open_alerts(house).keys() & {"sender", "send"}
