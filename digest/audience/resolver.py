"""Asking DNS, through dnspython."""

from __future__ import annotations

import dns.exception
import dns.resolver
import dns.reversename

_TWICE = 2


class DnsResolver:
    """The system's resolver; names that are not there, or do not answer within five seconds, give nothing.

    ``unanswered`` names what no server answered about: nothing can be concluded of those. A server that was
    silent twice and never spoke is not asked again.
    """

    def __init__(self, servers: tuple[str, ...] = (), port: int = 53) -> None:
        self._resolver = dns.resolver.Resolver(configure=not servers)
        if servers:
            self._resolver.nameservers = list(servers)
            self._resolver.port = port
        self._resolver.lifetime = 5.0
        self.unanswered: list[str] = []
        self._heard = False

    def _ask(self, name: object, kind: str) -> list[object]:
        if not self._heard and len(self.unanswered) >= _TWICE:
            self.unanswered.append(f"{name} {kind}")
            return []
        try:
            found = list(self._resolver.resolve(name, kind))  # type: ignore[arg-type]
        except (dns.resolver.NoNameservers, dns.exception.Timeout):
            self.unanswered.append(f"{name} {kind}")
            return []
        except (dns.exception.DNSException, ValueError):
            found = []
        self._heard = True
        return found

    def txt(self, name: str) -> list[str]:
        """Return TXT records, their parts joined."""
        return [
            b"".join(getattr(record, "strings", ())).decode("utf-8", "replace")
            for record in self._ask(name, "TXT")
        ]

    def mx(self, name: str) -> list[str]:
        """Return mail exchangers, most preferred first; a null MX (RFC 7505) is none."""
        found = sorted(
            (getattr(r, "preference", 0), str(getattr(r, "exchange", ""))) for r in self._ask(name, "MX")
        )
        return [host.rstrip(".") for _, host in found if host != "."]

    def addresses(self, name: str) -> list[str]:
        """Return IPv4 and IPv6 addresses."""
        return [str(record) for kind in ("A", "AAAA") for record in self._ask(name, kind)]

    def reverse(self, address: str) -> list[str]:
        """Return the names an address points back to."""
        return [str(record).rstrip(".") for record in self._ask(dns.reversename.from_address(address), "PTR")]
