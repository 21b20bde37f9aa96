"""A working folder to break."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Give a function that writes a working folder from the texts of its files."""

    def write(main: str = "", **newsletters: str) -> Path:
        (tmp_path / "config" / "newsletters").mkdir(parents=True, exist_ok=True)
        (tmp_path / "config" / "digest.toml").write_text(main, "utf-8")
        for name, text in newsletters.items():
            (tmp_path / "config" / "newsletters" / f"{name}.toml").write_text(text, "utf-8")
        return tmp_path

    return write
