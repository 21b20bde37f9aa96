"""Make the README's pictures: run the demo and photograph what its readers received.

    make pictures        (or: python docs/pictures/shoot_readme.py; needs Chromium and the tests' environment)

Writes docs/digest-en.png, docs/digest-ar.png and docs/digest-dark.png.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Route, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Callable

DOCS = Path(__file__).resolve().parents[1]
SHOTS = (  # picture, newsletter, width, height, scheme
    ("digest-en.png", "harbour-post", 640, 1180, "light"),
    ("digest-ar.png", "barid-al-mina", 390, 1180, "light"),
    ("digest-dark.png", "harbour-post", 390, 1180, "dark"),
)


def from_folder(folder: Path) -> Callable[[Route], None]:
    """Answer a mail's pictures from a preview's folder."""
    return lambda route: route.fulfill(path=folder / route.request.url.rpartition("/")[2])


def main() -> None:
    """Run the demo into a temporary folder and take each picture."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "demo"
        demo = [sys.executable, "-m", "digest", "demo", "--keep", str(kept)]
        subprocess.run(demo, check=True)  # noqa: S603 (our own command)
        with sync_playwright() as tool:
            browser = tool.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox", "--disable-background-networking"],
            )
            for picture, newsletter, width, height, scheme in SHOTS:
                preview = kept / "preview" / newsletter
                context = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=scheme, device_scale_factor=2
                )
                page = context.new_page()
                page.route("**/i/*", from_folder(preview / "images"))
                page.goto((preview / "message.html").as_uri())
                page.wait_for_load_state("networkidle")
                page.screenshot(path=DOCS / picture)
            browser.close()


if __name__ == "__main__":
    main()
