"""What can be set of an smtp sender, and how its connections are secured."""

from __future__ import annotations

import ipaddress
import ssl
from typing import TYPE_CHECKING, Literal

from pydantic import Field, SecretStr

from digest.deliver.sender import Options
from digest.errors import SenderError

if TYPE_CHECKING:
    from pathlib import Path

IMPLICIT = 465


class SmtpOptions(Options):
    """What can be set of an smtp sender."""

    host: str = Field("localhost", description="The relay's name, or unix:/path/of/a/socket.")
    port: int = Field(587, ge=1, le=65535, description="Its port: 587 with STARTTLS, 465 with TLS, 25 plain.")
    tls: Literal["auto", "starttls", "implicit", "none"] = Field(
        "auto",
        description="auto: implicit on port 465, none on this machine, else STARTTLS, which must succeed.",
    )
    verify: bool = Field(default=True, description="Check the relay's certificate and name.")
    ca_file: str = Field("", description="Certificates to trust besides the system's, as a PEM file.")
    username: str = Field("", description="Log in with this name; no login when empty.")
    password: SecretStr = Field(SecretStr(""), description="The password.")
    helo: str = Field("", description="How we introduce ourselves; this machine's name when empty.")
    connections: int = Field(10, ge=1, le=500, description="Connections at once, at most.")
    per_connection: int = Field(0, ge=0, description="Messages on one connection, at most; 0 means no limit.")
    pipelining: bool = Field(default=True, description="Use PIPELINING where it is offered.")
    chunking: bool = Field(default=True, description="Use CHUNKING (BDAT) where it is offered.")
    timeout: float = Field(30.0, gt=0, description="Seconds to connect, secure and log in.")
    pause: float = Field(
        600.0, ge=0, description="Seconds to leave it alone when it says that we are too fast."
    )


def is_local(host: str) -> bool:
    """Tell whether a host is this machine."""
    if host.startswith("unix:") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def security(options: SmtpOptions) -> str:
    """Return starttls, implicit or none."""
    if options.tls != "auto":
        return options.tls
    if options.port == IMPLICIT:
        return "implicit"
    return "none" if is_local(options.host) else "starttls"


def context(options: SmtpOptions, root: Path) -> ssl.SSLContext | None:
    """Return how to speak TLS, or None where it is not spoken: the system's certificates take megabytes.

    Raises ``SenderError`` when the certificates cannot be read.
    """
    if security(options) == "none" and not options.ca_file:
        return None
    try:
        made = ssl.create_default_context()
        if options.ca_file:
            made.load_verify_locations(root / options.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise SenderError(f"the certificates in {options.ca_file!r} cannot be read: {error}") from error
    if not options.verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made
