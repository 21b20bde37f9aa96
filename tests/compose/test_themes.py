from __future__ import annotations

import pytest

from digest.compose.themes import FILES, builtin, folders, names, theme
from digest.errors import TemplateError


def test_the_built_in_themes_are_complete():
    """Each has every file a theme consists of."""
    assert builtin() == ("briefing", "headlines", "magazine")
    for name in builtin():
        assert all((folders(None)[0] / name / file).is_file() for file in FILES)


def test_an_own_theme_is_found_beside_the_built_in_ones(tmp_path):
    """A theme is a folder with a theme.toml."""
    folder = tmp_path / "editions" / "evening"
    folder.mkdir(parents=True)
    (folder / "theme.toml").write_text('title = "Evening"\npictures = "none"\n')
    assert "evening" in names(tmp_path)
    assert theme("evening", tmp_path).pictures == "none"
    assert theme("evening", tmp_path).own
    assert not theme("briefing", tmp_path).own


@pytest.mark.parametrize("text", ["picture = 1", "pictures = ", 'pictures = "x" pictures = "y"'])
def test_a_wrong_theme_file_is_named(tmp_path, text):
    """With what is wrong in it."""
    folder = tmp_path / "editions" / "evening"
    folder.mkdir(parents=True)
    (folder / "theme.toml").write_text(text)
    with pytest.raises(TemplateError, match=r"evening/theme\.toml: "):
        theme("evening", tmp_path)
