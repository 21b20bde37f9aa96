"""``DIGEST_*`` variables over the files' values: the one place that reads the environment.

``DIGEST_WEB__PORT=80`` sets ``port`` in ``[web]``; two underscores part the steps, and capitals, dots and
dashes of names do not count (``DIGEST_NEWSLETTERS__WEEKLY_NEWS__PICKS`` finds ``weekly-news``). A number
steps into a list. Lists of texts are parted by commas; tables and lists of tables are written as in TOML.
A variable that ends in ``_FILE`` gives the path of a file that holds the value: for secrets.
"""

from __future__ import annotations

import os
import re
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digest.errors import Problem
from digest.settings import shape
from digest.settings.models import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "DIGEST_"
OWN = frozenset({"DIGEST_CONFIG", "DIGEST_REQUIRE_EXTERNAL"})
"""Variables that are no settings: the working folder, and what tests demand."""

_FILE = "_file"


def read() -> dict[str, str]:
    """Return the ``DIGEST_*`` variables of this process."""
    every = os.environ.items()  # noqa: TID251 (the one place)
    return {name: value for name, value in every if name.startswith(PREFIX)}


def for_child(extra: Mapping[str, str]) -> dict[str, str]:
    """Return this process's whole environment with a few variables more, for a program to be started."""
    return {**os.environ, **extra}  # noqa: TID251 (the one place)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "_", name.casefold())


def _step(part: str, table: Any, annotation: Any) -> str | int:
    """Find the key a part of a variable means: one of the files, one of the model, or the part itself."""
    if part.isdigit() and not isinstance(table, dict):
        return int(part)
    known = list(table) if isinstance(table, dict) else []
    if isinstance(annotation, type) and hasattr(annotation, "model_fields"):
        known += shape.keys(annotation)
    return next((name for name in known if _plain(name) == part), part)


def _path(name: str, raw: Mapping[str, Any]) -> shape.Path:
    path: shape.Path = ()
    table: Any = raw
    for part in name.removeprefix(PREFIX).casefold().split("__"):
        step = _step(part, table, shape.at(Settings, path))
        path += (step,)
        table = _inside(table, step)
    return path


def _inside(table: Any, step: str | int) -> Any:
    if isinstance(table, dict):
        return table.get(step)
    if isinstance(table, list) and isinstance(step, int) and step < len(table):
        return table[step]
    return None


def _from_file(path: shape.Path) -> shape.Path | None:
    """Return the path of the secret that ``…_FILE`` stands for; None where it is a setting of its own."""
    name = path[-1]
    if not isinstance(name, str) or not name.endswith(_FILE) or shape.at(Settings, path) is not None:
        return None
    stands_for = (*path[:-1], name.removesuffix(_FILE))
    known = shape.at(Settings, stands_for) is not None
    return stands_for if known or shape.is_secret(stands_for) else None


def _value(text: str, annotation: Any) -> Any:
    if text.lstrip().startswith(("[", "{")):
        try:
            return tomllib.loads(f"x = {text.strip()}")["x"]
        except tomllib.TOMLDecodeError:
            return text
    if shape.takes_text_list(annotation):
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _put(raw: dict[str, Any], path: shape.Path, value: Any) -> bool:
    """Set a value, making tables on the way; tell whether it was possible."""
    table: Any = raw
    for step, following in pairwise(path):
        if isinstance(table, dict):
            table = table.setdefault(step, [] if isinstance(following, int) else {})
        elif isinstance(table, list) and isinstance(step, int) and step <= len(table):
            if step == len(table):
                table.append({})
            table = table[step]
        else:
            return False
    last = path[-1]
    if isinstance(table, list) and isinstance(last, int) and last <= len(table):
        table[last : last + 1] = [value]
        return True
    if isinstance(table, dict):
        table[str(last)] = value
        return True
    return False


class Overlay:
    """What the environment set: the places of its values, the problems, and the names that mean nothing."""

    def __init__(self) -> None:
        self.places: dict[shape.Path, str] = {}
        self.problems: list[Problem] = []
        self.ignored: list[str] = []

    def take(self, raw: dict[str, Any], name: str, text: str) -> None:
        """Set one variable's value in ``raw``."""
        path = _path(name, raw)
        if (stands_for := _from_file(path)) is not None:
            path = stands_for
            try:
                text = Path(text).read_text("utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError) as error:
                reason = getattr(error, "strerror", None) or "is not UTF-8 text"
                self.problems.append(Problem(name, _dotted(path), f"the file cannot be read: {reason}"))
                return
        if path[0] not in shape.keys(Settings) or path == ("root",):
            self.ignored.append(name)
            return
        if _put(raw, path, _value(text, shape.at(Settings, path))):
            self.places[path] = name
        else:
            self.problems.append(
                Problem(name, _dotted(path), "does not lead to a setting", hint="see `digest check`")
            )


def _dotted(path: shape.Path) -> str:
    return ".".join(map(str, path))


def overlay(raw: dict[str, Any], environ: Mapping[str, str]) -> Overlay:
    """Put the variables' values into ``raw`` and return where they went.

    Names whose first part is no setting are ignored and listed: container platforms set such variables for
    services of the same name.
    """
    result = Overlay()
    for name in sorted(set(environ) - OWN):
        if name.startswith(PREFIX) and name != PREFIX:
            result.take(raw, name, environ[name])
    return result
