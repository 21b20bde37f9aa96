"""The edition as a reader would get it, without freezing or sending anything.

It goes through the same functions as a send, so its message is the message: for a slot that is frozen
already, the frozen bytes; else what freezing would fix now.
"""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from digest import compose
from digest.audience.addresses import normalise
from digest.errors import EditionError
from digest.flow import build, due, messages, pictures, tailor
from digest.flow import plan as planning
from digest.model import EditionState
from digest.store import editions, images, subscribers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from digest.compose.lint import Finding
    from digest.flow.context import Context
    from digest.model import Edition, Plan, Variant


_STORED = re.compile(r'src="([^"]*/([0-9a-f]{64})\.\w+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One reader's message of one edition, and all that led to it."""

    newsletter: str
    title: str
    language: str
    plan: Plan
    message: bytes  # what a send hands to the mail service
    variant: Variant
    edition: Edition | None  # the frozen one, if it is frozen
    preheader: str = ""
    findings: Sequence[Finding] = ()
    trimmed: Sequence[str] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict)  # address in the mail → bytes
    broken: Mapping[str, str] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """Say how binding it is."""
        return f"frozen, {self.edition.state}" if self.edition else "not frozen yet"


def preview(ctx: Context, name: str, at: datetime | None = None, address: str = "") -> Preview:
    """Make the message that ``address`` (or a sample reader) would get; changes nothing but kept pictures.

    A frozen edition needs neither its theme nor its templates any more: its message is the frozen one.

    Raises ``EditionError`` where there would be no edition, with the reason.
    """
    newsletter = ctx.newsletter(name)
    slot = due.slot_for(ctx, name, at)
    planned = planning.make_plan(ctx, name, slot)
    sections = tailor.sections_of(ctx, name, normalise(address).key) if address else ()
    if sections:
        planned = _own(planned, sections)
    edition, variant = _frozen(ctx, name, slot.at, sections)
    if variant is None and (planned.skip or not planned.picks):
        why = planned.skip or "there is no story to print"
        raise EditionError(
            f"{name}: no edition for {slot.local:%Y-%m-%d %H:%M}: {why}; see digest plan {name}"
        )
    compiled = build.compile_plan(ctx, newsletter, planned) if variant is None else None
    if variant is None:
        assert compiled is not None
        variant = compiled.variant
    message = _message(ctx, due.public_id(name, slot), variant, _reader(ctx, name, address))
    return Preview(
        newsletter=name,
        title=newsletter.title,
        language=newsletter.language,
        plan=planned,
        message=message,
        variant=variant,
        edition=edition,
        preheader=_preheader(message),
        findings=compose.lint_compiled(compiled) if compiled else compose.lint_message(message),
        trimmed=compiled.trimmed if compiled else (),
        pictures=_pictures(ctx, message),
        broken=pictures.prepare(ctx, newsletter, planned).errors if compiled else {},
    )


def _preheader(message: bytes) -> str:
    """Return what an inbox shows beside the subject."""
    from digest.compose.lint.dom import Page

    hidden = [element for element in Page(parts(message)[2]).elements if element.get("class") == "pre"]
    return hidden[0].text if hidden else ""


def _own(plan: Plan, sections: tuple[str, ...]) -> Plan:
    """Return what of a plan a reader of these sections gets; raises ``EditionError`` if it is nothing."""
    mine = tailor.narrowed(plan, sections)
    if plan.picks and not mine.picks:
        raise EditionError(f"this reader chose only {', '.join(sections)}, and there is no story of these")
    return mine


def _frozen(
    ctx: Context, name: str, at: datetime, sections: tuple[str, ...]
) -> tuple[Edition | None, Variant | None]:
    with ctx.store.read() as conn:
        edition = editions.by_slot(conn, name, at)
        if edition is None or edition.state is EditionState.DRAFT:
            return None, None
        blocks = editions.variant_blocks(conn, edition.id)
    if not blocks:
        return None, None
    return edition, compose.load(blocks.get(tailor.key_of(sections)) or next(iter(blocks.values())))


def _reader(ctx: Context, name: str, address: str) -> messages.Reader:
    """Return the subscriber of that address; somebody else gets tokens that open nothing."""
    found = normalise(address or messages.SAMPLE)
    with ctx.store.read() as conn:
        subscriber = subscribers.find(conn, found.key)
        if subscriber is not None:
            for subscription in subscribers.subscriptions_of(conn, subscriber.id):
                if subscription.newsletter == name:
                    return (
                        subscriber.id,
                        subscription.id,
                        subscriber.address,
                        subscriber.name,
                        subscriber.language,
                    )
    return 0, 0, found.address, found.name, ""


def _message(ctx: Context, public_id: str, variant: Variant, reader: messages.Reader) -> bytes:
    make = messages.maker(messages.keyring(ctx), public_id, variant)
    return make(0, reader).as_bytes()


def _pictures(ctx: Context, message: bytes) -> dict[str, bytes]:
    """Return the pictures a message shows, by the address it names them with."""
    found: dict[str, bytes] = {}
    with ctx.store.read() as conn:
        for address, hash_ in _STORED.findall(parts(message)[2]):
            image = images.get(conn, hash_)
            if image is not None:
                found[address] = image.body
    for part in email.message_from_bytes(message, policy=email.policy.default).walk():
        body = part.get_payload(decode=True)
        if part["Content-ID"] and isinstance(body, bytes):
            found[f"cid:{str(part['Content-ID']).strip('<>')}"] = body
    return found


# ── writing ───────────────────────────────────────────────────────────────────────────


def parts(message: bytes) -> tuple[list[tuple[str, str]], str, str]:
    """Return a message's headers (decoded), text and HTML, as a mail client reads them."""
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    text = parsed.get_body(("plain",))
    html = parsed.get_body(("html",))
    headers = [(name, " ".join(str(value).split())) for name, value in parsed.items()]
    return headers, _content(text), _content(html)


def _content(part: Any) -> str:
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""


def write(made: Preview, out: Path, *, live: bool = False) -> list[Path]:
    """Write index.html, message.eml (the exact bytes), message.html, message.txt and pictures to a folder."""
    from digest.compose import studio

    headers, text, html = parts(made.message)
    out.mkdir(parents=True, exist_ok=True)
    local: dict[str, str] = {}
    for address, data in made.pictures.items():
        name = f"images/{address.rpartition('/')[2].replace('cid:', '')}"
        (out / "images").mkdir(exist_ok=True)
        (out / name).write_bytes(data)
        local[address] = name
    sheet = studio.Sheet(
        plan=made.plan,
        newsletter=made.title,
        language=made.language,
        state=made.state,
        html=html,
        text=text,
        headers=headers,
        preheader=made.preheader,
        size=len(made.message),
        findings=made.findings,
        trimmed=made.trimmed,
        broken=made.broken,
        local_images=local,
        live=live,
    )
    files = {
        "message.eml": made.message,
        "message.html": html.encode(),
        "message.txt": text.encode(),
        "index.html": studio.page(sheet).encode(),
    }
    for name, data in files.items():
        (out / name).write_bytes(data)
    return [out / name for name in files]
