"""Every built-in sender keeps the contract; making one from configuration; the adapter for simple senders."""

from __future__ import annotations

import asyncio
import mailbox
from email import message_from_bytes
from typing import TYPE_CHECKING

import pytest

from digest.deliver.sender import OneByOne, Options, Refusal, make
from digest.deliver.senders.console import ConsoleSender
from digest.deliver.senders.file import FileSender
from digest.deliver.senders.maildir import MaildirSender
from digest.deliver.senders.smtp import SmtpSender
from digest.errors import PluginMissing, SenderError
from digest.model import RefusedRecipient, Submitted, Unavailable, Uncertain
from digest.testing.senders import Case, SenderContract, hand_over, messages
from digest.testing.smtp import SmtpServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from digest.model import Message, Outcome


class TestMaildir(SenderContract):
    @pytest.fixture
    def case(self, tmp_path: Path) -> Case:
        def accepted() -> list[str]:
            return [str(message["To"]) for message in mailbox.Maildir(tmp_path / "out", create=False)]

        sender = make("outbox", "maildir", {"path": "out"}, tmp_path)
        assert isinstance(sender, MaildirSender)
        return Case(sender, accepted)

    def test_handing_over_twice_leaves_one_file(self, case: Case) -> None:
        """A message sent again after a kill is there once: its file name derives from its Message-ID."""
        self.run(case.sender, 5)
        self.run(case.sender, 7)
        assert case.accepted is not None
        assert sorted(case.accepted()) == sorted(f"r{i}@reader.example" for i in range(1, 8))

    def test_a_message_that_was_read_is_not_placed_again(self, case: Case, tmp_path: Path) -> None:
        """A mail reader that moved it to cur and flagged it does not make it come twice."""
        self.run(case.sender, 1)
        (file,) = (tmp_path / "out" / "new").iterdir()
        file.rename(tmp_path / "out" / "cur" / f"{file.name}:2,S")
        self.run(case.sender, 1)
        assert not list((tmp_path / "out" / "new").iterdir())

    def test_the_bytes_are_the_messages(self, case: Case, tmp_path: Path) -> None:
        """What stands in the file is what any sender would hand over, unchanged."""
        self.run(case.sender, 1)
        (file,) = (tmp_path / "out" / "new").iterdir()
        assert file.read_bytes() == messages(1)[0].as_bytes()


class TestFile(SenderContract):
    @pytest.fixture
    def case(self, tmp_path: Path) -> Case:
        def accepted() -> list[str]:
            files = sorted((tmp_path / "eml").glob("*.eml"))
            return [str(message_from_bytes(file.read_bytes())["To"]) for file in files]

        sender = make("files", "file", {"path": "eml"}, tmp_path)
        assert isinstance(sender, FileSender)
        return Case(sender, accepted)


class TestConsole(SenderContract):
    @pytest.fixture
    def case(self, tmp_path: Path) -> Case:
        sender = make("screen", "console", {}, tmp_path)
        assert isinstance(sender, ConsoleSender)
        return Case(sender)

    def test_it_leaves_standard_output_alone(self, case: Case, capsys: pytest.CaptureFixture[str]) -> None:
        """Messages go to standard error, so that --json stays JSON."""
        self.run(case.sender, 2)
        seen = capsys.readouterr()
        assert seen.out == ""
        assert "r2@reader.example" in seen.err


class TestSmtp(SenderContract):
    @pytest.fixture
    def case(self, tmp_path: Path) -> Iterator[Case]:
        with SmtpServer() as server:
            options = {"host": server.host, "port": server.port}
            sender = make("relay", "smtp", options, tmp_path)
            assert isinstance(sender, SmtpSender)
            yield Case(sender, lambda: server.recipients)


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [("smtp", {"prot": 25}, "prot"), ("smtp", {"port": "x"}, "port"), ("maildir", {"path": 3}, "path")],
)
def test_wrong_options_are_named(kind: str, options: dict[str, object], words: str, tmp_path: Path) -> None:
    """An option that does not exist or has a bad value is refused with its name."""
    with pytest.raises(SenderError, match=f"senders.x: {words}"):
        make("x", kind, options, tmp_path)


def test_an_unknown_sender_lists_those_there_are(tmp_path: Path) -> None:
    """A misspelt type is answered with the names of the installed senders."""
    with pytest.raises(PluginMissing, match="maildir"):
        make("x", "mialdir", {}, tmp_path)


class Simple(OneByOne):
    """A sender as a newcomer writes it."""

    def hand_over(self, message: Message) -> Outcome:
        match message.key[1]:
            case 1:
                return Submitted(message.key, "yes")
            case 2:
                raise Refusal("no such user", 550, "5.1.1")
            case 3:
                raise ConnectionRefusedError("nobody there")
        raise ValueError("surprise")


def test_a_simple_sender_may_just_raise(tmp_path: Path) -> None:
    """The adapter turns what a blocking call raises into outcomes, the doubtful ones uncertain."""
    heard = asyncio.run(hand_over(Simple("s", Options(), tmp_path), messages(4)))
    assert [type(outcome) for outcome in heard] == [Submitted, RefusedRecipient, Unavailable, Uncertain]
