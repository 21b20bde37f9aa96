"""``digest subscribers``, ``bounces`` and ``doctor`` as an operator uses them."""

from __future__ import annotations

import contextlib
import csv
import json
import socket
import threading

import dns.message
import dns.rcode
import pytest
from click.testing import CliRunner

from digest.cli import digest


@pytest.fixture
def run(tmp_path):
    """Give a function that runs a command in a fresh working folder; gives exit code, output and errors."""
    runner = CliRunner()
    folder = str(tmp_path / "news")
    assert runner.invoke(digest, ["init", folder]).exit_code == 0

    def call(*arguments, stdin=None):
        done = runner.invoke(digest, ["--config", folder, *arguments], input=stdin, standalone_mode=False)
        code = done.return_value if isinstance(done.return_value, int) else done.exit_code
        return code, done.stdout, done.stderr

    call.folder = tmp_path / "news"
    return call


TABLE = b"email;name\nann@example.org;Ann\nnobody;x\nbob@example.org;=HYPERLINK(1)\n"
IMPORT = ("subscribers", "import", "-", "--newsletter", "daily", "--consent", "form")


def test_importing_tells_counts_and_bad_rows_as_json(run, tmp_path):
    """Standard output is JSON alone; refused rows stand in the report file with line and reason."""
    code, out, _ = run(*IMPORT, "--json", "--refused", str(tmp_path / "bad.csv"), stdin=TABLE)
    found = json.loads(out)
    assert (code, found["new"], found["refused"]) == (0, 2, 1)
    assert found["bad_rows"] == [{"line": 3, "reason": "there is no @ in it", "row": "nobody"}]
    assert (tmp_path / "bad.csv").read_text().splitlines()[1] == "3,there is no @ in it,nobody"


def test_an_exported_name_is_no_formula(run):
    """A spreadsheet must not run what a reader wrote as their name; JSON Lines keep it as it is."""
    run(*IMPORT, stdin=TABLE)
    assert "'=HYPERLINK(1)" in run("subscribers", "export")[1]
    rows = [json.loads(line) for line in run("subscribers", "export", "--format", "jsonl")[1].splitlines()]
    assert rows[1]["name"] == "=HYPERLINK(1)"


def test_removing_adding_showing_and_forgetting(run):
    """Each says what became of the reader; who left is not brought back by add."""
    run(*IMPORT, stdin=TABLE)
    assert run("subscribers", "remove", "ann@example.org", "--json")[1].count("daily") == 1
    code, out, _ = run(
        "subscribers", "add", "ann@example.org", "--newsletter", "daily", "--consent", "phone", "--json"
    )
    assert (code, json.loads(out)["became"]) == (1, "left")
    assert [
        act["act"]
        for act in json.loads(run("subscribers", "show", "ann@example.org", "--json")[1])["consents"]
    ] == [
        "imported",
        "unsubscribed",
    ]
    assert json.loads(run("subscribers", "forget", "ann@example.org", "--yes", "--json")[1])["erased"]
    assert "erased" in run("subscribers", "show", "ann@example.org")[1]
    assert [row["email"] for row in json.loads(run("subscribers", "list", "--json")[1])] == [
        "bob@example.org"
    ]


def test_one_reader_is_exported_whole(run, tmp_path):
    """As JSON with every kind of data; whoever was erased is known by their suppression only."""
    run(*IMPORT, stdin=TABLE)
    code, _, _ = run("subscribers", "export", "ann@example.org", "--out", str(tmp_path / "ann.json"))
    whole = json.loads((tmp_path / "ann.json").read_text())
    assert (code, whole["subscriber"]["address"]) == (0, "ann@example.org")
    assert {"subscriptions", "consents", "suppressions", "events", "deliveries"} < whole.keys()
    run("subscribers", "forget", "ann@example.org", "--yes")
    assert [
        each["reason"]
        for each in json.loads(run("subscribers", "export", "ann@example.org")[1])["suppressions"]
    ] == ["erased"]
    assert run("subscribers", "export", "nobody@example.org")[0] == 1


@pytest.mark.parametrize("what", ["subscribers", "subscriptions", "suppressions", "deliveries", "consents"])
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_every_kind_of_data_is_exported(run, what, form):
    """In both forms, times in UTC; what holds nothing gives nothing."""
    run(*IMPORT, stdin=TABLE)
    run("subscribers", "suppress", "carl@example.org")
    code, out, _ = run("subscribers", "export", "--what", what, "--format", form)
    rows = (
        [json.loads(line) for line in out.splitlines()]
        if form == "jsonl"
        else list(csv.DictReader(out.splitlines()))
    )
    assert (code, len(rows)) == (0, {"suppressions": 1, "deliveries": 0}.get(what, 2))
    assert all(
        value.endswith("Z") for row in rows for name, value in row.items() if name in ("at", "created_at")
    )


def test_classifying_prints_one_line_a_message(run, tmp_path):
    """The keys are file, kind, recipient, class, code and reason."""
    (tmp_path / "one.eml").write_bytes(b"From: ann@example.org\nSubject: Out of office\n\nAway.\n")
    code, out, _ = run("bounces", "classify", str(tmp_path / "one.eml"), "--json")
    assert code == 0
    row = json.loads(out)
    assert list(row) == ["file", "kind", "recipient", "class", "code", "reason"]
    assert (row["kind"], row["recipient"]) == ("auto-reply", "ann@example.org")


def test_applying_takes_each_message_of_a_maildir_once(run, tmp_path):
    """What was applied lies in cur afterwards; a pipe reads one message."""
    for name in ("new", "cur", "tmp"):
        (tmp_path / "box" / name).mkdir(parents=True)
    (tmp_path / "box" / "new" / "1.x").write_bytes(
        b"From: MAILER-DAEMON@x.example\nSubject: failure notice\n\n<a@b.example>:\n550 no such user\n"
    )
    out = run("bounces", "apply", "--from", str(tmp_path / "box"), "--json")[1]
    assert json.loads(out)["effect"] == "not ours"
    assert [file.name for file in (tmp_path / "box" / "cur").iterdir()] == ["1.x:2,S"]
    assert run("bounces", "apply", "--from", str(tmp_path / "box"), "--json")[1] == ""
    assert (
        "auto-reply: noted"
        in run("bounces", "apply", "--from", "-", stdin=b"Subject: Out of office\nFrom: a@b.example\n\n")[1]
    )


@pytest.fixture
def nothing_known():
    """Give the address of a DNS server that knows no name at all."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        ended = threading.Event()

        def serve():
            server.settimeout(0.05)
            while not ended.is_set():
                with contextlib.suppress(TimeoutError):
                    data, peer = server.recvfrom(4096)
                    answer = dns.message.make_response(dns.message.from_wire(data))
                    answer.set_rcode(dns.rcode.NXDOMAIN)
                    server.sendto(answer.to_wire(), peer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        ended.set()
        thread.join()


def test_the_doctor_tells_bad_things_with_exit_code_one(run, nothing_known):
    """Without base_url links lead nowhere; that is bad."""
    code, out, _ = run("doctor", "--offline", "--dns", nothing_known, "--json")
    assert code == 1
    assert {"check": "base_url", "level": "bad"}.items() <= next(
        each for each in json.loads(out) if each["check"] == "base_url"
    ).items()


def test_a_cut_list_says_so_and_json_is_whole(run):
    """Nobody takes the first rows for all of them; a program gets every row."""
    table = "email\n" + "".join(f"r{n}@example.org\n" for n in range(60))
    run(*IMPORT, stdin=table.encode())
    _, out, err = run("subscribers", "list")
    assert (len(out.splitlines()), "the first 50" in err) == (50, True)
    _, out, err = run("subscribers", "list", "--json")
    assert (len(json.loads(out)), err) == (60, "")
    assert "the first" not in run("subscribers", "list", "--limit", "60")[2]


def test_what_is_known_says_what_a_suppression_holds_for(run):
    """All mail, unless it was for one newsletter."""
    run("subscribers", "suppress", "carl@example.org")
    assert "(everything)" in run("subscribers", "show", "carl@example.org")[1]
