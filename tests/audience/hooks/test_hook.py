"""What every hook has from its base: size, number, and refusals instead of failures."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.audience.hooks import MOST_BYTES, MOST_NOTICES, Hook, Notice, Options, make
from digest.errors import HookRefused, PluginMissing, TokenInvalid, UsageError
from digest.model import EventKind

NOW = datetime(2026, 7, 5, 6, tzinfo=UTC)


class Says(Hook):
    """Does what it was made with."""

    def hear(self, headers, body, now):
        return self.options(body)


def read(what, body=b""):
    return Says("x", what, Path()).read({}, body, NOW)


def raises(error):
    def what(_body):
        raise error

    return what


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ValueError("no"), 400), (KeyError("id"), 400), (RecursionError(), 400), (ZeroDivisionError(), 400),
        (TokenInvalid("forged"), 403), (HookRefused("gone", 410), 410),
    ],
)  # fmt: skip
def test_whatever_a_plugin_raises_is_a_refusal(error, status):
    """A plugin's fault is told to the one who sent the request, and harms nobody else."""
    with pytest.raises(HookRefused) as caught:
        read(raises(error))
    assert caught.value.status == status


def test_what_cannot_be_reached_is_no_refusal():
    """The service shall come again."""
    with pytest.raises(OSError, match="down"):
        read(raises(OSError("down")))


def test_a_body_too_large_is_never_heard():
    """The plugin does not see it; one byte less it sees."""
    seen = []
    with pytest.raises(HookRefused, match="1,000,000 bytes"):
        read(seen.append, b"x" * (MOST_BYTES + 1))
    assert seen == []
    assert read(lambda body: [] if len(body) == MOST_BYTES else None, b"x" * MOST_BYTES) == ()


def test_too_many_notices_are_refused_together():
    """None of them is taken."""
    notice = Notice(id="1", kind=EventKind.DELIVERED)
    assert len(read(lambda _: [notice] * MOST_NOTICES)) == MOST_NOTICES
    with pytest.raises(HookRefused, match="1,000 notices"):
        read(lambda _: [notice] * (MOST_NOTICES + 1))


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"id": "x" * 201},
        {"id": "a\x00"},
        {"kind": EventKind.CLICKED},
        {"kind": "opened"},
        {"classed": "reader"},
    ],
)
def test_a_notice_that_means_nothing_cannot_be_made(wrong):
    """Ids are there, kinds and classes are those of the glossary, clicks are not reported from outside."""
    with pytest.raises(ValueError, match=r"id|kind|class"):
        Notice(**{"id": "1", "kind": EventKind.BOUNCED, **wrong})


def test_a_hook_is_made_by_its_type():
    """What is missing or wrong is told with the place."""
    assert make("ses", "ses", {"topics": ["arn:x"]}, Path()).name == "ses"
    with pytest.raises(UsageError, match=r"hooks\.desk: secret: .*24 bytes"):
        make("desk", "signed", {"secret": "short"}, Path())
    with pytest.raises(PluginMissing, match="there are: ses, signed"):
        make("desk", "singed", {}, Path())
    assert Options.model_config["extra"] == "forbid"
