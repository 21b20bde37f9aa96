"""The doctor: each fault in DNS, keys and certificates is found, with the record that mends it."""

from __future__ import annotations

import base64
import socket
import threading
from dataclasses import replace

import dns.message
import dns.rrset
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from digest.audience import records
from digest.audience.resolver import DnsResolver
from digest.flow.doctor import examine
from digest.flow.refusals import Refusals
from digest.settings.models import HookSettings


class Table:
    """A resolver that knows what it was told."""

    def __init__(self, **known):
        self.known = {kind: dict(known.get(kind, {})) for kind in ("txt", "mx", "addresses", "reverse")}

    def txt(self, name):
        return self.known["txt"].get(name, [])

    def mx(self, name):
        return self.known["mx"].get(name, [])

    def addresses(self, name):
        return self.known["addresses"].get(name, [])

    def reverse(self, address):
        return self.known["reverse"].get(address, [])


GOOD = {
    "txt": {
        "post.example": ["v=spf1 include:_spf.mail.example -all"],
        "_spf.mail.example": ["v=spf1 ip4:192.0.2.0/24 a -all"],
        "_dmarc.post.example": ["v=DMARC1; p=none; rua=mailto:dmarc@post.example"],
    },
    "mx": {"post.example": ["mail.post.example"]},
    "addresses": {"news.post.example": ["192.0.2.9"]},
}


def levels(context, resolver):
    return {finding.check: finding.level for finding in examine(context, resolver, connect=False)}


def test_a_healthy_installation_has_nothing_bad(context):
    """All records right: no finding is bad."""
    found = levels(context, Table(**GOOD))
    assert "bad" not in found.values()
    assert {
        "SPF post.example",
        "DMARC post.example",
        "MX post.example",
        "sender outbox",
        "clock",
    } <= found.keys()


def test_empty_dns_is_told_with_the_records_to_publish(context):
    """Each missing record comes with one to copy."""
    found = {finding.check: finding for finding in examine(context, Table(), connect=False)}
    for check, start in (
        ("SPF post.example", "post.example. TXT"),
        ("DMARC post.example", "_dmarc."),
        ("MX post.example", "post.example. MX"),
    ):
        assert found[check].level == "bad"
        assert found[check].record.startswith(start)


def test_a_hook_that_refuses_is_told_until_it_takes_a_report(context):
    """With how many it refused in a row, why, and what to compare."""
    made = HookSettings.model_validate({"type": "signed", "secret": "s" * 24})
    ctx = replace(context, settings=context.settings.model_copy(update={"hooks": {"desk": made}}))
    counted = Refusals(ctx)

    def told():
        [one] = [each for each in examine(ctx, Table(**GOOD), connect=False) if each.check == "hook desk"]
        return one.level, one.text

    assert told() == ("ok", "signed")
    for _ in range(2):
        counted.add("desk", "the signature is wrong")
    counted.write()
    text = "2 reports refused since one was taken, the last at 2026-07-05 06:00 UTC: the signature is wrong"
    assert told() == ("bad", f"{text}; compare its secret and options")
    counted.taken("desk")
    assert told() == ("ok", "signed")


@pytest.mark.parametrize(
    ("records_", "level", "words"),
    [
        (["v=spf1 -all"], "ok", "0 look-ups"),
        (["v=spf1 -all", "v=spf1 mx -all"], "bad", "only one"),
        (["v=spf1 mx +all"], "bad", "everyone"),
        (["v=spf1 mx all"], "bad", "everyone"),
        (["v=spf1 " + " ".join(f"a:h{n}.example" for n in range(11)) + " -all"], "bad", "more than 10"),
        (["v=spf1 include:post.example -all"], "bad", "more than 10"),
        (["v=spf10 -all"], "bad", "no SPF"),
    ],
)
def test_spf(records_, level, words):
    """One record, at most ten look-ups (a loop is too many), and not open to everyone."""
    [finding] = records.spf(Table(txt={"post.example": records_}), "post.example")
    assert (finding.level, words in finding.text) == (level, True)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("v=DMARC1; p=reject; rua=mailto:x@y.example", ["ok"]),
        ("v=DMARC1; p=none; pct=50; rua=mailto:x@y.example", ["ok", "warn"]),
        ("v=DMARC1; p=none", ["ok", "warn"]),
        ("v=DMARC1; rua=mailto:x@y.example", ["bad"]),
    ],
)
def test_dmarc(record, expected):
    """The organisation's record serves a subdomain; removed tags are told."""
    table = Table(txt={"_dmarc.post.example": [record]})
    assert [finding.level for finding in records.dmarc(table, "news.post.example")] == expected


def test_dkim_compares_dns_with_the_key_that_signs(context, tmp_path):
    """A missing key, another key, and the right one."""
    key = rsa.generate_private_key(65537, 2048)
    file = tmp_path / "dkim.pem"
    form = serialization.PrivateFormat.PKCS8
    file.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    file.chmod(0o600)
    der = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    dkim = {"domain": "post.example", "selector": "s1", "key_file": str(file)}
    sender = {**context.settings.senders["outbox"].options, "type": "maildir", "dkim": dkim}
    made = type(context.settings).model_validate(
        {
            **context.settings.model_dump(by_alias=True),
            "senders": {"outbox": sender},
            "secret_keys": [{"id": 1, "secret": "l" * 32}],
        }
    )
    signing = replace(context, settings=made)
    name = "s1._domainkey.post.example"
    for published, level in (
        ("", "bad"),
        (base64.b64encode(b"other").decode(), "bad"),
        (base64.b64encode(der).decode(), "ok"),
    ):
        table = Table(txt={**GOOD["txt"], name: [f"v=DKIM1; k=rsa; p={published}"] if published else []})
        assert levels(signing, table)[f"DKIM {name}"] == level
    file.chmod(0o644)
    assert levels(signing, Table(**GOOD))[f"key file {file}"] == "bad"


def test_reverse_names_must_point_back():
    """Gmail's rule: the address's name must have the address."""
    known = {"addresses": {"mx.post.example": ["192.0.2.7"]}, "reverse": {"192.0.2.7": ["mx.post.example"]}}
    assert [finding.level for finding in records.reverse(Table(**known), "mx.post.example")] == ["ok"]
    known["reverse"] = {"192.0.2.7": ["host7.isp.example"]}
    assert [finding.level for finding in records.reverse(Table(**known), "mx.post.example")] == ["bad"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("post.example", "bounce.post.example", True),
        ("a.co.uk", "b.co.uk", False),
        ("x.a.co.uk", "a.co.uk", True),
        ("post.example", "mail.example", False),
    ],
)
def test_alignment(one, other, same):
    """Relaxed: one organisation."""
    assert records.aligned(one, other) is same


def test_the_resolver_asks_real_dns():
    """Against a DNS server on this machine: TXT parts are joined, MX sorted, what is missing is empty."""
    answers = {"TXT": ['"v=spf1 " "-all"'], "MX": ["20 b.example.", "10 a.example."], "A": ["192.0.2.1"]}
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def serve():
        for _ in range(5):
            data, peer = server.recvfrom(4096)
            query = dns.message.from_wire(data)
            answer = dns.message.make_response(query)
            kind = dns.rdatatype.to_text(query.question[0].rdtype)
            if kind in answers:
                answer.answer.append(
                    dns.rrset.from_text(query.question[0].name, 60, "IN", kind, *answers[kind])
                )
            server.sendto(answer.to_wire(), peer)

    threading.Thread(target=serve, daemon=True).start()
    resolver = DnsResolver(("127.0.0.1",), server.getsockname()[1])
    assert resolver.txt("post.example") == ["v=spf1 -all"]
    assert resolver.mx("post.example") == ["a.example", "b.example"]
    assert resolver.addresses("post.example") == ["192.0.2.1"]
    assert resolver.reverse("192.0.2.1") == []
    server.close()


def test_a_dns_server_that_is_silent_is_told_apart_from_records_that_are_missing(context):
    """Nobody should publish a second record because a resolver was down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        resolver = DnsResolver(("127.0.0.1",), silent.getsockname()[1])
        resolver._resolver.lifetime = 0.05
        found = {finding.check: finding for finding in examine(context, resolver, connect=False)}
    assert found["DNS"].level == "bad"
    assert "--dns" in found["DNS"].text
    assert "DNS" not in {finding.check for finding in examine(context, Table(**GOOD), connect=False)}
