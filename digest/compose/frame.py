"""What composing is given beside the plan (``Frame``), what it makes (``Compiled``), and the sentinels.

``compile`` is a pure function of plan, frame and template folder. Whatever differs between two
machines or two moments (addresses, keys, pictures, names) therefore stands here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from email.utils import parseaddr
from hashlib import sha256
from typing import TYPE_CHECKING

from digest.model import Field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.model import Slot, Variant
    from digest.settings import NewsletterSettings

LOCAL_BASE_URL = "http://localhost:8080"
"""Where links lead when no base_url is set, so that maildir and file senders work on one machine."""

EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif"}

FIELDS = ("to", "message_id", "leave", "preferences", "bounce")
"""The fields a message has: the reader's mailbox, the left part of Message-ID, two base64url tokens, and the
local part of the return path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A re-encoded picture in the store: known by the hash of its bytes, never by its origin."""

    hash: str  # hex SHA-256 of the bytes
    media_type: str  # image/jpeg, image/png or image/gif
    width: int  # pixels of the file: about twice what is shown
    height: int
    size: int = 0  # bytes

    @property
    def name(self) -> str:
        """Return the file's name in addresses: ``HASH.jpg``."""
        return f"{self.hash}.{EXTENSIONS.get(self.media_type, 'jpg')}"

    def shown(self, width: int) -> tuple[int, int]:
        """Return width and height to show it at: never wider than ``width`` nor than its own pixels."""
        shown = min(width, self.width)
        return shown, max(1, round(self.height * shown / self.width))


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Everything about an edition that is not its stories."""

    newsletter: NewsletterSettings
    public_id: str  # of the edition, [a-z0-9]{12}
    slot: Slot  # its date is the edition's date
    boundary: str  # of the multipart message; derived from keys, so it cannot be guessed from content
    base_url: str = ""  # of the web part, without a closing slash; LOCAL_BASE_URL when empty
    image_base_url: str = ""  # of a CDN; base_url + "/i" when empty
    images: Mapping[str, Asset] = field(default_factory=dict)  # an article's image.url → the picture
    source_names: Mapping[str, str] = field(default_factory=dict)  # key → name as readers see it
    own_sources: frozenset[str] = frozenset()  # keys whose names are not shown
    logo: Asset | None = None
    embedded: Mapping[str, bytes] = field(default_factory=dict)  # hash → bytes: sent by cid, for small lists
    kind: str = "regular"  # "breaking" prints the lead alone, marked as such
    clicks: Mapping[str, str] = field(default_factory=dict)  # a story's address → its counted link's id

    @property
    def links(self) -> str:
        """Return the address that links start with."""
        return (self.base_url or LOCAL_BASE_URL).rstrip("/")

    @property
    def from_domain(self) -> str:
        """Return the domain of From, in ASCII; ``localhost`` when no From is set."""
        return _domain(parseaddr(self.newsletter.from_)[1]) or "localhost"

    @property
    def bounce_domain(self) -> str:
        """Return the domain of the return path."""
        return _ascii(self.newsletter.bounce_domain) or self.from_domain

    def way(self, url: str) -> str:
        """Return what a story's link says: its address, or where the web part counts and leads on to it."""
        named = self.clicks.get(url)
        return f"{self.links}/r/{named}" if named else url

    def image_url(self, asset: Asset) -> str:
        """Return where a picture is fetched from: the CDN, the web part, or the message itself."""
        if asset.hash in self.embedded:
            return f"cid:{asset.hash[:32]}@{self.from_domain}"
        return f"{(self.image_base_url or self.links + '/i').rstrip('/')}/{asset.name}"

    def sentinel(self, name: str) -> str:
        """Return the ASCII word that stands for a reader's field until the message is spliced.

        It depends on the boundary, which depends on a key: an article cannot contain it and so
        cannot lure a reader's token into a link of its own.
        """
        return "Z" + sha256(f"{self.boundary}\0{name}".encode()).hexdigest()[:23]

    def marks(self) -> dict[str, Field]:
        """Return every sentinel with the field it stands for."""
        return {self.sentinel(name): Field(name, "") for name in FIELDS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """An edition as it will be sent: the shared message, and its parts for people to look at."""

    variant: Variant
    page: bytes  # the HTML "view in browser" shows: no reader's values, no sentinels
    html: str  # as in the message, sentinels in place of readers' values
    text: str  # the same
    subject: str
    preheader: str
    headers: tuple[tuple[str, str], ...] = ()  # in order, sentinels in place of readers' values
    trimmed: tuple[str, ...] = ()  # what was left out to stay within the size budget, one sentence each
    images: tuple[Asset, ...] = ()  # those it shows
    missing: tuple[str, ...] = ()  # settings without which readers are owed something


def _domain(address: str) -> str:
    return _ascii(address.rpartition("@")[2]) if "@" in address else ""


def _ascii(domain: str) -> str:
    """Write a domain in ASCII (RFC 5890); the configuration has already been checked."""
    import idna

    try:
        return idna.encode(domain, uts46=True).decode("ascii") if domain else ""
    except idna.IDNAError:
        return domain.encode("ascii", "ignore").decode("ascii")
