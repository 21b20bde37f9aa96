"""Leaving: no scanner can do it, every reader can, with one click or with a choice."""

from __future__ import annotations

import pytest

from digest import tokens
from digest.flow.messages import keyring
from digest.store import subscribers
from digest.tokens import Keyring, Purpose

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_opening_the_link_changes_nothing(client, reader, method):
    """Scanners and mail programs open every link, some several times."""
    for _ in range(3):
        client.request(method, reader.leave)
    assert reader.states() == {"daily": "confirmed"}


def test_the_page_asks_and_names_the_newsletter(client, reader):
    """It shows enough of the address to know oneself, no more: links get forwarded."""
    page = client.get(reader.leave)
    assert page.status_code == 200
    assert "The Harbour Post daily" in page.text
    assert "a…n@example.org" in page.text
    assert "ann@example.org" not in page.text
    assert page.headers["x-robots-tag"] == "noindex, nofollow"


@pytest.mark.parametrize("form", ["data", "files", "none"])
def test_one_click_leaves_at_once(client, reader, form):
    """RFC 8058: 200, no redirect, no cookie, in both encodings; a second time is as good as the first."""
    sent = {
        "data": {"data": ONE_CLICK},
        "files": {"files": {"List-Unsubscribe": (None, "One-Click")}},
        "none": {},
    }
    for _ in range(2):
        answer = client.post(reader.leave, **sent[form])
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        assert reader.states() == {"daily": "unsubscribed"}


def test_one_click_leaves_that_newsletter_only(client, reader, context):
    """One POST, one newsletter."""
    from digest.flow import audience

    audience.add(context, reader.address, "sabah", "form")
    client.post(reader.leave, data=ONE_CLICK)
    assert reader.states() == {"daily": "unsubscribed", "sabah": "confirmed"}
    client.post(reader.leave, data={"what": "everything"})
    assert reader.states() == {"daily": "unsubscribed", "sabah": "unsubscribed"}


def test_less_often_and_pause_keep_the_reader(client, reader, context):
    """Once a week on the day they chose it (a Sunday), or nothing for thirty days."""
    assert "Sunday" in client.post(reader.leave, data={"what": "less"}).text
    with context.store.read() as conn:
        assert subscribers.subscription(conn, reader.subscription).weekdays == 1 << 6
    assert "4 August 2026" in client.post(reader.leave, data={"what": "pause"}).text
    assert reader.states() == {"daily": "paused"}


def test_who_left_is_not_brought_back_by_a_late_click(client, reader):
    """The choices "pause" and "less often" after leaving leave it at that."""
    client.post(reader.leave, data={"what": "this"})
    for what in ("less", "pause"):
        client.post(reader.leave, data={"what": what})
        assert reader.states() == {"daily": "unsubscribed"}


@pytest.mark.parametrize(
    "token",
    ["x", "A" * 32, "A" * 31 + "é", "%00", "..%2f..%2fetc%2fpasswd", "a" * 5000],
)
def test_an_altered_token_is_refused(client, reader, token):
    """Reading and posting alike, with the same page for every cause."""
    for method in ("GET", "POST"):
        answer = client.request(method, f"/u/{token}")
        assert answer.status_code == 404
        assert "does not work" in answer.text or "no such page" in answer.text
    assert reader.states() == {"daily": "confirmed"}


def test_a_token_of_another_purpose_or_key_is_refused(client, reader, context):
    """A preferences link is no link to leave; another installation's link is none either."""
    foreign = Keyring({1: b"z" * 32}, {})
    for token in (
        tokens.make(keyring(context), Purpose.PREFERENCES, reader.subscription),
        tokens.make(foreign, Purpose.LEAVE, reader.subscription),
        tokens.make(keyring(context), Purpose.LEAVE, 999_999),
    ):
        assert client.post(f"/u/{token}", data=ONE_CLICK).status_code == 404
    assert reader.states() == {"daily": "confirmed"}


def test_the_page_speaks_the_newsletters_language(make_reader, client, context):
    """An Arabic newsletter has an Arabic page, from right to left; ?lang= overrules it."""
    sara = make_reader("sara@example.org", "sabah")
    page = client.get(sara.leave)
    assert 'lang="ar" dir="rtl"' in page.text
    assert page.headers["content-language"] == "ar"
    assert 'lang="en" dir="ltr"' in client.get(f"{sara.leave}?lang=en").text


def test_a_hostile_newsletter_title_or_address_is_escaped(make_reader, client, context):
    """What stands in the database is text, never markup."""
    eve = make_reader("<script>x</script>@example.org".replace("<", "{").replace(">", "}"))
    assert "<script" not in client.get(eve.leave).text


def test_leaving_is_honoured_for_what_is_queued_already(client, make_reader, context):
    """The edition is frozen and being sent; who leaves now is not mailed any more, the others are."""
    import mailbox

    from digest.flow.send import send_edition
    from digest.testing.editions import frozen

    ann, bob = make_reader(), make_reader("bob@example.org")
    letter = context.settings.newsletters["daily"].model_copy(update={"sender": "outbox"})
    settings = context.settings.model_copy(update={"newsletters": {"daily": letter}})
    edition = frozen(context.store)
    assert client.post(ann.leave, data=ONE_CLICK).status_code == 200
    done = send_edition(type(context)(settings, context.store, context.now), edition)
    assert (done.submitted, done.suppressed, done.queued) == (1, 1, 0)
    box = mailbox.Maildir(context.settings.root / "outbox")
    assert [message["To"] for message in box if bob.address in str(message["To"])]
    assert not [message for message in box if ann.address in str(message["To"])]


def test_who_leaves_while_an_edition_goes_out_gets_none_of_it(client, make_reader, context):
    """Some messages have arrived and others are on their way when the last two press the button."""
    from digest.flow.send import send_edition
    from digest.settings import SenderSettings
    from digest.settings.models import DeliverySettings
    from digest.testing.editions import frozen
    from digest.testing.smtp import SmtpServer

    readers = [make_reader(f"r{n}@example.org") for n in range(30)]
    letter = context.settings.newsletters["daily"].model_copy(update={"sender": "out"})
    edition = frozen(context.store)
    with SmtpServer() as server:

        def leave(_message):
            if len(server.messages) in (1, 12):
                leaving = readers[-1] if len(server.messages) == 1 else readers[-2]
                assert client.post(leaving.leave, data=ONE_CLICK).status_code == 200

        server.on_message = leave
        out = SenderSettings(type="smtp", host=server.host, port=server.port)
        changed = {"newsletters": {"daily": letter}, "senders": {"out": out}}
        settings = context.settings.model_copy(
            update={**changed, "delivery": DeliverySettings(in_doubt=4)},
        )
        done = send_edition(type(context)(settings, context.store, context.now), edition)
        assert (done.submitted, done.suppressed, done.state) == (28, 2, "sent")
        assert set(server.recipients) == {reader.address for reader in readers[:-2]}
