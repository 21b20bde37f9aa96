"""What bounces later brakes as a refusal would: our own faults at once, policy by a domain's share."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from digest.flow import brakes, desk, returns, send
from digest.flow.context import Context
from digest.model import EditionState, Event, EventKind
from digest.settings import NewsletterSettings, SenderSettings, Settings
from digest.settings.models import KeySettings
from digest.store import alerts, editions
from digest.testing.editions import SLOT, enrol, frozen
from digest.testing.smtp import Fault, SmtpServer

if TYPE_CHECKING:
    from pathlib import Path

    from digest.store import Store


@pytest.fixture
def ctx(store: Store, tmp_path: Path) -> Context:
    enrol(store, 100)
    chosen = Settings(
        root=tmp_path,
        base_url="https://news.example",
        secret_keys=(KeySettings.model_validate({"id": 1, "secret": "s" * 40}),),
        senders={"out": SenderSettings.model_validate({"type": "maildir", "path": "out", "per_hour": 60})},
        newsletters={
            "daily": NewsletterSettings.model_validate({"name": "daily", "title": "D", "sender": "out"})
        },
    )
    return Context(chosen, store, lambda: SLOT)


@pytest.fixture
def edition(ctx: Context) -> int:
    """Send sixty of a hundred messages; the budget keeps the others."""
    number = frozen(ctx.store)
    with ctx.store.write() as conn:
        conn.exec_driver_sql("UPDATE deliveries SET domain_group = 'small.example' WHERE subscriber <= 4")
    asked: list[int] = []
    done = send.send_edition(ctx, number, stop=lambda: len(asked) > 3 or bool(asked.append(1)))
    assert done.submitted == 60
    return number


def bounced(ctx: Context, edition: int, subscriber: int, what: str) -> str:
    detail: dict[str, Any] = {"class": what, "code": "5.7.1", "reason": "550 5.7.1 blocked"}
    return returns.apply_event(
        ctx,
        Event(
            source="mail", dedupe_key=f"{edition}:{subscriber}:{what}", kind=EventKind.BOUNCED,
            at=ctx.now() + timedelta(seconds=1), edition=edition, subscriber=subscriber, detail=detail,
        ),
    )  # fmt: skip


def state(ctx: Context, edition: int) -> tuple[str, str]:
    with ctx.store.read() as conn:
        found = editions.get(conn, edition)
    return found.state.value, found.reason


def test_policy_bounces_hold_the_edition(ctx: Context, edition: int) -> None:
    """A large domain that turns away more than its share stops the rest, with the reason and an alert."""
    effects = [bounced(ctx, edition, number, "policy") for number in range(10, 20)]
    assert effects == ["noted"] * 9 + ["edition held"]
    held, reason = state(ctx, edition)
    assert held == "held"
    assert "reader.example turned away 10 of" in reason
    with ctx.store.read() as conn:
        assert alerts.is_open(conn, f"held:{edition}")
        assert not list(conn.exec_driver_sql("SELECT * FROM suppressions"))  # nobody's address is blamed


def test_a_release_looks_only_at_what_comes_after(ctx: Context, edition: int) -> None:
    """Once a person released it, old bounces hold it no more; new ones do."""
    for number in range(10, 20):
        bounced(ctx, edition, number, "policy")
    later = Context(ctx.settings, ctx.store, lambda: SLOT + timedelta(minutes=5))
    desk.release(later, edition)
    assert bounced(later, edition, 21, "policy") == "noted"
    assert state(ctx, edition)[0] == "ready"
    effects = [bounced(later, edition, number, "policy") for number in range(22, 32)]
    assert effects[-1] in ("edition held", "told")
    assert state(ctx, edition)[0] == "held"


def test_a_few_among_many_hold_nothing(ctx: Context, edition: int) -> None:
    """Ten of sixty by policy are too many; ten spread over many more accepted ones are not."""
    with ctx.store.write() as conn:
        conn.exec_driver_sql(
            "UPDATE deliveries SET state='submitted', receipt='x' WHERE edition=1 AND state='queued'"
        )
    strict = ctx.settings.model_copy(
        update={"delivery": ctx.settings.delivery.model_copy(update={"rejected": 0.5})}
    )
    patient = Context(strict, ctx.store, ctx.now)
    effects = [bounced(patient, edition, number, "policy") for number in range(10, 60, 5)]
    with ctx.store.write() as conn:  # all in one moment, so that they stand among all sixty
        conn.exec_driver_sql("UPDATE deliveries SET at = (SELECT max(at) FROM deliveries)")
    effects.append(bounced(patient, edition, 11, "policy"))
    assert effects[-1] == "noted"


def test_a_small_domain_is_told_and_stops_nobody(ctx: Context, edition: int) -> None:
    """A domain with few of the readers is the operator's to hear of; the others get their edition."""
    with ctx.store.write() as conn:
        conn.exec_driver_sql("UPDATE editions SET candidates = 10000")
    effects = [bounced(ctx, edition, number, "policy") for number in range(10, 20)]
    assert effects[-1] == "told"
    assert state(ctx, edition)[0] != "held"
    with ctx.store.read() as conn:
        assert alerts.is_open(conn, f"bounces:{edition}")


@pytest.mark.parametrize("what", ["content", "us"])
def test_three_faults_of_ours_hold_the_edition(ctx: Context, edition: int, what: str) -> None:
    """What bounces for a fault of ours would bounce for everybody."""
    assert [bounced(ctx, edition, n, what) for n in (10, 11, 12)] == ["noted", "noted", "edition held"]
    assert "fault of ours" in state(ctx, edition)[1]


def test_addresses_and_full_mailboxes_hold_nothing(ctx: Context, edition: int) -> None:
    """However many addresses are gone: that is what the breaker and suppression are for."""
    for number in range(10, 40):
        bounced(ctx, edition, number, "mailbox")
    assert state(ctx, edition)[0] != "held"


def test_an_edition_that_is_over_is_only_told(ctx: Context, edition: int) -> None:
    """What was sent cannot be held; the operator hears of it."""
    with ctx.store.write() as conn:
        editions.move(conn, edition, EditionState.SENT, allowed=tuple(EditionState))
    assert [bounced(ctx, edition, n, "content") for n in (10, 11, 12)][-1] == "told"


def test_a_running_send_stops(ctx: Context, tmp_path: Path) -> None:
    """The process that sends sees within a second that the edition is held, and sends no more."""
    number = frozen(ctx.store, public_id="e00000000002")
    with SmtpServer(faults=[Fault("dot", "slow", seconds=0.02)]) as server:
        relay = {"type": "smtp", "host": server.host, "port": server.port, "connections": 1}
        values = {"senders": {"out": SenderSettings.model_validate(relay)}}
        running = Context(ctx.settings.model_copy(update=values), ctx.store, ctx.now)
        heard: list[str] = []

        def on_message(_message: object) -> None:
            if len(server.messages) in (20, 21, 22):
                heard.append(bounced(ctx, number, len(server.messages), "content"))

        server.on_message = on_message
        done = send.send_edition(running, number)
        assert heard[-1] == "edition held"
        assert done.state == "held"
        assert "fault of ours" in done.reason
        assert len(server.messages) < 100
    assert brakes.OURS_AT_MOST == 3
