"""Sending an edition through the flow: recovery, endings, what a person may do, and the audit."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, update

from digest.errors import EditionError, SenderError, UsageError
from digest.flow import desk, send
from digest.flow.audit import audit
from digest.flow.context import Context
from digest.model import EditionState
from digest.settings import NewsletterSettings, SenderSettings, Settings
from digest.settings.models import DeliverySettings, KeySettings
from digest.store import deliveries, editions, ledger
from digest.store.schema import alerts
from digest.store.schema import deliveries as table
from digest.testing.editions import SLOT, enrol, frozen
from digest.testing.smtp import Fault, SmtpServer

if TYPE_CHECKING:
    from pathlib import Path

    from digest.store import Store


def context(store: Store, root: Path, sender: dict[str, Any], **newsletter: Any) -> Context:
    """Make a context with one newsletter and one sender; the edition's hour stands for the present."""
    daily = {"name": "daily", "title": "Daily", "sender": "out", **newsletter}
    chosen = Settings(
        root=root,
        base_url="https://news.example",
        secret_keys=(KeySettings.model_validate({"id": 1, "secret": "s" * 40}),),
        senders={"out": SenderSettings.model_validate(sender)},
        delivery=DeliverySettings(least=10),
        newsletters={"daily": NewsletterSettings.model_validate(daily)},
    )
    return Context(chosen, store, lambda: SLOT)


@pytest.fixture
def ctx(store: Store, tmp_path: Path) -> Context:
    enrol(store, 30)
    return context(store, tmp_path, {"type": "maildir", "path": "out"})


def killed(ctx: Context, edition: int, n: int, *, really: int = 0) -> None:
    """Leave an edition as a killed process does: n armed, the first ``really`` of them accepted."""
    mine = ledger.Ledger(ctx.store, edition, "daily", "host:1:1:dead", timedelta(0))
    mine.renew(SLOT)
    armed = mine.turn((), mine.reserve(n + 5, SLOT)[:n], SLOT).armed
    if really:
        run = send._Run(
            ctx,
            _edition(ctx, edition),
            ctx.newsletter("daily"),
            send.make_lanes(ctx, ctx.newsletter("daily")),
        )

        async def hand_over() -> None:
            sender = run.lanes.lanes[0].sender
            await sender.open()
            await sender.send([run.message(row) for row in armed[:really]], lambda _outcome: None)

        send.run_loop(hand_over())


def _edition(ctx: Context, number: int) -> Any:
    with ctx.store.read() as conn:
        return editions.get(conn, number)


def test_an_edition_is_sent_and_the_books_close(ctx: Context, tmp_path: Path) -> None:
    """Everyone gets it, the edition is sent, the audit agrees with the maildir; again changes nothing."""
    edition = frozen(ctx.store)
    done = send.send_edition(ctx, edition)
    assert (done.state, done.submitted, done.candidates, done.queued) == ("sent", 30, 30, 0)
    assert audit(ctx, edition, tmp_path / "out").findings == ()
    assert send.send_edition(ctx, edition).submitted == 30
    assert len(list((tmp_path / "out" / "new").iterdir())) == 30


def test_after_a_kill_a_sender_that_can_tell_settles_everything(ctx: Context, tmp_path: Path) -> None:
    """With look_up nothing stays unknown: what is there is submitted, what is not is sent."""
    edition = frozen(ctx.store)
    killed(ctx, edition, 10, really=4)
    done = send.send_edition(ctx, edition)
    assert (done.state, done.submitted, done.unknown) == ("sent", 30, 0)
    assert len(list((tmp_path / "out" / "new").iterdir())) == 30
    assert audit(ctx, edition, tmp_path / "out").findings == ()


@pytest.mark.parametrize(("unknown", "left"), [("hold", 10), ("resend", 0)])
def test_after_a_kill_the_policy_decides(ctx: Context, tmp_path: Path, unknown: str, left: int) -> None:
    """A sender that cannot tell leaves them unknown and raises an alert, or they are sent again."""
    edition = frozen(ctx.store)
    killed(ctx, edition, 10)
    with SmtpServer() as server:
        relay = {"type": "smtp", "host": server.host, "port": server.port}
        done = send.send_edition(context(ctx.store, tmp_path, relay, unknown=unknown), edition)
        assert len(server.recipients) == 30 - left
    assert (done.state, done.submitted, done.unknown) == ("sent", 30 - left, left)
    with ctx.store.read() as conn:
        causes = [row.cause for row in conn.execute(alerts.select())]
    assert causes == ([f"unknown:{edition}"] if left else [])
    assert audit(ctx, edition).findings == ()


def test_resolving_by_hand(ctx: Context, tmp_path: Path) -> None:
    """A person settles the unknown: some arrived, some are sent again; the edition goes on and closes."""
    edition = frozen(ctx.store)
    killed(ctx, edition, 6)
    with SmtpServer() as server:
        relay = context(ctx.store, tmp_path, {"type": "smtp", "host": server.host, "port": server.port})
        send.send_edition(relay, edition)
        listed = desk.resolve(relay, edition, "")
        assert [row["address"] for row in listed["unknown"]] == [f"r{i}@reader.example" for i in range(1, 7)]
        desk.resolve(
            relay, edition, "submitted", ["r1@reader.example", "r2@reader.example"], "seen in the log"
        )
        desk.resolve(relay, edition, "resend")
        done = send.send_edition(relay, edition)
        assert len(server.recipients) == 28
    assert (done.state, done.submitted, done.unknown) == ("sent", 30, 0)
    assert audit(ctx, edition).findings == ()
    with pytest.raises(UsageError, match="not unknown"):
        desk.resolve(relay, edition, "resend", ["r9@reader.example"])


def test_a_sender_that_is_down_pauses_the_edition_with_its_reason(ctx: Context, tmp_path: Path) -> None:
    """Wrong password: paused, nobody tried, an alert; mended, the same command goes on."""
    edition = frozen(ctx.store)
    with SmtpServer(faults=[Fault("mail", reply="530 5.7.0 authentication required")]) as server:
        relay = context(ctx.store, tmp_path, {"type": "smtp", "host": server.host, "port": server.port})
        done = send.send_edition(relay, edition)
        assert (done.state, done.queued) == ("paused", 30)
        assert "530 5.7.0 authentication required" in done.reason
        server.faults.clear()
        assert send.waiting(relay) == []
        assert send.waiting(replace(relay, now=lambda: SLOT + timedelta(hours=1))) == [edition]
        assert send.send_edition(relay, edition).state == "sent"


def test_the_breaker_holds_until_a_person_releases(ctx: Context, tmp_path: Path) -> None:
    """Refusals by policy hold the edition; only a release lets it go on."""
    edition = frozen(ctx.store)
    with SmtpServer(faults=[Fault("dot", reply="554 5.7.1 looks like spam")]) as server:
        relay = context(ctx.store, tmp_path, {"type": "smtp", "host": server.host, "port": server.port})
        done = send.send_edition(relay, edition)
        assert (done.state, done.refused, done.queued) == ("held", 0, 30)  # nobody is burnt
        assert "refused by policy" in done.reason
        with pytest.raises(EditionError, match=f"release {edition}"):
            send.send_edition(relay, edition)
        server.faults.clear()
        desk.release(relay, edition)
        assert send.send_edition(relay, edition).submitted == 30
    assert audit(ctx, edition).findings == ()


@pytest.mark.parametrize("stage", ["mail", "rcpt", "dot"])
def test_a_service_that_rejects_policy_burns_nobody(ctx: Context, tmp_path: Path, stage: str) -> None:
    """However few readers there are: the edition stops, says why, tells the operator, and all wait."""
    edition = frozen(ctx.store)
    with ctx.store.write() as conn:
        conn.execute(delete(table).where(table.c.subscriber > 3))
        conn.exec_driver_sql("UPDATE tallies SET n = 3")
    reply = "550 5.7.26 unauthenticated sender"
    with SmtpServer(faults=[Fault(stage, reply=reply)]) as server:
        relay = context(ctx.store, tmp_path, {"type": "smtp", "host": server.host, "port": server.port})
        done = send.send_edition(relay, edition)
    assert (done.state in ("held", "paused"), done.refused, done.queued) == (True, 0, 3)
    assert "5.7.26" in done.reason
    with ctx.store.read() as conn:
        assert [row.cause.partition(":")[0] for row in conn.execute(alerts.select())] in (
            ["held"],
            ["sender"],
        )


def test_one_reader_s_own_policy_is_final(ctx: Context, tmp_path: Path) -> None:
    """Where others are accepted, a refusal by policy is that recipient's and is not repeated."""
    edition = frozen(ctx.store)
    with SmtpServer(faults=[Fault("rcpt", reply="550 5.7.1 not here", match="r7@")]) as server:
        relay = context(ctx.store, tmp_path, {"type": "smtp", "host": server.host, "port": server.port})
        done = send.send_edition(relay, edition)
    assert (done.state, done.refused, done.submitted) == ("sent", 1, 29)


def test_a_straggler_s_policy_holds_nothing(ctx: Context, tmp_path: Path) -> None:
    """A retry that is refused by policy after the others were accepted is one recipient's, too."""
    edition = frozen(ctx.store)
    later = Fault("rcpt", reply="451 4.2.1 greylisted", match="r7@")
    with SmtpServer(faults=[later]) as server:
        relay = context(ctx.store, tmp_path, {"type": "smtp", "host": server.host, "port": server.port})
        assert send.send_edition(relay, edition).deferred == 1
        later.reply = "550 5.7.1 not here"
        done = send.send_edition(replace(relay, now=lambda: SLOT + timedelta(hours=1)), edition)
    assert (done.state, done.refused, done.submitted) == ("sent", 1, 29)


def test_deferred_ones_wait_and_then_expire(ctx: Context, tmp_path: Path) -> None:
    """Deferred deliveries keep the edition open until they are accepted or it expires."""
    edition = frozen(ctx.store)
    with SmtpServer(faults=[Fault("rcpt", reply="451 4.2.1 greylisted", match="r[12]@")]) as server:
        relay = context(ctx.store, tmp_path, {"type": "smtp", "host": server.host, "port": server.port})
        done = send.send_edition(relay, edition)
        assert (done.state, done.submitted, done.deferred) == ("sending", 28, 2)
        assert done.retry_at is not None
        assert timedelta(minutes=3) < done.retry_at - SLOT < timedelta(minutes=8)
        assert send.waiting(relay) == []
        later = replace(relay, now=lambda: SLOT + timedelta(minutes=10))
        assert send.waiting(later) == [edition]
        over = replace(relay, now=lambda: SLOT + timedelta(hours=13))
        done = send.send_edition(over, edition)
    assert (done.state, done.submitted, done.expired) == ("sent", 28, 2)
    assert audit(ctx, edition).findings == ()


def test_pause_resume_cancel(ctx: Context) -> None:
    """Paused it refuses to be sent, resumed it goes on; cancelled nothing of it leaves, ever."""
    edition = frozen(ctx.store)
    desk.pause(ctx, edition, "wrong lead")
    with pytest.raises(EditionError, match=f"resume {edition}"):
        send.send_edition(ctx, edition)
    assert _edition(ctx, edition).reason == "wrong lead"
    desk.resume(ctx, edition)
    desk.cancel(ctx, edition, "retracted")
    done = send.send_edition(ctx, edition)
    assert (done.state, done.cancelled, done.submitted) == ("cancelled", 30, 0)
    assert audit(ctx, edition).findings == ()
    with pytest.raises(EditionError):
        desk.resume(ctx, edition)


def test_hold_and_release(ctx: Context) -> None:
    """A held edition names how to let it go."""
    edition = frozen(ctx.store)
    desk.hold(ctx, edition, "check the map")
    with pytest.raises(EditionError, match="check the map"):
        send.send_edition(ctx, edition)
    desk.release(ctx, edition)
    assert send.send_edition(ctx, edition).state == EditionState.SENT


def test_without_base_url_nothing_reaches_the_network(ctx: Context, tmp_path: Path) -> None:
    """Links would lead nowhere: an smtp sender is refused, a maildir is not."""
    relay = context(ctx.store, tmp_path, {"type": "smtp"})
    bare = replace(relay, settings=relay.settings.model_copy(update={"base_url": ""}))
    edition = frozen(ctx.store)
    with pytest.raises(SenderError, match="base_url"):
        send.send_edition(bare, edition)
    here = replace(ctx, settings=ctx.settings.model_copy(update={"base_url": ""}))
    assert send.send_edition(here, edition).state == "sent"


TAMPER = {
    "deleted": lambda c: c.execute(delete(table).where(table.c.subscriber == 2)),
    "altered": lambda c: c.execute(update(table).where(table.c.subscriber == 2).values(state="refused")),
    "receipt": lambda c: c.execute(update(table).where(table.c.subscriber == 2).values(receipt="")),
}


@pytest.mark.parametrize("how", TAMPER)
def test_the_audit_sees_tampering(ctx: Context, how: str) -> None:
    """Deleting a row, altering a state or blanking a receipt opens the books."""
    edition = frozen(ctx.store)
    send.send_edition(ctx, edition)
    with ctx.store.write() as conn:
        TAMPER[how](conn)
    assert audit(ctx, edition).findings != ()


def test_the_audit_against_what_arrived(ctx: Context, tmp_path: Path) -> None:
    """A message lost or doubled behind our back shows when comparing with the maildir or a log."""
    edition = frozen(ctx.store)
    send.send_edition(ctx, edition)
    files = sorted((tmp_path / "out" / "new").iterdir())
    log = tmp_path / "mail.log"
    ids = [line for f in files for line in f.read_text().splitlines() if line.startswith("Message-ID")]
    log.write_text("\n".join(f"relay cleanup: 4F: message-id={i.split(': ')[1]}" for i in ids) + "\n")
    assert audit(ctx, edition, log).findings == ()
    (tmp_path / "out" / "new" / "copy").write_bytes(files[0].read_bytes())
    files[1].unlink()
    findings = " ".join(audit(ctx, edition, tmp_path / "out").findings)
    assert "did not arrive: 1" in findings
    assert "twice or more: 1" in findings


def test_the_audit_reads_what_became_of_messages_in_postfix_s_log(ctx: Context, tmp_path: Path) -> None:
    """Accepted by the relay is not arrived: what its log says bounced or waits is missing."""
    edition = frozen(ctx.store)
    send.send_edition(ctx, edition)
    files = sorted((tmp_path / "out" / "new").iterdir())
    ids = [line for f in files for line in f.read_text().splitlines() if line.startswith("Message-ID")]
    log, lines = tmp_path / "mail.log", []
    for number, line in enumerate(ids):
        mark = f"Jul  5 07:00:01 mx postfix/{{}}[7]: 4bX{number:05d}"
        status = {3: "bounced", 4: "deferred"}.get(number, "sent")
        lines.append(f"{mark.format('cleanup')}: message-id={line.split(': ')[1]}")
        lines.append(
            f"{mark.format('smtp')}: to=<r@x>, relay=mx, delay=1, dsn=2.0.0, status={status} (250 ok)"
        )
        lines.append(f"{mark.format('qmgr')}: removed")
    log.write_text("\n".join(lines) + "\n")
    found = audit(ctx, edition, log)
    assert found.figures["arrived"]["messages"] == 28
    assert [finding.partition(" (")[0] for finding in found.findings] == ["submitted, but did not arrive: 2"]


def test_the_figures_can_be_read_while_sending(ctx: Context) -> None:
    """Progress stands in the store, for other readers than the process that sends."""
    edition = frozen(ctx.store)
    seen: list[int] = []
    send.send_edition(ctx, edition, progress=lambda _counts: seen.append(send.totals(ctx, edition).submitted))
    assert seen[-1] >= 0
    assert send.totals(ctx, edition).submitted == 30
    with ctx.store.read() as conn:
        assert deliveries.tallied(conn, edition) == {"submitted": 30}


def test_two_commands_for_a_past_hour_do_not_take_each_other_for_dead(ctx: Context, tmp_path: Path) -> None:
    """Leases hold by the time of day though ``--at`` sets the clock: nobody gets it twice, even by resend."""
    edition = frozen(ctx.store)
    slow = Fault("dot", "slow", seconds=0.3)
    with SmtpServer(faults=[slow]) as server, ThreadPoolExecutor(2) as two:
        relay = {"type": "smtp", "host": server.host, "port": server.port}
        same = context(ctx.store, tmp_path, relay, unknown="resend")
        first = two.submit(send.send_edition, same, edition)
        while not server.counts["data"]:
            time.sleep(0.005)
        second = two.submit(send.send_edition, same, edition)
        totals = [first.result(), second.result()]
        assert Counter(server.recipients).most_common(1)[0][1] == 1
        assert len(server.recipients) == 30
    assert totals[0].submitted == 30
    assert audit(ctx, edition).findings == ()
