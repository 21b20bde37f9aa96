"""What the pages say in a reader's language: their own catalogues; dates and direction as in mails."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.pofile import read_po

from digest.compose.language import Language
from digest.compose.language import language as spoken

if TYPE_CHECKING:
    from collections.abc import Iterable

CATALOGUES = Path(__file__).with_name("locale")
DEFAULT = "en"


@cache
def languages() -> tuple[str, ...]:
    """Return the languages the pages speak."""
    return tuple(sorted({DEFAULT, *(path.stem for path in CATALOGUES.glob("*.po"))}))


@cache
def _strings(code: str) -> dict[str, str]:
    file = CATALOGUES / f"{code}.po"
    if not file.is_file():
        return {}
    with file.open("rb") as stream:
        catalogue = read_po(stream, locale=code)
    return {str(message.id): str(message.string) for message in catalogue if message.id and message.string}


class Voice:
    """How the pages speak one language."""

    def __init__(self, tag: str) -> None:
        self.language: Language = spoken(tag)
        self.code = self.language.code
        self._strings = _strings(self.code)

    @property
    def dir(self) -> str:
        """Return ``rtl`` or ``ltr``."""
        return self.language.dir

    def __call__(self, message: str, **values: object) -> str:
        """Return a string in this language with its values put in; the catalogues' keys are English."""
        text = self._strings.get(message, message)
        return text % values if values else text


@lru_cache(200)  # a tag may come from anyone
def voice(tag: str) -> Voice:
    """Return the voice of a language tag, English where the pages do not speak it."""
    code = tag.replace("_", "-").partition("-")[0].lower()
    return Voice(tag if code in languages() else DEFAULT)


def first(wishes: Iterable[str]) -> Voice | None:
    """Return the voice of the first wish the pages speak, None if they speak none of them."""
    for wish in wishes:
        if wish.replace("_", "-").partition("-")[0].lower() in languages():
            return voice(wish)
    return None


def choose(wishes: Iterable[str]) -> Voice:
    """Return the voice of the first wish the pages speak; English if there is none."""
    return first(wishes) or voice(DEFAULT)


def accepted(header: str) -> list[str]:
    """Return the tags of an Accept-Language header, most wanted first (RFC 9110, section 12.5.4)."""
    wishes: list[tuple[float, int, str]] = []
    for place, part in enumerate(header.split(",")[:20]):
        tag, _, weight = part.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), place, tag.strip()))
        except ValueError:
            continue
    return [tag for _, _, tag in sorted(wishes) if tag.replace("-", "").isalnum()]
