"""DNS records of mail, judged: SPF (RFC 7208), DKIM keys (RFC 6376), DMARC (RFC 9989)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Protocol


class Resolver(Protocol):
    """What is asked of DNS. Names that are not there give nothing."""

    def txt(self, name: str) -> list[str]:
        """Return TXT records, their parts joined."""

    def mx(self, name: str) -> list[str]:
        """Return mail exchangers, most preferred first."""

    def addresses(self, name: str) -> list[str]:
        """Return IPv4 and IPv6 addresses."""

    def reverse(self, address: str) -> list[str]:
        """Return the names an address points back to."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing checked."""

    check: str
    level: str  # ok, warn, bad
    text: str  # what was found and what to do
    record: str = ""  # to copy into DNS


_COUNTRY = 2  # letters of a country's domain
MOST_LOOKUPS = 10  # RFC 7208, section 4.6.4


def tags(record: str) -> dict[str, str]:
    """Read ``a=b; c=d``."""
    pairs = (part.partition("=") for part in record.split(";") if "=" in part)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def organisation(domain: str) -> str:
    """Return the domain DMARC aligns by, to the eye: the last two labels, three under co.uk and the like."""
    labels = domain.lower().rstrip(".").split(".")
    *_, below, top = ["", *labels]
    country = len(top) == _COUNTRY and below in ("co", "com", "org", "net", "ac", "gov", "edu")
    return ".".join(labels[-3 if country else -2 :])


def aligned(one: str, other: str) -> bool:
    """Tell whether two domains align relaxedly (RFC 9989): one organisation."""
    return organisation(one) == organisation(other)


def spf(resolver: Resolver, domain: str) -> list[Finding]:
    """Judge the SPF record of a return path's domain."""
    check = f"SPF {domain}"
    found = [record for record in resolver.txt(domain) if record.lower().split(" ")[0] == "v=spf1"]
    example = f'{domain}. TXT "v=spf1 mx -all"'
    if not found:
        return [Finding(check, "bad", "there is no SPF record; publish one that names who sends", example)]
    if len(found) > 1:
        return [
            Finding(
                check, "bad", f"there are {len(found)} SPF records; only one is allowed: join them", example
            )
        ]
    lookups = spf_lookups(resolver, domain)
    if lookups > MOST_LOOKUPS:
        return [
            Finding(
                check, "bad", f"it needs {lookups} DNS look-ups, more than {MOST_LOOKUPS}: it will be ignored"
            )
        ]
    if re.search(r"(?:^|\s)[+?]?all\b", found[0]):
        return [
            Finding(
                check, "bad", "it lets everyone send (all without - or ~)", found[0].replace("+all", "-all")
            )
        ]
    return [Finding(check, "ok", f"{found[0]} ({lookups} look-ups)")]


def spf_lookups(resolver: Resolver, domain: str, depth: int = 0) -> int:
    """Count the DNS look-ups an SPF check costs, included records and all."""
    if depth > MOST_LOOKUPS:
        return MOST_LOOKUPS + 1
    record = next((text for text in resolver.txt(domain) if text.lower().startswith("v=spf1")), "")
    total = 0
    for term in record.lower().split()[1:]:
        name, _, value = term.lstrip("+-~?").partition(":")
        if name.startswith("redirect="):
            total += 1 + spf_lookups(resolver, name.partition("=")[2], depth + 1)
        elif name == "include":
            total += 1 + spf_lookups(resolver, value, depth + 1)
        elif name.partition("/")[0] in ("a", "mx", "ptr", "exists"):
            total += 1
    return total


def dmarc(resolver: Resolver, domain: str) -> list[Finding]:
    """Judge the DMARC record of a From domain; the organisation's record serves where it has none."""
    check = f"DMARC {domain}"
    for name in dict.fromkeys((domain, organisation(domain))):
        found = [
            record
            for record in resolver.txt(f"_dmarc.{name}")
            if tags(record).get("v", "").upper() == "DMARC1"
        ]
        if found:
            break
    example = f'_dmarc.{domain}. TXT "v=DMARC1; p=none; rua=mailto:dmarc@{domain}"'
    if not found:
        return [
            Finding(check, "bad", "there is no DMARC record; large mailbox providers require one", example)
        ]
    said = tags(found[0])
    old = sorted({"pct", "rf", "ri"} & said.keys())
    findings = [Finding(check, "ok", found[0])]
    if said.get("p") not in ("none", "quarantine", "reject"):
        findings = [Finding(check, "bad", f"p={said.get('p', '')} means nothing", example)]
    if old:
        findings.append(Finding(check, "warn", f"{', '.join(old)} are no longer part of DMARC; remove them"))
    if "rua" not in said:
        findings.append(Finding(check, "warn", "without rua nobody tells you of failures; add rua=mailto:…"))
    return findings


def dkim(resolver: Resolver, domain: str, selector: str, public: bytes, kind: str) -> list[Finding]:
    """Compare the DKIM record with the key that signs; ``public`` is the DER (RSA) or raw (Ed25519) key."""
    name = f"{selector}._domainkey.{domain}"
    check = f"DKIM {name}"
    example = f'{name}. TXT "v=DKIM1; k={kind}; p={base64.b64encode(public).decode()}"'
    found = [tags(record) for record in resolver.txt(name)]
    keys = [record["p"] for record in found if "p" in record]
    if not keys:
        return [Finding(check, "bad", "the public key is not in DNS; publish it", example)]
    if not any(re.sub(r"\s+", "", key) == base64.b64encode(public).decode() for key in keys):
        return [
            Finding(check, "bad", "the key in DNS is not the one that signs; signatures will fail", example)
        ]
    return [Finding(check, "ok", "the public key in DNS belongs to the private key")]


def mail(resolver: Resolver, domain: str, why: str) -> list[Finding]:
    """Judge whether a domain receives mail: replies, bounces."""
    hosts = resolver.mx(domain)
    if not hosts and not resolver.addresses(domain):
        text = f"it receives no mail ({why}): there is no MX record"
        return [Finding(f"MX {domain}", "bad", text, f"{domain}. MX 10 mail.{domain}.")]
    return [Finding(f"MX {domain}", "ok", f"{', '.join(hosts) or 'by its address'} ({why})")]


def reverse(resolver: Resolver, host: str) -> list[Finding]:
    """Judge whether a sending host's addresses point back to a name that points to them (Gmail's rule)."""
    findings = []
    for address in resolver.addresses(host):
        names = resolver.reverse(address)
        if any(address in resolver.addresses(name) for name in names):
            findings.append(Finding(f"PTR {address}", "ok", names[0]))
        else:
            text = "it does not point back to a name that points to it; ask who owns the address to set it"
            findings.append(Finding(f"PTR {address}", "bad", text, f"{address} PTR {host}."))
    return findings or [Finding(f"PTR {host}", "bad", "the host has no address in DNS")]
