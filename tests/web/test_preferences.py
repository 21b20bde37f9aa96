"""Preferences: every choice takes effect and is recorded; one's own data needs one's own mailbox."""

from __future__ import annotations

import json
import mailbox
import re

from digest.store import consents, subscribers


def choose(client, reader, **form):
    return client.post(reader.preferences, data={"language": "en", "until": "", **form})


def mailed(context, newsletter="daily", weekday=None, at=None):
    with context.store.read() as conn:
        return [
            each.address for each in subscribers.candidates(conn, newsletter, at or context.now(), weekday)
        ]


def test_looking_changes_nothing(client, reader):
    """GET and HEAD show; the page names the newsletters and not the whole address."""
    page = client.get(reader.preferences)
    client.head(reader.preferences)
    assert "بريد الصباح" in page.text
    assert "ann@example.org" not in page.text
    assert reader.states() == {"daily": "confirmed"}


def test_newsletters_can_be_chosen_and_left(client, reader, context):
    """What is ticked is subscribed, what is not is left; both are recorded with the words agreed to."""
    page = choose(client, reader, newsletter=["sabah"])
    assert "Your choices were saved." in page.text
    assert reader.states() == {"daily": "unsubscribed", "sabah": "confirmed"}
    assert mailed(context) == []
    assert mailed(context, "sabah") == ["ann@example.org"]
    with context.store.read() as conn:
        acts = [(act["newsletter"], act["act"]) for act in consents.of(conn, reader.id)]
    assert ("sabah", "confirmed") in acts
    assert ("daily", "unsubscribed") in acts
    choose(client, reader, newsletter=["daily", "sabah"])
    assert mailed(context) == ["ann@example.org"]


def test_days_are_kept(client, reader, context):
    """Only Mondays and Fridays; none ticked means every day, for "none" is leaving."""
    choose(client, reader, newsletter=["daily"], **{"days-daily": ["0", "4"]})
    assert [day for day in range(7) if mailed(context, weekday=day)] == [0, 4]
    choose(client, reader, newsletter=["daily"])
    assert [day for day in range(7) if mailed(context, weekday=day)] == list(range(7))


def test_a_pause_holds_until_its_day(client, reader, context):
    """And a day that is over is no pause."""
    choose(client, reader, newsletter=["daily"], until="2026-08-01")
    assert mailed(context) == []
    assert 'value="2026-08-01"' in client.get(reader.preferences).text
    choose(client, reader, newsletter=["daily"], until="2020-01-01")
    assert mailed(context) == ["ann@example.org"]


def test_sections_are_offered_where_a_newsletter_has_some_and_kept(client, reader, context):
    """Ticked ones are shown ticked again; all of them is as good as none, and unknown ones are nothing."""
    offered = re.findall(r'name="section-(\w+)" value="([^"]+)"', client.get(reader.preferences).text)
    there = [each.name for each in context.settings.newsletters["daily"].sections]
    assert [name for newsletter, name in offered if newsletter == "daily"] == there
    assert len(there) > 1
    for ticked, kept in (([there[0], "Nonsense"], [there[0].casefold()]), (there, None), ([], None)):
        page = choose(client, reader, newsletter=["daily"], **{"section-daily": ticked})
        with context.store.read() as conn:
            [mine] = subscribers.subscriptions_of(conn, reader.id)
        assert mine.prefs.get("sections") == kept
        assert page.text.count('value="World" checked') == (kept == ["world"])


def test_a_zone_moves_the_end_of_a_pause(client, reader, context):
    """The day begins there; saving twice shows it as it was written. No such zone is nothing."""
    for _ in range(2):
        page = choose(client, reader, newsletter=["daily"], until="2026-08-01", zone="Asia/Amman")
        assert 'value="2026-08-01"' in page.text
    with context.store.read() as conn:
        [mine] = subscribers.subscriptions_of(conn, reader.id)
    assert mine.paused_until.isoformat() == "2026-07-31T21:00:00+00:00"
    for written, kept in (("Mars/Olympus", "Asia/Amman"), ("", "")):
        choose(client, reader, newsletter=["daily"], zone=written)
        with context.store.read() as conn:
            assert subscribers.get(conn, reader.id).zone == kept


def test_strange_forms_do_no_harm(client, reader):
    """Unknown newsletters, days, languages and dates are nothing."""
    form = {
        "newsletter": ["daily", "../x"],
        "days-daily": ["9", "x"],
        "until": "9999-99-99",
        "language": "xx",
    }
    assert choose(client, reader, **form).status_code == 200
    assert reader.states() == {"daily": "confirmed"}
    assert choose(client, reader, newsletter=["daily"], until="9999-12-31").status_code == 200


def data_link(context):
    box = mailbox.Maildir(context.settings.root / "outbox")
    text = "".join(message.get_payload(0).get_payload(decode=True).decode() for message in box)
    return re.search(r"https://news\.post\.example(/d/\S+)", text)[1]


def test_ones_own_data_needs_ones_own_mailbox(client, reader, context):
    """The preferences link, which stands in every mail that may be forwarded, shows and erases nothing."""
    answer = client.post(f"{reader.preferences}/data")
    assert answer.status_code == 200
    assert "/d/" not in answer.text
    path = data_link(context)
    client.get(path)
    assert reader.states() == {"daily": "confirmed"}
    answer = client.post(path, data={"what": "download"})
    mine = json.loads(answer.content)
    assert mine["subscriber"]["address"] == "ann@example.org"
    assert [act["act"] for act in mine["consents"]] == ["imported"]
    assert "attachment" in answer.headers["content-disposition"]
    assert client.post(path, data={"what": "erase"}).status_code == 200
    assert mailed(context) == []
    assert client.get(reader.preferences).status_code == 404
    assert client.post(path, data={"what": "download"}).status_code == 404
