"""Golden editions: every theme, language and shape, as HTML and text; ``--update-golden`` rewrites."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest import compose
from digest.testing import samples

GOLDEN = Path(__file__).parents[1] / "golden" / "editions"
CELLS = [(t, language, s) for t in samples.THEMES for language in samples.LANGUAGES for s in samples.SHAPES]


@pytest.mark.parametrize(("theme", "language", "shape"), CELLS)
def test_an_edition_is_as_it_was_approved(theme, language, shape, update_golden):
    """A change of template, style, words or inliner shows here, byte by byte."""
    made = compose.compile(samples.plan(language, shape), samples.frame(language, theme, shape))
    head = f"Subject: {made.subject}\nPreheader: {made.preheader}\n\n"
    for ending, found in (("html", made.html), ("txt", head + made.text)):
        file = GOLDEN / f"{theme}-{language}-{shape}.{ending}"
        if update_golden:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(found, "utf-8", newline="")
        assert found == file.read_text("utf-8"), (
            f"{file} differs; look at it, then run pytest --update-golden"
        )
