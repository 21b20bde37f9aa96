"""The hook ``signed``: the specification's own arithmetic, and refusals that say what to mend."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.audience.hooks.signed import SignedHook, SignedOptions, signature
from digest.errors import HookRefused

NOW = datetime(2026, 7, 5, 6, tzinfo=UTC)
TIME = str(int(NOW.timestamp()))
SECRET = "a secret of more than 24 bytes"
ONE = {"kind": "bounced", "message_id": "m@post.example", "code": "5.1.1"}


def read(body, secret=SECRET, options=None, **headers):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    number, time = headers.get("number", "n1"), headers.get("time", TIME)
    given = headers.get("signature", signature(secret, number, time, body))
    hook = SignedHook("desk", options or SignedOptions(secret=SECRET), Path())
    return hook.read({"webhook-id": number, "webhook-timestamp": time, "webhook-signature": given}, body, NOW)


def test_the_signature_is_the_specification_s():
    """HMAC-SHA256 of id, time and body, parted by dots; ``whsec_`` is base64."""
    key = bytes(range(32))
    made = hmac.new(key, b"n1.7.{}", hashlib.sha256).digest()
    secret = "whsec_" + base64.b64encode(key).decode()
    assert signature(secret, "n1", "7", b"{}") == "v1," + base64.b64encode(made).decode()


def test_one_a_list_and_lines():
    """All three forms mean the same; ids tell the place, unless the notice has its own."""
    lines = b"\xef\xbb\xbf" + json.dumps(ONE).encode() + b"\r\n\n" + json.dumps({**ONE, "id": 7}).encode()
    assert [each.id for each in read(ONE)] == ["n1:1"]
    assert [each.id for each in read([ONE, ONE])] == ["n1:1", "n1:2"]
    assert [each.id for each in read(lines)] == ["n1:1", "7"]


def test_a_bounce_without_a_class_is_classified():
    """By its code, or by its words, as bounces that come by mail; a class that is given stands."""
    assert read(ONE)[0].classed == "address"
    full = {"kind": "bounced", "return_path": "b@x", "reason": "452 4.2.2 mailbox full"}
    assert read(full)[0].classed == "mailbox"
    assert read({**ONE, "class": "policy"})[0].classed == "policy"
    assert read({"kind": "complained", "message_id": "m"})[0].classed == ""


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([ONE, 7], "notice 2: is no JSON object"),
        ([{"kind": "opened"}], "notice 1: kind 'opened' is none of delivered, deferred, bounced"),
        ([{"kind": "clicked", "message_id": "m"}], "notice 1: kind 'clicked' is none of"),
        ([{"kind": "bounced", "recipient": "a@b"}], "notice 1: names the message neither by"),
        ([{**ONE, "class": "reader"}], "notice 1: class 'reader' is none of address, mailbox"),
        ([{**ONE, "id": "x" * 201}], "notice 1: a notice has an id of 1 to 200 characters"),
    ],
)
def test_a_wrong_notice_is_named_and_nothing_is_taken(rows, why):
    """The whole request is refused: it can be mended and sent again under the same ids."""
    with pytest.raises(HookRefused, match=re.escape(why)) as caught:
        read(rows)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"number": ""}, "lacks the header webhook-id"),
        ({"signature": ""}, "lacks the header webhook-signature"),
        ({"number": "a.b"}, "malformed"),
        ({"number": "n" * 101}, "malformed"),
        ({"time": "now"}, "malformed"),
        ({"time": "٣"}, "malformed"),
        ({"signature": "v1,AAAA"}, "signature is wrong"),
        ({"signature": "v1,é v1 v2,x ,"}, "signature is wrong"),
        ({"secret": "another secret of 24 bytes and more"}, "signature is wrong"),
    ],
)
def test_what_proves_nothing_is_refused(headers, why):
    """Missing, malformed, or made with another secret."""
    with pytest.raises(HookRefused, match=why) as caught:
        read(ONE, **headers)
    assert caught.value.status == 403


@pytest.mark.parametrize(("seconds", "taken"), [(300, True), (301, False), (-300, True), (-301, False)])
def test_five_minutes_either_way(seconds, taken):
    """The specification's tolerance, to the second; the signature is right each time."""
    time = str(int((NOW + timedelta(seconds=seconds)).timestamp()))
    if taken:
        assert read(ONE, time=time)
        return
    with pytest.raises(HookRefused, match="five minutes"):
        read(ONE, time=time)


def test_a_secret_can_be_changed_without_a_gap():
    """The old one is believed while it is set; one right signature among several is enough."""
    new = "the new secret of more than 24 bytes"
    both = SignedOptions(secret=new, old_secret=SECRET)
    assert read(ONE, options=both)
    assert read(ONE, options=both, secret=new)
    several = f"v1,AAAA {signature(new, 'n1', TIME, json.dumps(ONE).encode())}"
    assert read(ONE, options=both, signature=several)
    with pytest.raises(HookRefused):
        read(ONE, options=SignedOptions(secret=new))


@pytest.mark.parametrize("secret", ["short", "whsec_c2hvcnQ=", "whsec_%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%"])
def test_a_weak_secret_is_refused_and_not_shown(secret):
    """24 bytes are the specification's least; base64 that is none is told."""
    with pytest.raises(ValueError, match=r"24 bytes|base64") as caught:
        SignedOptions(secret=secret)
    assert secret not in "; ".join(error["msg"] for error in caught.value.errors())
