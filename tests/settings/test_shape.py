"""Walking the models by path."""

from __future__ import annotations

import pytest

from digest.settings import NewsletterSettings, Settings, SourceSettings
from digest.settings.shape import at, is_secret, model_at, takes_text_list


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((), Settings),
        (("newsletters", "daily"), NewsletterSettings),
        (("sources", 3), SourceSettings),
        (("newsletters", "daily", "picks"), None),
        (("sources", "x"), None),
        (("nothing", "there"), None),
    ],
)
def test_a_path_leads_to_a_model(path: tuple[str | int, ...], expected: object) -> None:
    assert model_at(Settings, path) is expected


def test_lists_of_texts_are_told_from_texts() -> None:
    assert takes_text_list(at(Settings, ("alerts_to",)))
    assert not takes_text_list(at(Settings, ("base_url",)))
    assert not takes_text_list(at(Settings, ("newsletters", "daily", "sender")))


@pytest.mark.parametrize(
    "path",
    [
        ("senders", "a", "password"),
        ("secret_keys", 0, "secret"),
        ("secret_keys", 0, "sercet"),
        ("s", "api_key"),
    ],
)
def test_secrets_are_known_by_their_names(path: tuple[str | int, ...]) -> None:
    assert is_secret(path)


@pytest.mark.parametrize(
    "path", [("web", "port"), ("secret_keys_file",), ("newsletters", "daily", "title"), ()]
)
def test_other_values_are_shown(path: tuple[str | int, ...]) -> None:
    assert not is_secret(path)
