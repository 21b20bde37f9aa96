"""``digest doctor``: what decides whether mail arrives, and what to change."""

from __future__ import annotations

from dataclasses import asdict

import click

from digest.cli.common import config_option, json_option, opened, print_json


@click.command()
@click.option("--offline", is_flag=True, help="Ask DNS, but no mail service, web address or time server.")
@click.option(
    "--dns", "servers", multiple=True, metavar="ADDRESS[:PORT]", help="Ask this DNS server; repeatable."
)
@click.option("--ntp", metavar="HOST[:PORT]", default="pool.ntp.org", help="Ask this server for the time.")
@config_option
@json_option
def doctor(offline: bool, servers: tuple[str, ...], ntp: str, config: str | None, as_json: bool) -> int:
    """Check SPF, DKIM, DMARC, MX, PTR, TLS, keys, clock and senders; exit 1 if something is bad.

    \b
    Examples:
      digest doctor
      digest doctor --offline --dns 127.0.0.1:5353
    """
    from digest.audience.resolver import DnsResolver
    from digest.flow.doctor import examine

    hosts = tuple(server.rpartition(":")[0] or server for server in servers)
    port = int(servers[0].rpartition(":")[2]) if servers and ":" in servers[0] else 53
    findings = []
    with opened(config) as ctx:
        for finding in examine(ctx, DnsResolver(hosts, port), connect=not offline, time_server=ntp):
            findings.append(finding)
            if not as_json:
                click.echo(f"{finding.level:<5} {finding.check}: {finding.text}")
                if finding.record and finding.level != "ok":
                    click.echo(f"      {finding.record}")
    if as_json:
        print_json([asdict(finding) for finding in findings])
    return 1 if any(finding.level == "bad" for finding in findings) else 0
