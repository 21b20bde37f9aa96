"""Reading ``config/*.toml`` and the environment into ``Settings``; every problem at once, with its place."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from digest.errors import ConfigError, Problem
from digest.settings.models import Settings


def find(config: str | Path | None) -> tuple[Path, Path]:
    """Return the working folder and its ``digest.toml``; raises ``ConfigError`` where there is none."""
    given = Path(config or ".").resolve()
    if given.is_file():
        given = given.parent
    if (given / "config" / "digest.toml").is_file():
        return given, given / "config" / "digest.toml"
    if (given / "digest.toml").is_file():
        return (given.parent if given.name == "config" else given), given / "digest.toml"
    problem = Problem(
        str(given),
        "",
        "there is no config/digest.toml here",
        hint="run `digest init DIR`, or give --config DIR",
    )
    raise ConfigError([problem])


def load(config: str | Path | None = None) -> Settings:
    """Return the settings of a working folder; raises ``ConfigError`` with all problems."""
    root, main = find(config)
    raw: dict[str, Any] = tomllib.loads(main.read_text("utf-8"))
    raw["newsletters"] = {
        file.stem: {"name": file.stem} | tomllib.loads(file.read_text("utf-8"))
        for file in sorted((main.parent / "newsletters").glob("*.toml"))
    }
    keys = root / raw.get("secret_keys_file", "config/keys.toml")
    if not keys.is_file():
        keys = main.parent / "keys.toml"
    if keys.is_file():
        raw["secret_keys"] = [
            *raw.get("secret_keys", []),
            *tomllib.loads(keys.read_text("utf-8")).get("keys", []),
        ]
    try:
        return Settings.model_validate(raw | {"root": root})
    except ValidationError as error:
        problems = [Problem(str(main), ".".join(map(str, e["loc"])), e["msg"]) for e in error.errors()]
        raise ConfigError(problems) from None
