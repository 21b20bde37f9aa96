"""Which language a text is written in: by script where that decides, else by py3langid."""

from __future__ import annotations

from collections import Counter
from copy import copy
from functools import cache
from typing import TYPE_CHECKING

from digest.text.script import Script, script_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_SURE = {Script.HEBREW: "he", Script.GREEK: "el", Script.TAMIL: "ta", Script.ARMENIAN: "hy"}
_SAMPLE = 600
_PERSIAN = frozenset("پچژگ")
_KANA = range(0x3040, 0x3100)


def detect(text: str, among: Sequence[str] = ()) -> str:
    """Give the language (BCP 47 primary subtag) of a text, or empty when nothing tells.

    ``among`` limits the answer to the languages an operator uses, which makes short headlines sure.
    Only the first 600 characters are looked at.
    """
    sample = text[:_SAMPLE]
    script = _main_script(sample)
    if script is None:
        return ""
    if len(among) == 1:
        return among[0]
    by_script = _by_script(script, sample)
    if by_script and (not among or by_script in among):
        return by_script
    return _by_model(sample, among)


def _main_script(sample: str) -> Script | None:
    counts = Counter(script_of(c) for c in sample if c.isalpha())
    return counts.most_common(1)[0][0] if counts else None


def _by_script(script: Script, sample: str) -> str:
    if script is Script.ARABIC:
        return "" if _PERSIAN & set(sample) else "ar"
    if script is Script.UNSPACED:
        return (
            "ja"
            if any(ord(c) in _KANA for c in sample)
            else "zh"
            if "\u4e00" <= max(sample) <= "\u9fff"
            else ""
        )
    return _SURE.get(script, "")


def _by_model(sample: str, among: Sequence[str]) -> str:
    whole = _identifier(())
    if set(among) <= set(whole.labels):
        return str(_identifier(tuple(among)).classify(sample)[0])
    found = str(whole.classify(sample)[0])  # it may be the language that the model does not know
    return found if found in among else ""


@cache
def _identifier(among: tuple[str, ...]):  # type: ignore[no-untyped-def]  # noqa: ANN202 (py3langid is untyped)
    """Give what knows these languages; all share one model, whose loading takes half a second and 75 MB."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    if not among:
        return LanguageIdentifier.from_model_file(MODEL_FILE)
    made = copy(_identifier(()))
    made.set_languages(list(among))
    return made
