"""Hook ``signed``: JSON from any provider or script, signed as the Standard Webhooks specification says.

The request bears ``webhook-id``, ``webhook-timestamp`` (seconds since 1970) and ``webhook-signature``: one or
more ``v1,BASE64`` parted by spaces, each the HMAC-SHA256 of ``ID.TIMESTAMP.BODY`` (Standard Webhooks 1.0.0,
standardwebhooks.com).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, SecretStr, field_validator

from digest.audience.bounces import codes
from digest.audience.hooks.hook import KINDS, Hook, Notice, Options
from digest.errors import HookRefused
from digest.model import EventKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

OLDEST = timedelta(minutes=5)
"""A request signed longer ago, or so far in the future, is refused: it may be a replay."""
LEAST_SECRET = 24
"""Bytes of a secret (the specification's least)."""
_NAMES = ("webhook-id", "webhook-timestamp", "webhook-signature")
_ID = re.compile(r"[\w:~-]{1,100}", re.ASCII)  # without the dot that parts it from the time
_TIME = re.compile(r"[0-9]{1,12}")


def _key(secret: str) -> bytes:
    """Return a secret's bytes: ``whsec_`` announces base64, as the specification writes them."""
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        msg = "after whsec_ must stand base64"
        raise ValueError(msg) from error


class SignedOptions(Options):
    """What can be set of a signed hook."""

    secret: SecretStr = Field(description="Shared secret: 24 bytes or more, as text or as whsec_BASE64.")
    old_secret: SecretStr | None = Field(
        None, description="The secret before it, believed too while the other side still uses it."
    )

    @field_validator("secret", "old_secret")
    @classmethod
    def _strong(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(_key(value.get_secret_value())) < LEAST_SECRET:
            msg = f"must have at least {LEAST_SECRET} bytes; `openssl rand -hex 32` makes one"
            raise ValueError(msg)
        return value


def signature(secret: str, number: str, time: str, body: bytes) -> str:
    """Return the signature of a request as ``v1,BASE64``."""
    text = f"{number}.{time}.".encode() + body
    made = hmac.new(_key(secret), text, hashlib.sha256).digest()
    return "v1," + base64.b64encode(made).decode()


class SignedHook(Hook):
    """Takes a JSON object, a list of them, or JSON Lines."""

    Options: ClassVar[type[Options]] = SignedOptions

    def hear(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Sequence[Notice]:
        """Check signature and time, then read the notices."""
        missing = [name for name in _NAMES if not headers.get(name)]
        if missing:
            raise HookRefused(f"the request lacks the header {', '.join(missing)}")
        number, time, signatures = (headers[name] for name in _NAMES)
        if not _ID.fullmatch(number) or not _TIME.fullmatch(time):
            raise HookRefused("webhook-id (letters, digits, _ : ~ -) or webhook-timestamp is malformed")
        if not self._genuine(signatures, number, time, body):
            raise HookRefused("the signature is wrong: another secret, or the body was changed on its way")
        if abs(now.timestamp() - int(time)) > OLDEST.total_seconds():
            raise HookRefused("it was not signed within five minutes of now: a replay, or a wrong clock")
        return [_notice(row, place, number) for place, row in enumerate(_rows(body), 1)]

    def _genuine(self, signatures: str, number: str, time: str, body: bytes) -> bool:
        secrets = [each for each in (self.options.secret, self.options.old_secret) if each is not None]
        right = [signature(each.get_secret_value(), number, time, body).encode() for each in secrets]
        given = [each.encode("utf-8", "replace") for each in signatures.split()]
        return any(hmac.compare_digest(one, other) for one in right for other in given)


def _rows(body: bytes) -> list[Any]:
    text = body.decode("utf-8-sig")
    try:
        whole = json.loads(text)
    except ValueError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    return whole if isinstance(whole, list) else [whole]


def _notice(row: Any, place: int, request: str) -> Notice:
    """Read one notice; raises ``HookRefused`` that says which one is wrong and how."""
    try:
        if not isinstance(row, dict):
            raise TypeError("is no JSON object")  # noqa: TRY301 (said with its place below)
        said = {key: "" if value is None else str(value) for key, value in row.items()}
        if said.get("kind") not in KINDS:
            raise ValueError(f"kind {said.get('kind', '')!r} is none of {', '.join(KINDS)}")  # noqa: TRY301 (as above)
        if not (said.get("message_id") or said.get("return_path")):
            raise ValueError("names the message neither by message_id nor by return_path")  # noqa: TRY301 (as above)
        return _made(said, f"{request}:{place}")
    except (TypeError, ValueError) as error:
        raise HookRefused(f"notice {place}: {error}", 400) from None


def _made(said: dict[str, str], otherwise: str) -> Notice:
    kind, code, reason = EventKind(said["kind"]), said.get("code", ""), said.get("reason", "")
    classed = said.get("class", "")
    if kind is EventKind.BOUNCED and not classed:
        classed = codes.classed(code, reason)
    return Notice(
        id=said.get("id") or otherwise,
        kind=kind,
        message_id=said.get("message_id", ""),
        return_path=said.get("return_path", ""),
        classed=classed,
        code=code,
        reason=reason,
    )
