"""What can be set. Each field's description is its documentation; ``config/digest.toml`` shows every one."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def parse_duration(value: Any) -> Any:
    """Turn "90s", "10m", "6h", "2d", "1w" or sums such as "1h30m" into a timedelta; leave the rest alone."""
    if not isinstance(value, str):
        return value
    parts = re.findall(r"(\d+)\s*([smhdw])", value)
    if not parts or re.sub(r"\d+\s*[smhdw]|\s+", "", value):
        msg = 'a duration is a number and a unit, such as "90s", "10m", "6h" or "1d"'
        raise ValueError(msg)
    return timedelta(seconds=sum(int(number) * _UNITS[unit] for number, unit in parts))


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class SourceSettings(_Model):
    """One source of articles: ``[[sources]]``."""

    key: str = Field(
        "", description="Stable name; made from the address when empty.", pattern=r"^[a-z0-9._-]*$"
    )
    url: str = Field(description="Address of a feed, a page, a sitemap or a folder.")
    kind: str = Field("auto", description="auto, feed, jsonfeed, page, sitemap, files.")
    name: str = Field("", description="Name as readers see it; the channel's own title when empty.")
    weight: float = Field(1.0, ge=0, le=10, description="How much its articles count, 1 is usual.")
    section: str = Field("", description="Section for articles that name none.")
    language: str = Field("", description="Language for articles that declare none, such as en or ar.")
    own: bool = Field(
        default=False, description="The newsroom's own site: preferred as a story's lead article."
    )
    allow_private: bool = Field(default=False, description="Allow addresses inside private networks.")
    options: dict[str, Any] = Field(default_factory=dict, description="Options of the source's plugin.")


class GroupSettings(_Model):
    """A pace of its own for some recipient domains: ``[senders.NAME.groups.GROUP]``."""

    domains: tuple[str, ...] = Field(description="Recipient domains, such as gmail.com.")
    per_second: float = Field(0, ge=0, description="Messages in any second, at most; 0 means no limit.")
    per_hour: int = Field(0, ge=0, description="Messages in any hour, at most; 0 means no limit.")
    per_day: int = Field(0, ge=0, description="Messages in any day, at most; 0 means no limit.")
    connections: int = Field(
        0, ge=0, description="Connections that carry their messages at once, at most (smtp, lmtp)."
    )
    per_connection: int = Field(
        0, ge=0, description="Their messages on one connection, at most (smtp, lmtp); 0 means no limit."
    )


class DkimSettings(_Model):
    """Signing here, where the mail service does not: ``[senders.NAME.dkim]``."""

    domain: str = Field(description="Signing domain (d=); it must be the From address's, or its parent.")
    selector: str = Field(description="Selector (s=) under which the public key stands in DNS.")
    key_file: str = Field(description="Private key as PEM, RSA 2048 or Ed25519, mode 0600.")
    second_selector: str = Field("", description="Selector of a second signature.")
    second_key_file: str = Field("", description="Its private key; the usual pair is RSA, then Ed25519.")


class SenderSettings(_Model):
    """One way out for mail: ``[senders.NAME]``; further keys are the options of its plugin."""

    model_config = ConfigDict(extra="allow", frozen=True)
    type: str = Field(description="smtp, maildir, file, console, lmtp, sendmail, ses, or a plugin's name.")
    weight: float = Field(
        1.0, gt=0, description="Share of messages where several senders serve a newsletter."
    )
    per_second: float = Field(0, ge=0, description="Messages in any second, at most; 0 means no limit.")
    per_hour: int = Field(0, ge=0, description="Messages in any hour, at most; 0 means no limit.")
    per_day: int = Field(0, ge=0, description="Messages in any day, at most; 0 means no limit.")
    groups: dict[str, GroupSettings] = Field(
        default_factory=dict, description="Paces of their own for some recipient domains."
    )
    dkim: DkimSettings | None = Field(None, description="Sign messages here; usually the mail service does.")

    def __repr_args__(self) -> Any:
        """Show the options by name only: some are secrets, and the models do not know which."""
        return [("type", self.type), ("weight", self.weight), ("options", sorted(self.model_extra or {}))]

    @property
    def options(self) -> dict[str, Any]:
        """The plugin's own options."""
        return dict(self.model_extra or {})


class HookSettings(_Model):
    """A webhook, ``base_url/hooks/NAME``: ``[hooks.NAME]``; further keys are the options of its plugin."""

    model_config = ConfigDict(extra="allow", frozen=True)
    type: str = Field(description="ses, signed, or a plugin's name.")

    def __repr_args__(self) -> Any:
        """Show the options by name only, as for senders."""
        return [("type", self.type), ("options", sorted(self.model_extra or {}))]

    @property
    def options(self) -> dict[str, Any]:
        """The plugin's own options."""
        return dict(self.model_extra or {})


class SectionSettings(_Model):
    """A section of a newsletter: its quota and colour."""

    name: str = Field(description="As the articles name it; compared without case.")
    title: str = Field("", description="As printed; the name when empty.")
    max: int = Field(0, ge=0, description="At most this many picks; 0 means no limit.")
    min: int = Field(0, ge=0, description="At least this many picks where there are candidates.")
    color: str = Field(
        "",
        description="Its colour, #RRGGBB; corrected until it can be read.",
        pattern=r"^(#[0-9A-Fa-f]{6})?$",
    )


class NewsletterSettings(_Model):
    """One newsletter: ``config/newsletters/NAME.toml``."""

    name: str = Field("", description="Taken from the file's name.")
    title: str = Field(description="What it is called.")
    tagline: str = Field("", description="A line beside the title, in any language.")
    description: str = Field("", description="One promise to the reader, on the sign-up page.")
    site: str = Field(
        "", description="The news site's name, as the masthead's wordmark; the title when empty."
    )
    site_url: str = Field("", description="The news site's address.")
    language: str = Field("en", description="Language of the mail: en, ar, fr, es, de, tr, he …")
    timezone: str = Field("UTC", description="Zone of the schedule and the dateline, such as Europe/London.")
    schedule: str = Field(
        "0 7 * * *",
        description="When it is due, as cron: minute hour day month weekday (0 and 7 are Sunday).",
    )
    build_before: Duration = Field(
        timedelta(minutes=10), description="How long before the slot the edition is frozen."
    )
    grace: Duration = Field(timedelta(hours=6), description="How late a missed edition may still be made.")
    expires_after: Duration = Field(
        timedelta(hours=12), description="How long after the slot it may still be sent."
    )
    sources: tuple[str, ...] = Field((), description="Keys of the sources it draws on; empty means all.")
    languages: tuple[str, ...] = Field(
        (), description="Take only articles in these languages; empty means all."
    )
    picks: int = Field(7, ge=1, le=50, description="At most this many stories.")
    minimum: int = Field(
        3, ge=0, le=50, description="With fewer stories there is no edition; it is recorded as skipped."
    )
    related: int = Field(3, ge=0, le=10, description="Related headlines under each story.")
    related_by: Literal["words", "meaning"] = Field(
        "words",
        description='What makes headlines related: "words", or also "meaning" where there is little text '
        "(needs newsdigest[semantic]).",
    )
    more: int = Field(8, ge=0, le=50, description='Headlines under "more headlines".')
    per_source: int = Field(0, ge=0, description="At most this many picks from one source; 0 means no limit.")
    reading_time: int = Field(
        0, ge=0, description="Fill up to this many minutes of reading; 0 means no limit."
    )
    sections: tuple[SectionSettings, ...] = Field(
        (), description="Sections with their quotas and colours, in order."
    )
    ranker: str = Field("importance", description="Plugin that orders stories: importance, recent.")
    weights: dict[str, float] = Field(
        default_factory=dict, description="Weights of the ranker's parts, by name."
    )
    theme: str = Field(
        "briefing", description="Folder under templates/editions: briefing, headlines, magazine."
    )
    accent: str = Field(
        "#9B1C1F", description="The one accent colour, #RRGGBB.", pattern=r"^#[0-9A-Fa-f]{6}$"
    )
    headline_font: str = Field(
        "",
        description="Fonts of headlines, such as Georgia, serif; those of the language's script when empty.",
        pattern=r"^[A-Za-z0-9 ,'-]*$",
    )
    text_font: str = Field(
        "",
        description="Fonts of running text; those of the language's script when empty.",
        pattern=r"^[A-Za-z0-9 ,'-]*$",
    )
    pictures: Literal["linked", "embedded"] = Field(
        "linked",
        description="linked: loaded from the web part; embedded: each mail carries them (small lists).",
    )
    logo: str = Field("", description="Address of a logo, at most 200 × 48; the wordmark when empty.")
    sponsor: str = Field("", description="Text of a sponsor's slot, Markdown; none when empty.")
    subject: str = Field("", description="Subject template (Jinja2) in place of the theme's.")
    breaking: bool = Field(
        default=False, description="Whether each edition is breaking news: its lead alone, marked as such."
    )
    sender: str | tuple[str, ...] = Field(
        "outbox", description="Name of the sender, or several with failover."
    )
    from_: str = Field(
        "", alias="from", description='Address in From, such as "The Harbour Post <news@post.example>".'
    )
    reply_to: str = Field("", description="Address in Reply-To; none when empty.")
    list_id: str = Field(
        "", description="List-Id, such as daily.post.example; made from the From domain when empty."
    )
    bounce_domain: str = Field("", description="Domain of the return path; the From domain when empty.")
    postal_address: str = Field(
        "", description="Postal address in the footer; the law asks for it in many countries."
    )
    unknown: Literal["hold", "resend"] = Field(
        "hold", description="What becomes of deliveries left unknown by a kill."
    )
    clicks: bool = Field(
        default=False,
        description="Count clicks on each story, never on readers; its links then lead through base_url.",
    )

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            msg = "no such time zone; use a name such as Europe/London"
            raise ValueError(msg) from error
        return value


class KeySettings(_Model):
    """One secret key: tokens are made with the newest of its purpose and read with all."""

    id: int = Field(ge=0, le=255, description="Number that stands in tokens; never reused.")
    purpose: Literal["links", "addresses"] = Field(
        "links", description="links: tokens in mails (may rotate); addresses: hashes (never rotates)."
    )
    secret: SecretStr = Field(description="At least 32 characters of randomness.", min_length=32)


class IngestSettings(_Model):
    """Limits and manners of reading sources: ``[ingest]``."""

    concurrency: int = Field(32, ge=1, le=500, description="Sources read at once.")
    per_host: int = Field(2, ge=1, description="Connections to one host at once.")
    timeout: Duration = Field(
        timedelta(seconds=30), description="For one answer, from connecting to its last byte."
    )
    parse_time: Duration = Field(
        timedelta(seconds=5), description="Computing time one document may take; then reading it is stopped."
    )
    max_bytes: int = Field(5_000_000, ge=1000, description="Decoded size of one answer, at most.")
    max_items: int = Field(500, ge=1, description="Items taken from one feed, at most; the newest.")
    contact: str = Field("", description="Address or page in the User-Agent, so that a site can reach you.")
    robots: bool = Field(default=True, description="Obey robots.txt for pages.")


class DeliverySettings(_Model):
    """How careful sending is: ``[delivery]``."""

    in_doubt: int = Field(
        100, ge=1, le=10_000, description="Deliveries in doubt after a kill, at most (K); more is faster."
    )
    refused: float = Field(0.3, gt=0, le=1, description="Share of unknown addresses that holds an edition.")
    deferred: float = Field(0.6, gt=0, le=1, description="Share of deferred messages that holds an edition.")
    rejected: float = Field(
        0.15, gt=0, le=1, description="Share refused for content or policy that holds an edition."
    )
    least: int = Field(50, ge=1, description="Answers before a share means anything.")


class WebSettings(_Model):
    """The public pages: ``[web]``."""

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on.")
    proxies: tuple[str, ...] = Field(
        ("127.0.0.1", "::1"), description="Proxies whose X-Forwarded-For is believed; addresses or networks."
    )
    scanners: tuple[str, ...] = Field(
        (), description="More networks whose clicks are a mail filter's, not a reader's: 192.0.2.0/24."
    )

    @field_validator("scanners")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            try:
                ip_network(each, strict=False)
            except ValueError as error:
                msg = f"{each!r} is no network; write 192.0.2.0/24 or 2001:db8::/32"
                raise ValueError(msg) from error
        return value


class AudienceSettings(_Model):
    """Signing up, and how long what is known of readers is kept: ``[audience]``."""

    confirm_within: Duration = Field(timedelta(days=2), description="How long a confirmation link is valid.")
    per_address: int = Field(3, ge=1, description="Letters to one address in a day, at most.")
    per_network: int = Field(20, ge=1, description="Sign-ups from one network in an hour (IPv6: one /64).")
    per_hour: int = Field(2000, ge=1, description="Sign-ups in an hour altogether, at most.")
    keep_pending: Duration = Field(
        timedelta(days=7), description="After this a sign-up nobody confirmed is forgotten."
    )
    keep_ip: Duration = Field(
        timedelta(days=30), description="How long network addresses stay with consents."
    )
    keep_events: Duration = Field(
        timedelta(days=400), description="How long bounces, complaints and clicks are kept."
    )
    keep_gone: Duration = Field(
        timedelta(days=365),
        description="After this a reader who left everything is erased; their no is kept as a hash.",
    )


class Settings(_Model):
    """Everything: ``config/digest.toml`` and the newsletters beside it."""

    root: Path = Field(Path(), description="The working folder; relative paths start here.")
    database: str = Field(
        "sqlite:///var/digest.db", description="Where everything is kept: sqlite:///FILE or postgresql://…"
    )
    base_url: str = Field(
        "", description="Public https address of the web part; links in mails start with it."
    )
    image_base_url: str = Field(
        "", description="Address images are served from (a CDN); base_url/i when empty."
    )
    secret_keys: tuple[KeySettings, ...] = Field(
        (), description="Secret keys in place; better in a file of mode 0600."
    )
    secret_keys_file: str = Field(
        "config/keys.toml", description="File with [[keys]], mode 0600; made by digest init."
    )
    alerts_to: tuple[str, ...] = Field(
        (), description="Addresses that are told what failed, is held, late or silent."
    )
    alerts_from: str = Field("", description="From of alerts; the first newsletter's From when empty.")
    alerts_sender: str = Field("", description="Sender of alerts; the first newsletter's when empty.")
    templates: str = Field(
        "templates", description="Folder whose files override the built-in templates of the same path."
    )
    sources: tuple[SourceSettings, ...] = Field((), description="Where articles come from.")
    senders: dict[str, SenderSettings] = Field(default_factory=dict, description="Ways out for mail.")
    hooks: dict[str, HookSettings] = Field(default_factory=dict, description="Webhooks of mail services.")
    ingest: IngestSettings = Field(default_factory=IngestSettings)
    delivery: DeliverySettings = Field(default_factory=DeliverySettings)
    web: WebSettings = Field(default_factory=WebSettings)
    audience: AudienceSettings = Field(default_factory=AudienceSettings)
    newsletters: dict[str, NewsletterSettings] = Field(
        default_factory=dict, description="By name; one file each."
    )

    def path(self, relative: str | Path) -> Path:
        """Resolve a configured path against the working folder."""
        return self.root / relative

    @property
    def database_url(self) -> str:
        """The database's address, a relative SQLite file resolved against the working folder."""
        prefix = "sqlite:///"
        if self.database.startswith(prefix) and self.database != prefix:
            return prefix + str(self.root / self.database.removeprefix(prefix))
        return self.database

    @property
    def public_url(self) -> str:
        """``base_url`` without a closing slash; the local web address where it is not set."""
        return self.base_url.rstrip("/") or f"http://{self.web.host}:{self.web.port}"
