"""A reader's language: interface strings from catalogues, dates and numbers from CLDR, direction, digits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from gettext import c2py
from pathlib import Path
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.messages.pofile import read_po

from digest.compose.bidi import Phrase, phrase

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from babel.messages.catalog import Catalog

CATALOGUES = Path(__file__).with_name("locale")
DEFAULT = "en"
_EASTERN = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_WESTERN_ARABIC = frozenset({"AE", "DZ", "EH", "LY", "MA", "TN"})  # write 0-9, as CLDR has it
_SCRIPTS = {"ar": "arabic", "fa": "arabic", "ur": "arabic", "he": "hebrew", "yi": "hebrew"}
_LONG = {"en": "EEEE d MMMM y", "en_US": "EEEE, MMMM d, y", "ar": "EEEE d MMMM y"}
_MEDIUM = {"en_US": "MMMM d", "de": "d. MMMM", "es": "d 'de' MMMM", "he": "d בMMMM"}
_SHORT = {"en_US": "MMM d", "de": "d. MMM", "he": "d בMMM"}


def languages() -> tuple[str, ...]:
    """Return the languages there are catalogues for."""
    return tuple(sorted(path.stem for path in CATALOGUES.glob("*.po")))


@cache
def _catalogue(code: str) -> tuple[Catalog, Callable[[int], int]]:
    with (CATALOGUES / f"{code}.po").open("rb") as file:
        catalogue = read_po(file, locale=code)
    return catalogue, c2py(catalogue.plural_expr)


@dataclass(frozen=True, slots=True)
class Language:
    """How to speak to readers of one language. Every method gives plain text, digits already native."""

    tag: str  # BCP 47, as it stands in lang=""
    code: str  # primary subtag
    locale: Locale
    rtl: bool
    catalogue: str  # the catalogue in use: the code, or English where there is none

    @property
    def dir(self) -> str:
        """Return ``rtl`` or ``ltr``."""
        return "rtl" if self.rtl else "ltr"

    @property
    def start(self) -> str:
        """Return the physical side where lines begin."""
        return "right" if self.rtl else "left"

    @property
    def end(self) -> str:
        """Return the physical side where lines end."""
        return "left" if self.rtl else "right"

    @property
    def script(self) -> str:
        """Return the face it needs: ``latin``, ``arabic`` or ``hebrew``."""
        return _SCRIPTS.get(self.code, "latin")

    def say(self, message: str, **values: object) -> str:
        """Return an interface string with its values put in, in this language."""
        found = _catalogue(self.catalogue)[0].get(message)
        return _fill(str(found.string) if found and found.string else message, values)

    def count(self, one: str, many: str, n: int, **values: object) -> str:
        """Return the plural form for ``n`` with its values put in; ``n`` itself is written natively."""
        catalogue, plural = _catalogue(self.catalogue)
        found = catalogue.get(one)
        forms = found.string if found and isinstance(found.string, tuple | list) else (one, many)
        form = forms[min(plural(n), len(forms) - 1)] or (one if n == 1 else many)
        return _fill(form, {"n": self.digits(n), **values})

    def digits(self, value: object) -> str:
        """Write a number in the language's own digits."""
        text = str(value)
        eastern = self.code == "ar" and (self.locale.territory or "") not in _WESTERN_ARABIC
        return text.translate(_EASTERN) if eastern else text

    def day(self, moment: date | datetime, style: str = "long") -> str:
        """Write a date: ``long`` with weekday and year, ``medium`` day and month, ``short`` abbreviated."""
        patterns = {"long": _LONG, "medium": _MEDIUM, "short": _SHORT}[style]
        fallback = {"long": "full", "medium": "d MMMM", "short": "d MMM"}[style]
        pattern = patterns.get(str(self.locale)) or patterns.get(self.code) or fallback
        return self.digits(format_date(moment, pattern, locale=self.locale))

    def weekday(self, moment: date | datetime) -> str:
        """Write the day of the week, abbreviated."""
        return format_date(moment, "ccc", locale=self.locale)

    def time(self, moment: datetime) -> str:
        """Write a time of day as the language's readers do."""
        return self.digits(format_time(moment, "short", locale=self.locale))

    def phrase(self, text: str, language: str = "") -> Phrase:
        """Make a phrase out of untrusted text, isolated where its direction is not this language's."""
        return phrase(text, self.dir, language)


def _fill(text: str, values: dict[str, object]) -> str:
    return text % values if values else text.replace("%%", "%")


@cache
def language(tag: str) -> Language:
    """Return the language of a BCP 47 tag; one that CLDR does not know reads as English."""
    clean = tag.replace("_", "-") or DEFAULT
    try:
        locale = Locale.parse(clean, sep="-")
    except (ValueError, UnknownLocaleError):
        clean, locale = DEFAULT, Locale.parse(DEFAULT)
    if clean == DEFAULT:
        locale = Locale.parse("en_GB")  # English of no country: day before month, 24 hours
    code = locale.language
    if code == "iw":
        code = "he"
    known = code if (CATALOGUES / f"{code}.po").is_file() else DEFAULT
    return Language(clean, code, locale, locale.text_direction == "rtl", known)
