"""What only a browser can tell: width at every size, contrast in every scheme, words without pictures.

The page is set into frames of a harness that measures itself and writes what it found into its own
document; any browser that can print a document will do, and nothing is fetched.
"""

from __future__ import annotations

import html as markup
import json
import re
from dataclasses import dataclass
from pathlib import Path

from digest.compose.lint.finding import Finding, Severity

WIDTHS = (320, 375, 600)
_STYLE = re.compile(r"<style\b.*?</style\s*>", re.IGNORECASE | re.DOTALL)
_DARK = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)")
_WORD_COMMENT = re.compile(r"<!--\[if[^\]]*mso[^\]]*\]>(.*?)<!\[endif\]-->", re.DOTALL)
_NOT_WORD = re.compile(r"<!--\[if !mso\]><!-->.*?<!--<!\[endif\]-->", re.DOTALL)
_UNKNOWN_TO_WORD = re.compile(
    r"(?<=[;\"'\s])(?:max-width|min-width|border-radius|opacity|display:\s*inline-block|background-image)[^;\"']*;?"
)
_PICTURE = re.compile(r"(<img\b[^>]*?\ssrc=)([\"'])[^\"']*\2", re.IGNORECASE)
_MIRROR = 1.1  # black becomes white, white a very dark grey: what most clients that invert do
_BLANK = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
RESULT = re.compile(r'<pre id="digest-result">(.*?)</pre>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class View:
    """One way a mail is looked at."""

    name: str
    width: int
    html: str


def without_styles(html: str) -> str:
    """Return the page as clients show it that drop every style block."""
    return _STYLE.sub("", html)


def as_word(html: str) -> str:
    """Return the page roughly as Word lays it out: its comments revealed, what it does not know removed."""
    bare = re.sub(r"<xml>.*?</xml>", "", without_styles(html), flags=re.DOTALL)
    shown = _WORD_COMMENT.sub(lambda found: found[1], _NOT_WORD.sub("", bare))
    return _UNKNOWN_TO_WORD.sub("", shown)


def forced(html: str, *, dark: bool) -> str:
    """Return the page in one colour scheme, whatever the browser's own."""
    return _DARK.sub("@media all" if dark else "@media not all", html)


def inverted(html: str) -> str:
    """Return the page as clients show it that invert colours themselves: lightness mirrored."""
    from digest.compose.color import full, hexadecimal, oklch

    def turn(found: re.Match[str]) -> str:
        lightness, chroma, hue = oklch(full(found[1]))
        return hexadecimal(min(1.0, _MIRROR - lightness), chroma, hue)

    return re.sub(r"#([0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})(?![0-9A-Za-z])", turn, without_styles(html))


def views(html: str) -> list[View]:
    """Return every way the rules ask for; pictures are blank in all but their sizes."""
    still = _PICTURE.sub(rf'\1"{_BLANK}"', html)
    bare = [View(f"without styles, {width} px", width, without_styles(still)) for width in WIDTHS]
    word = [View("as Word shows it, 600 px", 640, as_word(still))]
    schemes = [
        View("light", 600, forced(still, dark=False)),
        View("dark", 600, forced(still, dark=True)),
        View("inverted by the client", 600, inverted(still)),
        View("light, 320 px", 320, forced(still, dark=False)),
    ]
    return bare + word + schemes


_SCRIPT = Path(__file__).with_name("measure.js")


def harness(html: str) -> str:
    """Return a page that measures the mail in every view and then consists of what it found, as JSON."""
    frames = "".join(
        f'<iframe data-name="{markup.escape(view.name)}" width="{view.width}" height="800" '
        f'srcdoc="{markup.escape(view.html)}"></iframe>'
        for view in views(html)
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
    script = f"<script>{_SCRIPT.read_text('utf-8')}</script>"
    return f"<!DOCTYPE html><html><head>{head}</head><body>{frames}{script}</body></html>"


def judged(document: str) -> list[Finding]:
    """Turn the printed document of a measured harness into findings.

    Raises ``ValueError`` when the browser did not run it.
    """
    found = RESULT.search(document)
    if not found:
        raise ValueError("the browser did not measure the page")
    result: list[Finding] = []
    for view in json.loads(markup.unescape(found[1])):
        result += _judge(view)
    return result


def _judge(view: dict[str, object]) -> list[Finding]:
    name, width, scroll = str(view["name"]), int(str(view["width"])), int(str(view["scroll"]))
    result: list[Finding] = []
    if scroll > width:
        result.append(
            _finding(
                "H14", name, f"the mail is {scroll} px wide where {width} are shown", "let widths be fluid"
            )
        )
    for text, front, ground, ratio, need in view["low"]:  # type: ignore[attr-defined]
        words = f"rgb({front}) on rgb({ground}) is {ratio}:1 at {text!r}; {need}:1 is needed"
        result.append(_finding("H16", name, words, "mend the colour in that scheme"))
    for text, height in view["small"]:  # type: ignore[attr-defined]
        result.append(
            _finding("H16", name, f"{text!r} is {height} px high to touch", "44 px are good", mild=True)
        )
    return result


def _finding(ident: str, place: str, message: str, remedy: str, *, mild: bool = False) -> Finding:
    severity = Severity.WARNING if mild else Severity.ERROR
    return Finding(id=ident, severity=severity, place=place, message=message, source="browser", remedy=remedy)
