"""A declared language is believed until the text has none of its words."""

from __future__ import annotations

from digest.ingest.language import believed

GERMAN = (
    "Das Projekt ist eine Veranstaltung der Stadt mit dem Verein und der Schule. Schon jetzt ist es gut zu "
    "wissen, dass das Haus auch im März und im Mai für alle geöffnet ist, die mit ihren alten Geräten kommen "
    "und sie nicht weg werfen wollen, weil sie noch gut sind und nur ein wenig Hilfe von denen brauchen, die "
    "das können und es gern für sie tun."
)


def test_a_templates_language_gives_way_to_the_texts():
    """A German text under lang="en" is German."""
    assert believed("en", GERMAN) == "de"


def test_what_fits_or_is_too_short_is_believed():
    """The right language, a short text, and a language without a list of words stay as declared."""
    assert believed("de-AT", GERMAN) == "de"
    assert believed("en", GERMAN[:120]) == "en"
    assert believed("", GERMAN) == ""
