"""What spam filters say of our mails: SpamAssassin below 1 and rspamd below 2, without a network."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from digest import compose
from digest.flow import browser
from digest.testing import samples
from tests.conftest import need

pytestmark = pytest.mark.external
READER = samples.READER._replace(address="lena@reader-mail.com")
NETWORK = ("rbl", "spf", "dmarc", "dkim", "arc", "fuzzy_check", "asn", "mx_check", "phishing", "hfilter")
STORED = ("greylist", "history_redis", "neural", "ratelimit", "replies", "reputation", "bayes_expiry")
CELLS = [(theme, language) for theme in samples.THEMES for language in samples.LANGUAGES]


def message(theme: str, language: str, shape: str = "full") -> bytes:
    """Return a message sent now: filters count points for dates long past."""
    sender = {"from": "The Harbour Post <news@harbour-post.com>", "bounce_domain": "bounces.harbour-post.com"}
    made = compose.compile(samples.plan(language, shape), samples.frame(language, theme, shape, **sender))
    data = compose.splice(made.variant, READER).as_bytes()
    now = format_datetime(datetime.now(UTC)).encode()  # noqa: TID251 (the filters look at the clock)
    return re.sub(rb"^Date: [^\r]*", b"Date: " + now, data, count=1, flags=re.MULTILINE)


def test_spamassassin_gives_less_than_one_point(tmp_path):
    """Every theme in every language, by its own rules (-L): no network knows a domain that nobody has."""
    program = need("spamassassin", "what spam filters say of our mails")
    mailbox = tmp_path / "mails"
    lines = [b"From x Thu Jan  1 00:00:00 2026\n" + message(*cell).replace(b"\r\n", b"\n") for cell in CELLS]
    mailbox.write_bytes(b"\n".join(lines))
    done = subprocess.run([program, "-L", "-t", "--mbox", mailbox], capture_output=True, check=True)
    found = re.findall(rb"^X-Spam-Status: \w+, score=(-?[\d.]+)([^\n]*)", done.stdout, re.MULTILINE)
    assert len(found) == len(CELLS)
    assert [(score, rules) for score, rules in found if float(score) >= 1] == []


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@pytest.fixture(scope="module")
def rspamd(tmp_path_factory):
    """Start an rspamd that asks no network, in seconds by knowing few top-level domains; give its address."""
    program = need("rspamd", "what spam filters say of our mails")
    folder = Path("/tmp") / f"digest-rspamd-{os.getpid()}"  # its own user must reach it
    local, port = folder / "conf" / "local.d", free_port()
    local.mkdir(parents=True)
    folder.chmod(0o777)
    (folder / "tld.dat").write_text("com\norg\nnet\nexample\n")
    for name in (*NETWORK, *STORED):
        (local / f"{name}.conf").write_text("enabled = false;\n")
    for name in ("controller", "proxy", "fuzzy"):
        (local / f"worker-{name}.inc").write_text("enabled = false;\n")
    (local / "worker-normal.inc").write_text(f'bind_socket = "127.0.0.1:{port}";\ncount = 1;\n')
    dns = f'dns {{ nameserver = ["127.0.0.1:{free_port()}"]; timeout = 0.05s; retransmits = 1; }}\n'
    (local / "options.inc").write_text(f'{dns}url_tld = "{folder}/tld.dat";\nhs_cache_dir = "{folder}";\n')
    places = [f"--var={name}={folder}" for name in ("DBDIR", "RUNDIR", "LOGDIR")]
    user = ["-u", "_rspamd", "-g", "_rspamd"] if os.geteuid() == 0 and _user("_rspamd") else []
    command = [program, "-f", "-i", *user, *places, f"--var=LOCAL_CONFDIR={folder}/conf"]
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen([*command, "-c", "/etc/rspamd/rspamd.conf"], stdout=out, stderr=out)
    yield f"http://127.0.0.1:{port}/checkv2", process, folder / "out"
    process.terminate()
    process.wait(20)
    shutil.rmtree(folder, ignore_errors=True)


def _user(name: str) -> bool:
    return any(entry.pw_name == name for entry in pwd.getpwall())


def asked(server, data: bytes) -> dict:
    """Ask rspamd about a message, as soon as it answers."""
    address, process, said = server
    for _ in range(300):
        try:
            with urllib.request.urlopen(urllib.request.Request(address, data), timeout=30) as answer:
                return json.load(answer)
        except OSError:
            assert process.poll() is None, said.read_text()
            time.sleep(0.2)
    raise AssertionError(said.read_text())


@pytest.mark.parametrize(("theme", "language"), CELLS)
def test_rspamd_gives_less_than_two_points(rspamd, theme, language):
    """Every theme in every language; it would raise its voice at four, and refuse at fifteen."""
    found = asked(rspamd, message(theme, language))
    told = {name: symbol["score"] for name, symbol in found["symbols"].items() if symbol["score"] > 0}
    assert found["score"] < 2, told
    assert "R_PARTS_DIFFER" not in told
    assert "MIME_HTML_ONLY" not in told


def test_rspamd_would_find_what_is_wrong(rspamd):
    """It does judge: without its text, its date and its Message-ID the same mail is over the limit."""
    data = message("briefing", "en")
    bad = re.sub(rb"^(Date|Message-ID): [^\r]*\r\n", b"", data, flags=re.MULTILINE)
    bad = bad.replace(b"text/plain", b"text/html", 1).replace(b"Subject: ", b"Subject: Re: FREE MONEY!!! ", 1)
    assert asked(rspamd, bad)["score"] > 4


def test_lint_asks_rspamd_too(rspamd):
    """M13: `digest lint --deep` says nothing of our mail, and names the rules that a bad one breaks."""
    data = message("briefing", "en")
    place = urlsplit(rspamd[0]).netloc
    assert asked(rspamd, data)
    assert [str(found) for found in browser.rspamd(data, place)] == []
    bad = re.sub(rb"^(Date|Message-ID): [^\r]*\r\n", b"", data, flags=re.MULTILINE)
    [told] = browser.rspamd(bad, place)
    assert told.id == "M13"
    assert "MISSING_MID" in told.message
    assert "DATE" in told.message
