"""The doctor: everything that decides whether mail arrives, and what to change, in copyable records."""

from __future__ import annotations

from datetime import timedelta
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.audience import records
from digest.audience.records import Finding, Resolver
from digest.deliver.smtp.options import SmtpOptions
from digest.errors import DigestError
from digest.flow import post, probe, refusals
from digest.store import editions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.flow.context import Context
    from digest.settings import NewsletterSettings, SenderSettings

TIME_SERVER = "pool.ntp.org"


def examine(
    ctx: Context, resolver: Resolver, *, connect: bool = True, time_server: str = TIME_SERVER
) -> Iterator[Finding]:
    """Give every finding. ``connect`` asks the mail services, the web address and the time server too."""
    yield from _keys(ctx)
    yield _clock(ctx, time_server if connect else "")
    for domain, newsletter in _domains(ctx).items():
        yield from _domain(ctx, resolver, domain, newsletter)
    for name in ctx.settings.senders:
        yield from _sender(ctx, resolver, name, connect=connect)
    yield from _web(ctx, resolver, connect=connect)
    yield from _hooks(ctx)
    unanswered = getattr(resolver, "unanswered", None)
    if unanswered:
        text = (
            f"no server answered about {len(unanswered)} names, {unanswered[0]} first: what is said above of"
        )
        yield Finding("DNS", "bad", f"{text} DNS cannot be relied on; try again, or name a server with --dns")


def _domains(ctx: Context) -> dict[str, NewsletterSettings]:
    named = (
        (parseaddr(each.from_)[1].rpartition("@")[2].lower(), each)
        for each in ctx.settings.newsletters.values()
    )
    return {domain: newsletter for domain, newsletter in named if domain}


def _keys(ctx: Context) -> Iterator[Finding]:
    files = [ctx.settings.path(ctx.settings.secret_keys_file)]
    files += [ctx.settings.path(each.dkim.key_file) for each in ctx.settings.senders.values() if each.dkim]
    for file in files:
        if not Path(file).is_file():
            continue
        mode = Path(file).stat().st_mode & 0o777
        check = f"key file {file}"
        if mode & 0o077:
            yield Finding(check, "bad", f"others can read it (mode {mode:04o}); run: chmod 600 {file}")
        else:
            yield Finding(check, "ok", "only its owner can read it")


def _clock(ctx: Context, server: str) -> Finding:
    """Compare the clock with what the store remembers and with a time server's (``HOST[:PORT]``)."""
    with ctx.store.read() as conn:
        latest = max(
            (edition.sent_at for edition in editions.listed(conn, limit=50) if edition.sent_at), default=None
        )
    if latest and latest > ctx.now() + timedelta(minutes=5):
        text = f"an edition was sent at {latest:%Y-%m-%d %H:%M} UTC, which is to come; set the clock"
        return Finding("clock", "bad", text)
    reading = f"{ctx.now():%Y-%m-%d %H:%M:%S} UTC"
    if not server:
        return Finding("clock", "ok", f"{reading} (no time server was asked)")
    host, _, port = server.partition(":")
    try:
        ahead = probe.offset(host, ctx.now(), int(port or 123))
    except OSError as error:
        return Finding("clock", "ok", f"{reading} (the time server {server} did not answer: {error})")
    if abs(ahead) > probe.SKEW:
        word = "slow" if ahead > timedelta() else "fast"
        seconds = abs(ahead).total_seconds()
        text = f"it is {seconds:.0f} seconds {word} against {server}; have it kept: timedatectl set-ntp true"
        return Finding("clock", "bad", text)
    return Finding("clock", "ok", f"{reading}, as {server} has it")


def _domain(
    ctx: Context, resolver: Resolver, domain: str, newsletter: NewsletterSettings
) -> Iterator[Finding]:
    yield from records.mail(resolver, domain, "replies to From")
    yield from records.dmarc(resolver, domain)
    path = (newsletter.bounce_domain or domain).lower()
    yield from records.spf(resolver, path)
    if path != domain:
        yield from records.mail(resolver, path, "bounces")
        if not records.aligned(path, domain):
            text = f"the return path {path} is not of {domain}: SPF alone does not pass DMARC"
            yield Finding("alignment", "warn", text)
    for name in post.names(newsletter):
        configured = ctx.settings.senders.get(name)
        if configured and configured.dkim and not records.aligned(configured.dkim.domain, domain):
            text = f"sender {name} signs as {configured.dkim.domain}, so DMARC fails; sign as {domain}"
            yield Finding("alignment", "bad", text)


def _sender(ctx: Context, resolver: Resolver, name: str, *, connect: bool) -> Iterator[Finding]:
    configured = ctx.settings.senders[name]
    yield from _signing(ctx, resolver, configured)
    try:
        options = getattr(post.sender(ctx, name), "options", None)
    except DigestError as error:
        yield Finding(f"sender {name}", "bad", str(error))
        return
    if not isinstance(options, SmtpOptions) or options.host.startswith("unix:"):
        yield Finding(f"sender {name}", "ok", configured.type)
        return
    if not _local(options.host):
        yield from records.reverse(resolver, options.host)
    if connect:
        yield probe.mail_service(f"sender {name}", configured.type, options, ctx.settings.root)


def _signing(ctx: Context, resolver: Resolver, configured: SenderSettings) -> Iterator[Finding]:
    if configured.dkim is None:
        return
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519

    from digest.deliver.dkim import load_key

    chosen = configured.dkim
    pairs = [(chosen.selector, chosen.key_file), (chosen.second_selector, chosen.second_key_file)]
    for selector, file in pairs:
        if not file:
            continue
        try:
            public = load_key(ctx.settings.path(file)).public_key()
        except DigestError as error:
            yield Finding("DKIM key", "bad", str(error))
            continue
        edwards = isinstance(public, ed25519.Ed25519PublicKey)
        encoding, form = serialization.Encoding, serialization.PublicFormat
        raw = (
            public.public_bytes(encoding.Raw, form.Raw)
            if edwards
            else public.public_bytes(encoding.DER, form.SubjectPublicKeyInfo)
        )
        yield from records.dkim(resolver, chosen.domain, selector, raw, "ed25519" if edwards else "rsa")


def _hooks(ctx: Context) -> Iterator[Finding]:
    refused = {one.hook: one for one in refusals.listed(ctx)}
    for name, configured in ctx.settings.hooks.items():
        one = refused.get(name)
        if one is None:
            yield Finding(f"hook {name}", "ok", configured.type)
        else:
            text = (
                f"{one.number} reports refused since one was taken, the last at {one.at:%Y-%m-%d %H:%M} UTC"
            )
            yield Finding(f"hook {name}", "bad", f"{text}: {one.why}; compare its secret and options")


def _local(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or "." not in host


def _web(ctx: Context, resolver: Resolver, *, connect: bool) -> Iterator[Finding]:
    base = urlsplit(ctx.settings.base_url)
    if not base.hostname:
        yield Finding(
            "base_url", "bad", "it is not set: links in mails lead nowhere; set it in config/digest.toml"
        )
        return
    if base.scheme != "https":
        yield Finding("base_url", "bad", "it is not https: one-click unsubscription needs https (RFC 8058)")
    elif not _local(base.hostname) and not resolver.addresses(base.hostname):
        yield Finding(
            "base_url", "bad", f"{base.hostname} has no address in DNS", f"{base.hostname}. A 192.0.2.1"
        )
    elif connect:
        yield probe.certificate(base.hostname, base.port or 443, ctx.now())
