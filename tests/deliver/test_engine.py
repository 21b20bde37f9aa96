"""The engine over a real ledger and the real SMTP client or senders that behave badly on purpose."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from digest.compose import segments
from digest.deliver import owner, pace
from digest.deliver.breaker import Breaker
from digest.deliver.engine import Engine, Policy
from digest.deliver.lanes import Lane, Lanes
from digest.deliver.sender import Limits, Options, make
from digest.errors import AddressInvalid, SenderError
from digest.model import Deferred, Recipient, RefusedRecipient, Submitted, Unavailable
from digest.store import budgets, deliveries, editions, ledger
from digest.testing.editions import SLOT, enrol, frozen
from digest.testing.smtp import Fault, SmtpServer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from digest.deliver.engine import Ending
    from digest.model import Armed, Message, Outcome
    from digest.store import Store


class Odd:
    """A sender that does what a test tells it, one function per message."""

    Options: ClassVar[type[Options]] = Options
    reaches_network: ClassVar[bool] = False

    def __init__(self, act: Callable[[Message], Outcome | None], limits: Limits | None = None) -> None:
        self.act = act
        self.limits = limits or Limits(max_batch=10, in_flight=1000)
        self.got: list[int] = []
        self.most = self.now = 0

    async def open(self) -> None:
        """Do nothing."""

    async def close(self, grace: float) -> None:
        """Do nothing."""

    async def send(self, batch: Sequence[Message], report: Callable[[Outcome], None]) -> None:
        self.now += len(batch)
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.001)
        for message in batch:
            self.got.append(message.key[1])
            outcome = self.act(message)
            self.now -= 1
            if outcome is not None:
                report(outcome)

    async def look_up(self, message_id: str) -> Outcome | None:
        return None


def ok(message: Message) -> Outcome:
    return Submitted(message.key, "250 ok")


class Play:
    """One edition for n readers, sent by an engine; counts what came of it."""

    def __init__(self, store: Store, n: int) -> None:
        self.store = store
        enrol(store, n)
        self.edition = frozen(store)
        with store.read() as conn:
            self.variant = segments.load(editions.variant_blocks(conn, self.edition)["main"])
        self.engine: Any = None
        self.began = time.monotonic()

    def message(self, row: Armed) -> Message:
        reader = Recipient(
            subscriber=row.subscriber,
            subscription=row.subscription,
            address=row.address,
            message_id=f"m{row.subscriber}",
        )
        return segments.splice(self.variant, reader, edition=row.edition)

    def run(
        self, *lanes: Lane, stop: Callable[[], bool] = lambda: False, message: Any = None, **policy: Any
    ) -> Ending:
        mine = ledger.Ledger(self.store, self.edition, "daily", owner.me(), timedelta(seconds=60))
        clock = policy.pop("clock", lambda: SLOT + timedelta(seconds=time.monotonic() - self.began))
        self.engine = Engine(mine, Lanes(list(lanes)), message or self.message, clock, Policy(**policy))
        return asyncio.run(asyncio.wait_for(self.engine.run(stop), 60))

    def states(self) -> dict[str, int]:
        with self.store.read() as conn:
            found = deliveries.audit(conn, self.edition)
        assert found["states"] == found["tallies"]
        assert found["wrong"] == {}
        return found["states"]


def test_everyone_gets_it_once(store: Store, tmp_path: Path) -> None:
    """Over the real client and server, on both databases: each reader once, every receipt kept."""
    play = Play(store, 300)
    with SmtpServer() as server:
        sender = make("relay", "smtp", {"host": server.host, "port": server.port}, tmp_path)
        assert play.run(Lane("relay", sender)).kind == "empty"
        assert Counter(server.recipients) == {f"r{i}@reader.example": 1 for i in range(1, 301)}
    assert play.states() == {"submitted": 300}
    assert deliveries_held(store, play.edition) == []


def deliveries_held(store: Store, edition: int) -> list[str]:
    with store.read() as conn:
        return deliveries.held_by(conn, edition)


@pytest.mark.parametrize("k", [1, 7, 100])
def test_never_more_than_k_are_in_doubt(store: Store, k: int) -> None:
    """However fast the sender, at most K deliveries are armed without a recorded outcome."""
    play = Play(store, 120)
    seen: list[int] = []

    def act(message: Message) -> Outcome:
        with store.read() as conn:
            seen.append(deliveries.counted(conn, play.edition).get("submitting", 0))
        return ok(message)

    play.run(Lane("odd", Odd(act)), k=k)
    assert play.states() == {"submitted": 120}
    assert 1 <= max(seen) <= k


def test_a_poison_message_stops_nobody_else(store: Store) -> None:
    """A reader whose message cannot be made is refused as our fault; the others get theirs."""
    play = Play(store, 20)

    def make_message(row: Armed) -> Message:
        if row.subscriber == 7:
            raise AddressInvalid("not an address")
        return play.message(row)

    play.run(Lane("odd", Odd(ok)), message=make_message)
    assert play.states() == {"submitted": 19, "refused": 1}


def test_a_sender_that_says_nothing_leaves_them_unknown(store: Store) -> None:
    """No outcome, or an exception in the middle: uncertain, never sent again by itself."""
    play = Play(store, 20)

    def act(message: Message) -> Outcome | None:
        if message.key[1] == 15:
            raise ValueError("surprise")
        return None if message.key[1] == 3 else ok(message)

    play.run(Lane("odd", Odd(act)), breaker=Breaker(least=999))
    states = play.states()
    assert states["unknown"] >= 2
    assert states["unknown"] + states["submitted"] == 20


def test_stopping_finishes_what_is_in_hand(store: Store) -> None:
    """Asked to stop, it arms nothing more, records what is under way and gives back the rest."""
    play = Play(store, 500)
    sender = Odd(ok)
    ending = play.run(Lane("odd", sender), stop=lambda: len(sender.got) > 60, k=20)
    assert ending.kind == "stopped"
    states = play.states()
    assert states["submitted"] == len(sender.got)
    assert set(states) == {"submitted", "queued"}
    assert deliveries_held(store, play.edition) == []
    assert play.run(Lane("odd", sender)).kind == "empty"
    assert Counter(sender.got) == dict.fromkeys(range(1, 501), 1)


@pytest.mark.parametrize("act", ["pause", "cancel"])
def test_pause_and_cancel_within_a_second(store: Store, act: str) -> None:
    """Asked through the store, a running engine stops within a second, everything recorded."""
    play = Play(store, 3000)
    asked: list[float] = []

    def slowly(message: Message) -> Outcome:
        if message.key[1] == 30 and not asked:
            with store.write() as conn:
                editions.set_control(conn, play.edition, act)
            asked.append(time.monotonic())
        return ok(message)

    ending = play.run(Lane("odd", Odd(slowly)), k=20)
    assert ending.kind == act
    assert time.monotonic() - asked[0] < 1
    assert play.states()["submitted"] < 200


def test_a_sender_that_is_down_burns_nobody(store: Store) -> None:
    """A final failure of the sender ends the run with its reason; everybody stays queued, untried."""
    play = Play(store, 50)
    ending = play.run(
        Lane("odd", Odd(lambda m: Unavailable(m.key, "the login was answered 535", final=True)))
    )
    assert (ending.kind, ending.wait >= 60) == ("unavailable", True)
    assert "sender odd: the login was answered 535" in ending.reason
    assert play.states() == {"queued": 50}


def test_a_sender_that_comes_back_is_used_again(store: Store) -> None:
    """After a short failure it is tried again with one message, then with all."""
    play = Play(store, 50)
    sender = Odd(lambda m: Unavailable(m.key, "busy", wait=0.05) if len(sender.got) < 30 else ok(m))
    assert play.run(Lane("odd", sender)).kind == "empty"
    assert play.states() == {"submitted": 50}


def test_failover_moves_only_what_was_not_accepted(store: Store) -> None:
    """When one of two senders fails, its messages go to the other; nobody gets it twice or not at all."""
    play = Play(store, 200)
    accepted: list[int] = []

    def good(message: Message) -> Outcome:
        accepted.append(message.key[1])
        return ok(message)

    bad = Odd(lambda m: good(m) if len(accepted) < 60 else Unavailable(m.key, "gone", final=True))
    assert play.run(Lane("first", bad), Lane("second", Odd(good))).kind == "empty"
    assert sorted(accepted) == list(range(1, 201))
    assert play.states() == {"submitted": 200}


def test_a_sender_that_cannot_open_leaves_it_to_the_others(store: Store) -> None:
    """A sender with a configuration that fails at the start is passed over while there is another."""

    class Broken(Odd):
        async def open(self) -> None:
            raise SenderError("no such file")

    play = Play(store, 20)
    assert play.run(Lane("broken", Broken(ok)), Lane("good", Odd(ok))).kind == "empty"
    assert play.states() == {"submitted": 20}


def test_weights_share_the_messages(store: Store) -> None:
    """Two senders of weights 3 and 1 get three quarters and one quarter."""
    play = Play(store, 400)
    first, second = Odd(ok), Odd(ok)
    play.run(Lane("first", first, 3), Lane("second", second, 1))
    assert (len(first.got), len(second.got)) == (300, 100)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda m: RefusedRecipient(m.key, 550, "5.1.1", "no such user", "address"), "refused"),
        (lambda m: Deferred(m.key, 451, "4.3.0", "later"), "deferred"),
        (lambda m: RefusedRecipient(m.key, 554, "5.7.1", "spam", "policy"), "refused by policy"),
    ],
)
def test_the_breaker_holds_the_edition(store: Store, act: Callable, words: str) -> None:
    """Too many refusals or deferrals stop the run early, with the share and the last answer."""
    play = Play(store, 1000)
    ending = play.run(Lane("odd", Odd(act)), k=20)
    assert ending.kind == "held"
    assert words in ending.reason
    assert play.states()["queued"] > 800


def test_an_expired_edition_stops(store: Store) -> None:
    """After ``expires_at`` nothing more is armed."""
    play = Play(store, 50)
    ending = play.run(Lane("odd", Odd(ok)), expires_at=SLOT)
    assert ending.kind == "expired"
    assert play.states() == {"queued": 50}


def test_uncertain_ones_are_sent_again_only_by_policy(store: Store, tmp_path: Path) -> None:
    """With resend an answer lost after the dot leads to another try; with hold it stays unknown."""
    play = Play(store, 40)
    with SmtpServer(faults=[Fault("dot", "late", first=5, times=1)]) as server:
        sender = make("relay", "smtp", {"host": server.host, "port": server.port}, tmp_path)
        play.run(Lane("relay", sender), resend=True)
        assert max(Counter(server.recipients).values()) == 2
    assert play.states() == {"submitted": 40}


# ── pace ──────────────────────────────────────────────────────────────────────────────


def test_a_day_s_budget_is_never_exceeded_by_a_restart(store: Store) -> None:
    """What was used stays used: two runs on one day send no more than one day's limit."""
    play = Play(store, 100)
    sender = Odd(ok)
    for _ in range(2):
        limits = pace.Pace("odd", pace.Rates(per_day=60))
        began = time.monotonic()
        play.run(Lane("odd", sender, pace=limits), stop=lambda began=began: time.monotonic() - began > 0.7)
    assert len(sender.got) == 60
    assert play.states() == {"submitted": 60, "queued": 40}
    with store.read() as conn:
        assert sum(budgets.used(conn, "odd").values()) == 60


def test_a_group_has_its_own_pace(store: Store) -> None:
    """A limit on some domains holds those back and lets the others go."""
    play = Play(store, 60)
    with store.write() as conn:
        conn.exec_driver_sql("UPDATE deliveries SET domain_group = 'slow.example' WHERE subscriber > 30")
    limits = pace.Pace("odd", pace.Rates(), {"slow": (frozenset({"slow.example"}), pace.Rates(per_hour=5))})
    sender = Odd(ok)
    began = time.monotonic()
    play.run(Lane("odd", sender, pace=limits), stop=lambda: time.monotonic() - began > 0.7)
    assert sum(n <= 30 for n in sender.got) == 30
    assert sum(n > 30 for n in sender.got) == 5


def test_messages_a_second(store: Store) -> None:
    """A limit of 50 a second makes 120 messages take at least a second and at most a few."""
    play = Play(store, 120)
    began = time.monotonic()
    play.run(Lane("odd", Odd(ok), pace=pace.Pace("odd", pace.Rates(per_second=50))))
    assert 1.0 < time.monotonic() - began < 10
    assert play.states() == {"submitted": 120}
