"""pydantic's errors in an operator's words."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from digest.settings import Settings
from digest.settings.problems import Fault, faults, nearest, shown


def fault(raw: dict[str, Any]) -> Fault:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate(raw)
    [found] = faults(caught.value, raw)
    return found


def daily(**table: Any) -> dict[str, Any]:
    return {"newsletters": {"daily": {"title": "T"} | table}}


@pytest.mark.parametrize(
    ("raw", "key", "message", "hint"),
    [
        ({"web": {"port": 1.5}}, "port", "must be a whole number", ""),
        ({"web": {"port": 99999}}, "port", "must be at most 65535", ""),
        ({"web": 3}, "web", "must be a table", ""),
        ({"alerts_to": "a@b"}, "alerts_to", "must be a list, such as [1, 2]", ""),
        ({"base_url": 3}, "base_url", "must be a text in quotes", ""),
        ({"ingest": {"robots": "perhaps"}}, "robots", "must be true or false", ""),
        ({"ingest": {"timeout": "soon"}}, "timeout", "a duration is a number and a unit", ""),
        ({"ingest": {"timeot": "1m"}}, "timeot", "is no setting", "did you mean 'timeout'?"),
        (daily(accent="red"), "accent", "does not have the form it needs", 'a colour is written "#1B5E8C"'),
        (daily(unknown="hold on"), "unknown", "must be one of 'hold' or 'resend'", "did you mean 'hold'?"),
        (daily(sender=3), "sender", "must be a text in quotes", ""),
        (daily(timezone="Europe/Londn"), "timezone", "no such time zone", ""),
        ({"newsletters": {"daily": {}}}, "title", "is missing", ""),
    ],
)
def test_each_kind_of_error_has_its_words(raw: dict[str, Any], key: str, message: str, hint: str) -> None:
    found = fault(raw)
    assert (found.path[-1], found.hint) == (key, hint)
    assert found.message.startswith(message)


def test_the_nearest_word_is_given_or_all_when_few() -> None:
    assert nearest("breifing", ["briefing", "headlines"]) == "did you mean 'briefing'?"
    assert nearest("x", ["b", "a"]) == "there are: a, b"
    assert nearest("x", map(str, range(13))) == ""
    assert nearest("x", []) == ""


def test_values_are_shown_short_and_never_secrets() -> None:
    assert shown(("title",), "x" * 100) == "'" + "x" * 59 + "…"
    assert shown(("robots",), value=True) == "true"
    assert shown(("title",), {"a": 1}) == ""
    assert shown(("senders", "a", "password"), "p") == ""
