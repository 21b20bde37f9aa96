"""The gallery: every theme, language, shape and way of looking as a picture, with an index page.

``python -m digest.testing.gallery FOLDER [--pick FOLDER]``; needs Playwright's package and a Chromium.
"""

from __future__ import annotations

import base64
import re
import shutil
import sys
from dataclasses import dataclass
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest import compose
from digest.compose.lint import deep
from digest.errors import DigestError
from digest.testing import samples, thunderbird
from digest.testing.harbour import pictures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

VIEWS = {"desktop": 640, "phone": 390, "dark": 390, "off": 390, "word": 640, "text": 640}
PICKED = (
    *(f"{theme}-{language}-full-desktop" for theme in samples.THEMES for language in ("en", "ar")),
    *(f"{theme}-{language}-full-phone" for theme in samples.THEMES for language in ("en", "ar")),
    *(f"{theme}-{language}-full-dark" for theme in samples.THEMES for language in ("en", "ar")),
    "briefing-mixed-full-phone",
    "briefing-en-full-off",
    "briefing-en-full-word",
    "briefing-ar-full-text",
    "briefing-en-long-phone",
    "briefing-en-breaking-phone",
    "thunderbird-ar",
    "thunderbird-mixed",
)
"""The cells that show most: kept small and committed under docs/gallery."""
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
)
_COLOURS = 96
_FACES = Path(__file__).parents[2] / ".ci" / "node_modules" / "@fontsource" / "gelasio" / "files"
"""Installed by ``npm ci --prefix .ci``."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One picture of the gallery."""

    theme: str
    language: str
    shape: str
    view: str

    @property
    def name(self) -> str:
        """Return the picture's name without its ending."""
        return f"{self.theme}-{self.language}-{self.shape}-{self.view}"

    @property
    def width(self) -> int:
        """Return the window's width."""
        return VIEWS[self.view]

    def page(self) -> str:
        """Return what the browser is to show."""
        frame = samples.frame(self.language, self.theme, self.shape)
        made = compose.compile(samples.plan(self.language, self.shape), frame)
        if self.view == "text":
            return _text_page(made.text, frame.newsletter.language)
        html = made.html if self.view == "off" else with_pictures(made.html)
        html = deep.as_word(html) if self.view == "word" else deep.forced(html, dark=self.view == "dark")
        return with_faces(html)


def cells() -> Iterator[Cell]:
    """Give every cell."""
    for theme in samples.THEMES:
        for language in samples.LANGUAGES:
            for shape in samples.SHAPES:
                for view in VIEWS:
                    yield Cell(theme, language, shape, view)


def with_pictures(html: str) -> str:
    """Put the sample pictures into a page, so that a browser without a network shows them."""
    assets = samples.assets()
    for place, data in pictures().items():
        address = re.escape(assets[place].name)
        inside = "data:image/jpeg;base64," + base64.b64encode(data).decode()
        html = re.sub(rf'src="[^"]*{address}"', f'src="{inside}"', html)
    return html


def with_faces(html: str) -> str:
    """Set Georgia, which most readers have, in a free face of its measures where one was installed."""
    faces = ""
    for weight in (400, 700):
        file = _FACES / f"gelasio-latin-{weight}-normal.woff2"
        if file.is_file():
            data = base64.b64encode(file.read_bytes()).decode()
            source = f"src:url(data:font/woff2;base64,{data})"
            faces += f"@font-face{{font-family:Georgia;font-weight:{weight};{source}}}"
    return html.replace("</head>", f"<style>{faces}</style></head>", 1) if faces else html


def _text_page(text: str, language: str) -> str:
    way = "rtl" if language == "ar" else "ltr"
    style = "margin:24px;font:14px/21px 'DejaVu Sans Mono',monospace;white-space:pre;color:#1B1B18"
    head = f'<!DOCTYPE html><meta charset="utf-8"><body dir="{way}" style="margin:0">'
    return f'{head}<pre style="{style}">{escape(text)}'


def browser(playwright: Any) -> Any:
    """Start the Chromium there is."""
    program = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
    return playwright.chromium.launch(executable_path=program, args=list(_ARGUMENTS))


def shoot(chosen: Sequence[Cell], folder: Path) -> dict[str, int]:
    """Write a PNG of each cell; return by how many pixels each is wider than its window (0 is right)."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    over: dict[str, int] = {}
    with sync_playwright() as playwright:
        chromium = browser(playwright)
        for cell in chosen:
            page = chromium.new_page(viewport={"width": cell.width, "height": 600}, java_script_enabled=True)
            page.route("**/*", lambda route: route.abort())
            page.set_content(cell.page())
            over[cell.name] = page.evaluate("document.documentElement.scrollWidth") - cell.width
            page.screenshot(path=str(folder / f"{cell.name}.png"), full_page=True)
            page.close()
        chromium.close()
    return over


def mailed(language: str) -> bytes:
    """Return the sample message of a language, which carries its pictures unless they are to be blocked."""
    from dataclasses import replace

    frame = samples.frame(language)
    if language != "ar":
        assets, bodies = samples.assets(), pictures()
        frame = replace(frame, embedded={assets[place].hash: bodies[place] for place in bodies})
    return compose.splice(compose.compile(samples.plan(language), frame).variant, samples.READER).as_bytes()


def in_thunderbird(folder: Path) -> list[str]:
    """Write a picture of each language's message as Thunderbird shows it; return what could not be."""
    missed = []
    for language in samples.LANGUAGES:
        try:
            thunderbird.picture(mailed(language)).save(folder / f"thunderbird-{language}.png")
        except DigestError as error:
            missed.append(f"thunderbird-{language}: {error}")
    return missed


def index(folder: Path) -> None:
    """Write the page that shows all pictures of a folder, a row to an edition."""
    rows = []
    for theme in samples.THEMES:
        for language in samples.LANGUAGES:
            for shape in samples.SHAPES:
                figures = [_figure(Cell(theme, language, shape, view), folder) for view in VIEWS]
                if any(figures):
                    rows.append(f"<h2>{theme}, {language}, {shape}</h2><div>{''.join(figures)}</div>")
    opened = [f"thunderbird-{language}" for language in samples.LANGUAGES]
    shown = "".join(_framed(name, name) for name in opened if (folder / f"{name}.png").is_file())
    rows.append(f"<h2>briefing, opened in Thunderbird</h2><div>{shown}</div>" if shown else "")
    style = (
        "body{margin:32px;font:15px/22px Roboto,Helvetica,Arial,sans-serif;color:#33332E;background:#F3F1EC}"
        "h2{font:700 18px/24px Georgia,serif;border-top:3px solid #1B1B18}"
        "h2{padding-top:10px;margin:40px 0 12px}"
        "div{display:flex;gap:24px;align-items:flex-start;overflow-x:auto}figure{margin:0}"
        "img{display:block;height:640px;border:1px solid #DEDAD1}"
        "figcaption{font-size:13px;color:#66645C}"
    )
    head = (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Gallery</title><style>{style}</style>'
    )
    (folder / "index.html").write_text(f"{head}<h1>Gallery</h1>{''.join(rows)}</html>", "utf-8")


def _figure(cell: Cell, folder: Path) -> str:
    if not (folder / f"{cell.name}.png").is_file():
        return ""
    return _framed(cell.name, cell.view)


def _framed(name: str, view: str) -> str:
    picture = f'<a href="{name}.png"><img src="{name}.png" alt="{name}" loading="lazy"></a>'
    return f"<figure><figcaption>{view}</figcaption>{picture}</figure>"


def pick(source: Path, target: Path) -> None:
    """Copy the cells that show most, with few colours so that they stay small."""
    from PIL import Image

    target.mkdir(parents=True, exist_ok=True)
    for name in PICKED:
        with Image.open(source / f"{name}.png") as picture:
            small = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
            out = BytesIO()
            small.save(out, "PNG", optimize=True)
        (target / f"{name}.png").write_bytes(out.getvalue())


def main(arguments: Sequence[str]) -> int:
    """Make the gallery; say what is too wide."""
    folder = Path(arguments[0] if arguments else "var/gallery")
    over = {name: pixels for name, pixels in shoot(list(cells()), folder).items() if pixels > 0}
    for problem in in_thunderbird(folder):
        sys.stderr.write(f"{problem}\n")
    index(folder)
    if "--pick" in arguments:
        pick(folder, Path(arguments[arguments.index("--pick") + 1]))
    for name, pixels in over.items():
        sys.stderr.write(f"{name} is {pixels} px too wide\n")
    sys.stdout.write(f"{folder / 'index.html'}\n")
    return int(bool(over))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
