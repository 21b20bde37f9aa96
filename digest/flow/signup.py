"""Signing up: ask, send a letter, confirm. No bot can do it, and no answer tells who reads what."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING, Any, Protocol

from digest import tokens
from digest.audience import limits
from digest.audience.addresses import normalise
from digest.errors import DigestError, TokenInvalid
from digest.flow import post
from digest.flow.messages import keyring
from digest.model import Submitted
from digest.model import SubscriptionState as State
from digest.model import SuppressionReason as Why
from digest.store import asks, consents, subscribers, suppressions
from digest.tokens import Purpose

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.audience.addresses import Address
    from digest.flow.context import Context
    from digest.model import Subscriber, Subscription
    from digest.settings import NewsletterSettings
    from digest.store import Connection

log = logging.getLogger("digest.signup")

DATA_LINK = timedelta(hours=1)
"""How long the link to one's own data is valid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request from the sign-up page."""

    newsletter: str
    address: str
    ip: str = ""
    language: str = ""
    wording: str = ""  # what the page promised, word for word


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a letter is made of. Nothing in it was written by whoever filled in the form."""

    kind: str  # confirm, known, data
    newsletter: NewsletterSettings
    language: str
    link: str
    address: str


class Rendered(Protocol):
    """A letter as rendered."""

    @property
    def subject(self) -> str:
        """The subject."""

    @property
    def text(self) -> str:
        """The plain-text part."""

    @property
    def html(self) -> str:
        """The HTML part."""


# ── asking ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that was taken; what follows from it is for after the answer."""

    request: Ask
    verdict: limits.Verdict
    number: int = 0


def ask(ctx: Context, request: Ask) -> Asked:
    """Take a sign-up: count it, and nothing else. Nothing here depends on whether the address is known.

    So neither the answer nor its time tells who reads what. Raises ``AddressInvalid`` and
    ``NewsletterUnknown``. ``REFUSE`` means: come back later; otherwise ``prepare`` is owed.
    """
    ctx.newsletter(request.newsletter)
    hashed = tokens.address_hash(keyring(ctx), normalise(request.address).key)
    network = limits.network(request.ip)
    with ctx.store.write() as conn:
        verdict = _judge(ctx, conn, hashed, network)
        if verdict is limits.Verdict.REFUSE:
            return Asked(request=request, verdict=verdict)
        row: dict[str, object] = {
            "newsletter": request.newsletter,
            "address_hash": hashed,
            "network": network,
            "letter": "confirm" if verdict is limits.Verdict.SEND else "none",
            "language": request.language,
        }
        number = asks.add(conn, ctx.now(), **row)
    return Asked(request=request, verdict=verdict, number=number)


def prepare(ctx: Context, asked: Asked) -> None:
    """Make the pending subscription and queue its letter, unless it must not be."""
    if asked.verdict is not limits.Verdict.SEND:
        return
    found = normalise(asked.request.address)
    hashed = tokens.address_hash(keyring(ctx), found.key)
    with ctx.store.write() as conn:
        asks.settle(conn, asked.number, **_prepare(ctx, conn, asked.request, found, hashed))


def _judge(ctx: Context, conn: Connection, hashed: str, network: str) -> limits.Verdict:
    now, most = ctx.now(), ctx.settings.audience
    counts = limits.Counts(
        asks.letters_to(conn, hashed, now - limits.DAY),
        asks.from_network(conn, network, now - limits.HOUR),
        asks.total(conn, now - limits.HOUR),
    )
    return limits.judge(counts, limits.Limits(most.per_address, most.per_network, most.per_hour))


def _prepare(ctx: Context, conn: Connection, request: Ask, found: Address, hashed: str) -> dict[str, object]:
    """Make the pending subscription; return which letter goes to whom."""
    held = suppressions.reason(conn, hashed, request.newsletter)
    if held is not None and held not in suppressions.LIFTED_BY_CONSENT:
        return {"letter": "none"}
    now = ctx.now()
    reader = subscribers.find(conn, found.key)
    who = reader.id if reader else _new(conn, request, found, hashed, ctx)
    mine = {each.newsletter: each for each in subscribers.subscriptions_of(conn, who)}.get(request.newsletter)
    if mine and mine.state in (State.CONFIRMED, State.PAUSED) and held is None:
        return {"letter": "known", "subscriber": who, "subscription": mine.id}
    number = mine.id if mine else subscribers.subscribe(conn, who, request.newsletter, State.PENDING, now)
    subscribers.move(conn, number, State.PENDING, now)
    more = {"source": "page", "wording": request.wording, "ip": request.ip or None}
    consents.record(conn, who, request.newsletter, "asked", now, **more)
    return {"letter": "confirm", "subscriber": who, "subscription": number}


def _new(conn: Connection, request: Ask, found: Address, hashed: str, ctx: Context) -> int:
    row = {"address": found.address, "address_key": found.key, "address_hash": hashed}
    return subscribers.add(conn, {**row, "language": request.language}, ctx.now())


def ask_for_data(ctx: Context, subscriber: int, newsletter: str) -> limits.Verdict:
    """Queue a letter with a short-lived link to a reader's own data; links in mails get forwarded."""
    with ctx.store.write() as conn:
        hashed = subscribers.hash_of(conn, subscriber)
        if hashed is None:
            return limits.Verdict.SILENT
        verdict = _judge(ctx, conn, hashed, "")
        if verdict is limits.Verdict.SEND:
            row = {
                "newsletter": newsletter,
                "address_hash": hashed,
                "letter": "data",
                "subscriber": subscriber,
            }
            asks.add(conn, ctx.now(), **row)
    return verdict


# ── letters ───────────────────────────────────────────────────────────────────────────


def send_letters(ctx: Context, render: Callable[[Letter], Rendered]) -> int:
    """Send every letter that waits; return how many were handed over. Safe from any number of processes.

    What a sender cannot take now waits for the next call, five attempts in all, within a day.
    """
    with ctx.store.read() as conn:
        waiting = asks.waiting(conn, ctx.now() - limits.DAY)
    done = 0
    for row in waiting:
        with ctx.store.write() as conn:
            mine = asks.claim(conn, row.id, row.tries)
            reader = subscribers.get(conn, row.subscriber) if mine else None
        newsletter = ctx.settings.newsletters.get(row.newsletter)
        if reader is None or newsletter is None or not reader.address:
            continue
        letter = _letter(ctx, row, reader, newsletter)
        if _hand_over(ctx, letter, render(letter), row.id):
            with ctx.store.write() as conn:
                asks.sent(conn, row.id, ctx.now())
            done += 1
    return done


def _letter(ctx: Context, row: Any, reader: Subscriber, newsletter: NewsletterSettings) -> Letter:
    ring, kind = keyring(ctx), str(row.letter)
    asked = row.at
    if kind == "confirm":
        expires = asked + ctx.settings.audience.confirm_within
        token = tokens.make(ring, Purpose.CONFIRM, row.subscription, expires=expires)
    elif kind == "data":
        token = tokens.make(ring, Purpose.CHANGE, reader.id, expires=asked + DATA_LINK)
    else:
        token = tokens.make(ring, Purpose.PREFERENCES, reader.id)
    place = {"confirm": "c", "data": "d", "known": "p"}[kind]
    language = row.language or reader.language or newsletter.language
    link = f"{(ctx.settings.base_url or 'http://localhost:8080').rstrip('/')}/{place}/{token}"
    return Letter(kind=kind, newsletter=newsletter, language=language, link=link, address=reader.address)


def _hand_over(ctx: Context, letter: Letter, rendered: Rendered, number: int) -> bool:
    mail = message(ctx, letter, rendered, number)
    envelope = parseaddr(letter.newsletter.from_)[1]
    name = post.names(letter.newsletter)[0]
    try:
        [outcome] = post.post(ctx, name, [post.wire(mail, envelope, letter.address, number)])
    except (DigestError, OSError) as error:
        log.error("a %s letter could not be sent: %s", letter.kind, error)  # noqa: TRY400 (no traceback)
        return False
    if not isinstance(outcome, Submitted):
        log.warning("a %s letter was not taken: %s", letter.kind, outcome)
    return isinstance(outcome, Submitted)


def message(ctx: Context, letter: Letter, rendered: Rendered, number: int) -> EmailMessage:
    """Write a letter as a message: text and HTML, marked as made by a machine (RFC 3834)."""
    mail = EmailMessage()
    mail["From"] = letter.newsletter.from_
    mail["To"] = letter.address
    mail["Subject"] = " ".join(rendered.subject.split())
    mail["Date"] = format_datetime(ctx.now())
    domain = parseaddr(letter.newsletter.from_)[1].rpartition("@")[2] or "localhost"
    named = tokens.address_hash(keyring(ctx), f"letter:{number}")
    mail["Message-ID"] = f"<{named}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(rendered.text, cte="quoted-printable")
    mail.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    return mail


# ── confirming ────────────────────────────────────────────────────────────────────────


def read_confirmation(ctx: Context, token: str) -> tuple[Subscriber, Subscription] | None:
    """Return who a confirmation link speaks of; None if it is not ours, expired, or no longer asked for."""
    try:
        number = tokens.read(keyring(ctx), Purpose.CONFIRM, token, ctx.now())
    except TokenInvalid:
        return None
    with ctx.store.read() as conn:
        found = subscribers.subscription(conn, number)
        reader = subscribers.get(conn, found.subscriber) if found else None
    if not reader or not found or not reader.address or found.state is State.UNSUBSCRIBED:
        return None
    return reader, found


def confirm(
    ctx: Context, token: str, *, ip: str = "", wording: str = ""
) -> tuple[Subscriber, Subscription] | None:
    """Confirm a sign-up; twice is as good as once. None if the link is not (any longer) valid.

    A reader's confirmed wish lifts their own earlier no and a bounce, never a complaint or an erasure.
    """
    found = read_confirmation(ctx, token)
    if found is None or found[1].state is not State.PENDING:
        return found
    reader, pending = found
    with ctx.store.write() as conn:
        now = ctx.now()
        if subscribers.move(conn, pending.id, State.CONFIRMED, now):
            hashed = subscribers.hash_of(conn, reader.id) or ""
            suppressions.lift(conn, hashed, scope=pending.newsletter, reasons=suppressions.LIFTED_BY_CONSENT)
            suppressions.lift(conn, hashed, reasons=(Why.BOUNCED,))
            more = {"source": "page", "wording": wording, "ip": ip or None}
            consents.record(conn, reader.id, pending.newsletter, "confirmed", now, **more)
    return found
