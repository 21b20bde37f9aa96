from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from digest import compose
from digest.cli import run
from digest.compose.lint.run import LONGEST
from digest.testing import samples


def files(tmp_path):
    made = compose.compile(samples.plan(), samples.frame())
    (tmp_path / "good.eml").write_bytes(compose.splice(made.variant, LONGEST).as_bytes())
    (tmp_path / "good.html").write_text(made.html.replace("<!-- -->", ""), "utf-8")
    (tmp_path / "bad.html").write_text("<p>nothing of a mail</p>")
    return tmp_path


def test_a_clean_message_exits_0(tmp_path, capsys):
    """And says so in one line."""
    file = files(tmp_path) / "good.eml"
    assert run(["lint", str(file)]) == 0
    assert capsys.readouterr().out == f"{file}: 0 errors, 0 warnings, 0 notes\n"


def test_errors_exit_1_and_come_first(tmp_path, capsys):
    """Each with its id, place, words and remedy."""
    assert run(["lint", str(files(tmp_path) / "bad.html")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("✗ H01  html:1: 0 doctypes")
    assert lines[1].strip().startswith("begin with <!DOCTYPE html>")


def test_json_is_the_same_for_machines(tmp_path, capsys):
    """Every finding with all six values."""
    assert run(["lint", str(files(tmp_path) / "bad.html"), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert {"id", "severity", "place", "message", "source", "remedy"} == set(told["findings"][0])
    assert {"H01", "H21"} <= {found["id"] for found in told["findings"]}


def test_clients_tells_who_goes_without(tmp_path, capsys):
    """H24 is for information: it never fails."""
    assert run(["lint", str(files(tmp_path) / "good.eml"), "--clients"]) == 0
    out = capsys.readouterr().out
    assert "· H24  html: prefers-color-scheme: not in Gmail web" in out
    assert "border-radius" not in out


def test_a_missing_file_is_named(tmp_path, capsys):
    """Exit 2."""
    assert run(["lint", str(tmp_path / "none.eml")]) == 2
    assert "none.eml cannot be read: No such file" in capsys.readouterr().err


HEAD = b"From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\n"
MIXED = b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n'
NEST = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n"
FAR = b": x\r\nDate: Fri, 1 Jan 99999999 00:00:00 +0000\r\nFrom: =?utf-8?q?=ff?= <>\r\n"
STRANGERS = {
    "empty.eml": b"",
    "empty.html": b"",
    "noise.eml": bytes(range(256)) * 40,
    "noise.html": bytes(range(256)) * 40,
    "text.eml": HEAD + b"\r\nhello\r\n",
    "latin.html": "<html><body><h1>café</h1></body></html>".encode("latin-1"),
    "wide.html": "<html><body><h1>café</h1></body></html>".encode("utf-16"),
    "wide.eml": HEAD.decode().encode("utf-16"),
    "cyrillic.eml": HEAD + b"Content-Type: text/html; charset=koi8-r\r\n\r\n<p>" + "привет".encode("koi8-r"),
    "klingon.eml": HEAD + b'Content-Type: text/html; charset="klingon"\r\n\r\n<p>x',
    "stump.eml": HEAD + b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nabcde!=\xff",
    "nothing-within.eml": HEAD + b"Content-Type: multipart/alternative\r\n\r\nhi",
    "attached.eml": HEAD + MIXED + b"Content-Type: application/pdf\r\n\r\n\x00\r\n--x--\r\n",
    "nested.eml": HEAD + b"".join(NEST % (i, i) for i in range(2000)),
    "senders.eml": b"From: " + b"<a@b>," * 50_000 + b"\r\n\r\nhi",
    "fields.eml": FAR + b"Subject: =?x?b?!?=\r\nDKIM-Signature: ;;=;h\r\nList-Unsubscribe: <<>>\r\n\r\n",
    "deep.html": b"<div>" * 20_000,
    "tags.html": b"<a " * 100_000,
    "comments.html": b"<!--" * 100_000 + b">",
    "long.html": b"<p style='color:red'>x</p>" * 40_000,
    "style.html": b"<p style='" + b"a:b(" * 50_000 + b"'>x",
    "values.html": b"<h1 style='color:#12;font-size:1e999px'>x<a href='http://[::1'>y<img width=9999999999>",
}  # fmt: skip


@pytest.mark.parametrize("name", STRANGERS)
def test_whatever_a_file_holds_it_is_told_and_never_crashes(tmp_path, capsys, name):
    """Files of others are broken in every way; each finding is whole, and each comes within seconds."""
    (tmp_path / name).write_bytes(STRANGERS[name])
    started = time.process_time()
    assert run(["lint", str(tmp_path / name), "--json", "--clients"]) == 1
    assert time.process_time() - started < 8
    told = json.loads(capsys.readouterr().out)["findings"]
    assert told
    assert [
        one for one in told if not (one["id"] and one["place"] and one["message"] and one["source"])
    ] == []
    assert {one["severity"] for one in told} <= {"error", "warning", "info"}
    assert [one["id"] for one in told if one["severity"] != "info" and not one["remedy"]] == []


def test_a_page_that_is_not_utf_8_is_read_and_told(tmp_path, capsys):
    """The words are there all the same, and the place of the first wrong byte."""
    (tmp_path / "old.html").write_bytes("<html>\n<body><h1>café</h1></body></html>".encode("latin-1"))
    assert run(["lint", str(tmp_path / "old.html")]) == 1
    assert "✗ H02  html:2: byte 21 is not UTF-8" in capsys.readouterr().out


def test_a_file_is_known_by_what_it_holds_where_its_name_does_not_tell(tmp_path, capsys):
    """A maildir's files have names of their own."""
    good = files(tmp_path) / "good.eml"
    other = tmp_path / "1751698800.M1P2.host:2,S"
    other.write_bytes(good.read_bytes())
    assert run(["lint", str(other)]) == 0
    assert "0 errors, 0 warnings" in capsys.readouterr().out


def test_a_message_is_read_from_standard_input(tmp_path):
    """As the end of a pipe."""
    message = (files(tmp_path) / "good.eml").read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "digest", "lint", "-"], input=message, capture_output=True, check=True
    )
    assert done.stdout.startswith(b"-: 0 errors")


def test_a_rule_broken_a_thousand_times_is_told_in_a_few_lines(tmp_path, capsys):
    """And counted; what is worst is told first."""
    page = "<a href='http://a.example/{0}'>x{0}</a><img src='https://a.example/{0}.png'>"
    (tmp_path / "many.html").write_text("".join(page.format(number) for number in range(1000)))
    run(["lint", str(tmp_path / "many.html"), "--json"])
    told = [one for one in json.loads(capsys.readouterr().out)["findings"] if one["id"] == "H06"]
    assert len(told) == 41
    assert {one["severity"] for one in told[:40]} == {"error"}
    assert told[-1]["message"] == "and 3,960 more like these"
