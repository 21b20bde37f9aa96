"""What a reply means, case by case, and when to try again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.deliver import retry

NOW = datetime(2026, 7, 5, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "reply", "expected"),
    [
        # the address: nobody there
        (550, "5.1.1 User unknown", "address"),
        (550, "5.1.2 Bad destination system address", "address"),
        (553, "5.1.3 Bad destination mailbox address syntax", "address"),
        (550, "5.1.6 Mailbox has moved", "address"),
        (550, "5.1.10 Recipient address has null MX", "address"),
        (550, "No such user here", "address"),
        (551, "User not local", "address"),
        # the mailbox: there, but it takes nothing
        (552, "5.2.2 Mailbox full", "mailbox"),
        (550, "5.2.1 The email account that you tried to reach is inactive", "mailbox"),
        (554, "5.4.6 Routing loop", "mailbox"),
        (552, "Quota exceeded", "mailbox"),
        # the message
        (552, "5.3.4 Message too big", "content"),
        (550, "5.6.0 Malformed", "content"),
        (550, "5.6.7 Non-ASCII addresses not permitted", "content"),
        # policy and reputation
        (550, "5.7.1 Message blocked", "policy"),
        (550, "5.7.26 This mail is unauthenticated", "policy"),
        (550, "5.7.515 Access denied, sending domain does not meet the required level", "policy"),
        (554, "Your host is on a blocklist", "policy"),
        # us: every recipient would fare alike
        (554, "5.7.1 <r1@x>: Relay access denied", "us"),
        (550, "5.7.1 Relaying denied", "us"),
        (530, "5.7.0 Authentication required", "us"),
        (535, "5.7.8 Error: authentication failed", "us"),
        (550, "5.1.8 Bad sender's system address", "us"),
        (553, "5.1.7 Bad sender's mailbox address syntax", "us"),
    ],
)
def test_whom_a_refusal_is_about(code: int, reply: str, expected: str) -> None:
    """The enhanced code decides, words that can mean only one thing before it, the reply code after it."""
    assert retry.cause(code, retry.enhanced_code(reply), reply) == expected


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("5.1.1 unknown", "5.1.1"),
        ("4.7.28 slow down", "4.7.28"),
        ("no code here 5.1.1", ""),
        ("10.5.1.1 is an address", ""),
        ("", ""),
    ],
)
def test_the_enhanced_code_stands_first(reply: str, expected: str) -> None:
    """A code is one only at the beginning of the text (RFC 2034 4)."""
    assert retry.enhanced_code(reply) == expected


@pytest.mark.parametrize(
    ("code", "reply", "expected"),
    [
        (450, "4.2.1 try later", True),
        (421, "4.7.0 closing", True),
        (550, "5.2.1 The user you are trying to contact is receiving mail at a rate that", True),
        (550, "5.2.1 is receiving mail too quickly", True),
        (550, "5.2.1 The email account that you tried to reach is disabled", False),
        (550, "5.1.1 too many users of that name", False),
    ],
)
def test_what_is_temporary(code: int, reply: str, expected: bool) -> None:
    """4xx is, and 550 5.2.1 where it means that mail comes too fast; nothing else."""
    assert retry.is_temporary(code, retry.enhanced_code(reply), reply) is expected


@pytest.mark.parametrize(
    ("code", "enhanced", "expected"),
    [
        (421, "", True),
        (421, "4.7.28", True),
        (450, "4.7.1", True),
        (450, "4.2.1", False),
        (550, "5.7.1", False),
    ],
)
def test_when_to_leave_a_service_alone(code: int, enhanced: str, expected: bool) -> None:
    """421 and temporary answers of policy ask for a pause."""
    assert retry.slow_down(code, enhanced) is expected


def test_retries_come_later_and_later() -> None:
    """From five minutes on, ever longer, never beyond an hour and its jitter; jitter spreads them."""
    waits = [(retry.next_try(n, NOW, lambda: 0.5) - NOW).total_seconds() for n in range(1, 9)]
    assert waits[0] == 300
    assert waits == sorted(waits)
    assert waits[-1] == 3600
    early, late = (retry.next_try(1, NOW, lambda j=j: j) for j in (0.0, 1.0))
    assert (late - early) == timedelta(seconds=120)
