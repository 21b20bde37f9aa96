"""The files that show every key."""

from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.resources import data
from digest.settings import NewsletterSettings, SectionSettings, Settings, SourceSettings
from digest.settings.models import IngestSettings, KeySettings, WebSettings
from digest.settings.write import DAILY, duration, main_toml, newsletter_toml, plain_fields, toml_value

if TYPE_CHECKING:
    from pydantic import BaseModel

MAIN = data("config") / "digest.toml"
NEWSLETTER = data("config") / "newsletters" / "daily.toml"


def test_the_shipped_files_are_those_the_models_make() -> None:
    """After a change of the models, `make reference` writes them anew."""
    assert MAIN.read_text("utf-8") == main_toml()
    assert NEWSLETTER.read_text("utf-8") == newsletter_toml(DAILY)


def uncommented(text: str) -> dict[str, object]:
    """Return the values once every commented-out line of TOML is switched on."""
    lines = []
    for line in text.splitlines():
        bare = line.removeprefix("# ")
        if re.match(r"\[|[a-z_]+ = ", bare) or not line.startswith("#"):
            lines.append(bare)
    return tomllib.loads("\n".join(lines))


@pytest.mark.parametrize(
    ("text", "path", "model"),
    [
        ("main", (), Settings),
        ("main", ("ingest",), IngestSettings),
        ("main", ("web",), WebSettings),
        ("main", ("sources", 0), SourceSettings),
        ("main", ("secret_keys", 0), KeySettings),
        ("newsletter", (), NewsletterSettings),
        ("newsletter", ("sections", 0), SectionSettings),
    ],
)
def test_every_setting_stands_there_with_its_default(
    text: str, path: tuple[str | int, ...], model: type[BaseModel]
) -> None:
    table: object = uncommented((MAIN if text == "main" else NEWSLETTER).read_text("utf-8"))
    for step in path:
        table = table[step]  # type: ignore[index]
    assert isinstance(table, dict)
    fields = dict(plain_fields(model))
    assert set(fields) <= set(table)
    in_block = isinstance(path[-1], int) if path else False
    for key, field in fields.items():
        if field.is_required() or key in DAILY or in_block:
            continue
        assert toml_value(table[key]) == toml_value(field.get_default(call_default_factory=True)), key


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (90, "90s"), (60, "1m"), (600, "10m"), (3600, "1h"), (86400, "1d"), (129600, "36h")],
)
def test_durations_are_written_in_their_largest_unit(seconds: int, text: str) -> None:
    assert duration(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    "value", ['a "quoted" \\ text ä', True, 3, 1.5, ("a", "b"), {"a": 1, "b": ["x"]}, {}, (), "\x1b\t"]
)
def test_values_are_written_as_they_are_read(value: object) -> None:
    read = tomllib.loads(f"x = {toml_value(value)}")["x"]
    assert read == (list(value) if isinstance(value, tuple) else value)
