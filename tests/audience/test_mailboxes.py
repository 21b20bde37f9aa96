"""Collecting returned mail from a Maildir and over IMAP: each message once, when it was dealt with."""

from __future__ import annotations

import re
import socketserver
import threading

import pytest

from digest.audience import mailboxes
from digest.errors import UsageError

MESSAGES = {3: b"Subject: one\r\n\r\n1\r\n", 5: b"Subject: two\r\n\r\n{22}\r\n) 2\r\n"}


class _Imap(socketserver.StreamRequestHandler):
    """As much of an IMAP server (RFC 3501) as there is to collecting mail."""

    def handle(self):
        self.say("* OK ready")
        while line := self.rfile.readline().decode().strip():
            tag, _, command = line.partition(" ")
            self.server.said.append(command)
            self.answer(command)
            self.say(f"{tag} {'NO wrong' if self.server.refused.search(command) else 'OK done'}")
            if command.upper() == "LOGOUT":
                return

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def answer(self, command):
        seen = self.server.seen
        if command.upper() == "CAPABILITY":
            self.say("* CAPABILITY IMAP4rev1")
        elif command.startswith("SELECT"):
            self.say("* 2 EXISTS")
        elif command.startswith("UID SEARCH UNSEEN"):
            self.say("* SEARCH " + " ".join(str(uid) for uid in MESSAGES if uid not in seen))
        elif found := re.match(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.30000000>\)", command):
            if int(found[1]) in self.server.gone:
                return
            data = MESSAGES[int(found[1])]
            self.wfile.write(
                f"* 1 FETCH (UID {found[1]} BODY[]<0> {{{len(data)}}}\r\n".encode() + data + b")\r\n"
            )
        elif found := re.match(r"UID STORE (\d+) \+FLAGS \(\\Seen\)", command):
            seen.add(int(found[1]))


@pytest.fixture
def imap():
    """Give an IMAP server on loopback: ``said`` are the commands, ``seen`` the marked messages."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Imap) as server:
        server.daemon_threads = True
        server.said, server.seen, server.gone = [], set(), set()
        server.refused = re.compile("wrong|Missing")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.url = f"imap://b%40x:pass%2Fword@127.0.0.1:{server.server_address[1]}"
        yield server
        server.shutdown()


def test_unseen_messages_come_from_imap_and_are_marked_when_done(imap):
    """What was not marked comes again; looking alone marks nothing."""
    got = list(mailboxes.imap(f"{imap.url}/Bounces%20here"))
    assert [data for _, data, _ in got] == list(MESSAGES.values())
    assert imap.seen == set()
    assert 'SELECT "Bounces here"' in imap.said
    assert imap.said[1].startswith("LOGIN b@x")
    for name, _, done in mailboxes.imap(imap.url):
        if name.endswith("#3"):
            done()
    assert imap.seen == {3}
    assert [name for name, _, _ in mailboxes.imap(imap.url)] == ["127.0.0.1#5"]


def test_what_someone_else_removed_meanwhile_is_passed_over(imap):
    """No empty letter stands for it."""
    imap.gone.add(3)
    assert [data for _, data, _ in mailboxes.imap(imap.url)] == [MESSAGES[5]]


def test_a_mark_that_comes_too_late_says_what_follows(imap):
    """When the session is over."""
    [*letters] = mailboxes.imap(imap.url)
    with pytest.raises(UsageError, match=r"broke off: .*comes again"):
        letters[0][2]()


def test_a_mailbox_that_keeps_no_marks_is_told(imap):
    """Else the same letters would be collected for ever."""
    session = mailboxes.imap(imap.url)
    _, _, done = next(session)
    imap.refused = re.compile("STORE")
    with pytest.raises(UsageError, match="may the user write there"):
        done()


@pytest.mark.parametrize(
    "bad", ["imap://u:p@mail.example.org/INBOX", "imaps://mail.example.org/INBOX", "imaps:"]
)
def test_passwords_never_travel_in_clear(bad):
    """And an address without a name or host is told how to write."""
    with pytest.raises(UsageError, match="write imaps://"):
        next(mailboxes.imap(bad))


def test_a_wrong_password_or_folder_is_told(imap):
    """In words, with what to look at."""
    with pytest.raises(UsageError, match="no folder 'Missing'"):
        next(mailboxes.imap(f"{imap.url}/Missing"))
    with pytest.raises(UsageError, match="user and password"):
        next(mailboxes.imap(imap.url.replace("pass%2Fword", "wrong")))
    with pytest.raises(UsageError, match="cannot be reached"):
        next(mailboxes.imap("imap://u:p@127.0.0.1:1/INBOX"))


def test_a_maildir_is_emptied_of_what_was_done(tmp_path):
    """From new to cur, marked as seen; what was not done stays."""
    (tmp_path / "new").mkdir()
    for name in ("1.a", "2.b"):
        (tmp_path / "new" / name).write_bytes(b"Subject: x\n\n")
    (tmp_path / "new" / ".hidden").write_bytes(b"")
    first, _ = mailboxes.maildir(tmp_path)
    first[2]()
    assert [path.name for path in (tmp_path / "cur").iterdir()] == ["1.a:2,S"]
    assert [name.rpartition("/")[2] for name, _, _ in mailboxes.maildir(tmp_path)] == ["2.b"]
    with pytest.raises(UsageError, match="no Maildir"):
        next(mailboxes.maildir(tmp_path / "new"))
