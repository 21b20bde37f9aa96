"""Reading ``config/*.toml`` and the environment into ``Settings``; every problem at once, with its place."""

from __future__ import annotations

import copy
import re
import stat
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from digest.errors import ConfigError, Problem
from digest.settings import environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from digest.settings.models import Settings
    from digest.settings.problems import Fault

_KEYS_FILE = "config/keys.toml"


@dataclass(slots=True)
class Document:
    """One TOML file, and where its values went in the merged configuration."""

    file: Path
    shown: str
    """The file's name as printed: relative to the working folder."""
    at: tuple[str | int, ...] = ()
    """Path of its values in the merged configuration …"""
    inside: tuple[str | int, ...] = ()
    """… and of the same values in the file."""
    shift: int = 0
    """What was in that list before this file's elements."""
    text: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    whole: bool = False
    """Whether it could be read."""

    def local(self, path: tuple[str | int, ...]) -> tuple[str | int, ...] | None:
        """Return the path inside this file, None where it belongs to another."""
        if path[: len(self.at)] != self.at:
            return None
        rest = path[len(self.at) :]
        if rest and isinstance(rest[0], int):
            if rest[0] < self.shift:
                return None
            rest = (rest[0] - self.shift, *rest[1:])
        return (*self.inside, *rest)

    def place(self, local: tuple[str | int, ...]) -> tuple[int, int]:
        """Return line and column of a path inside this file; zeros where only the whole file can be meant."""
        from digest.settings.lines import index, nearest

        return nearest(index(self.text), local) or (0, 0)


@dataclass(slots=True)
class Loaded:
    """What reading gave: the settings unless something is wrong with them, and all that is wrong."""

    root: Path
    documents: list[Document]
    raw: dict[str, Any] = field(default_factory=dict)
    variables: Mapping[tuple[str | int, ...], str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What is allowed but probably not meant."""
    settings: Settings | None = None

    def problems_of(self, faults: Iterable[Fault]) -> list[Problem]:
        """Give faults their places: the variable that set it, or file, line and column; in reading order."""
        placed = [(self._place(fault.path), fault) for fault in faults]
        placed.sort(key=lambda each: each[0].order)
        return [Problem(at.where, at.key, fault.message, fault.value, fault.hint) for at, fault in placed]

    def _place(self, path: tuple[str | int, ...]) -> _Place:
        for length in range(len(path), 0, -1):
            if path[:length] in self.variables:
                return _Place((-1, 0, 0), self.variables[path[:length]], ".".join(map(str, path)))
        number, local = max(
            (
                (number, local)
                for number, each in enumerate(self.documents)
                if (local := each.local(path)) is not None
            ),
            key=lambda found: len(self.documents[found[0]].at),
        )
        document = self.documents[number]
        line, column = document.place(local)
        below = [name for each, name in self.variables.items() if each[: len(path)] == path]
        if not line and below:
            return _Place((-1, 0, 0), below[0], ".".join(map(str, path)))
        where = f"{document.shown}:{line}:{column}" if line else document.shown
        return _Place((number, line, column), where, ".".join(map(str, local)))


class _Place(NamedTuple):
    order: tuple[int, int, int]
    where: str
    key: str


def find(config: str | Path | None) -> tuple[Path, Path]:
    """Return the working folder and its ``digest.toml``; raises ``ConfigError`` where there is none."""
    given = Path(config or ".").resolve()
    if given.is_file():
        given = given.parent
    if (given / "config" / "digest.toml").is_file():
        return given, given / "config" / "digest.toml"
    if (given / "digest.toml").is_file():
        return (given.parent if given.name == "config" else given), given / "digest.toml"
    message = "there is no config/digest.toml here" if given.is_dir() else "there is no such folder"
    raise ConfigError([Problem(str(given), "", message, hint="run `digest init DIR`, or give --config DIR")])


def _syntax(message: str, spot: str) -> tuple[str, str]:
    """Return what a syntax error is called, and its remedy, by the parser's words and its line."""
    if message == "Cannot overwrite a value":
        return (
            f"is no TOML: {spot.partition('=')[0].strip()} stands twice in one table",
            "keep one of the two",
        )
    if message.startswith("Cannot declare"):
        return f"is no TOML: {spot} stands twice in this file", "join the two under one heading"
    if message == "Invalid value":
        return (
            "is no TOML: invalid value",
            "texts stand in quotes, lists in [ ]; true and false are lower case",
        )
    return f"is no TOML: {message[:1].lower()}{message[1:]}", ""


def _parse(document: Document, problems: list[Problem]) -> bool:
    """Read one file; note its one syntax error."""
    try:
        document.text = document.file.read_text("utf-8-sig")
        document.data = tomllib.loads(document.text)
    except tomllib.TOMLDecodeError as error:
        match = re.fullmatch(
            r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error), re.DOTALL
        )
        message, line, column = match.groups() if match else (str(error), None, None)
        end = f"{document.text.count(chr(10)) + 1}:1"
        where = f"{document.shown}:{line}:{column}" if line else f"{document.shown}:{end}"
        spot = document.text.split("\n")[int(line) - 1].strip() if line else ""
        text, hint = _syntax(message, spot)
        problems.append(Problem(where, "", text, hint=hint))
    except UnicodeDecodeError as error:
        problems.append(
            Problem(
                document.shown, "", f"is not UTF-8 text, at byte {error.start + 1}", hint="save it as UTF-8"
            )
        )
    except OSError as error:
        problems.append(Problem(document.shown, "", f"cannot be read: {error.strerror}"))
    else:
        document.whole = True
    return document.whole


def _shown(file: Path, root: Path) -> str:
    return str(file.relative_to(root)) if file.is_relative_to(root) else str(file)


def _keys_file(main: Path, root: Path, named: Any) -> tuple[Path, bool]:
    """Return the file of secret keys, and whether it must be there.

    The default one is also looked for beside a flat ``digest.toml``, and need not exist.
    """
    if isinstance(named, str) and named:
        return root / named, True
    usual = root / _KEYS_FILE
    return (usual if usual.is_file() else main.parent / "keys.toml"), False


def _newsletters(loaded: Loaded, main: Path) -> None:
    for file in sorted((main.parent / "newsletters").glob("*.toml")):
        document = Document(file, _shown(file, loaded.root), ("newsletters", file.stem))
        loaded.documents.append(document)
        if _parse(document, loaded.problems):
            loaded.raw["newsletters"][file.stem] = copy.deepcopy(document.data)


def _keys(loaded: Loaded, main: Path, named: Any) -> None:
    """Read the file of secret keys behind those that stand in digest.toml."""
    file, demanded = _keys_file(main, loaded.root, named)
    if not demanded and not file.is_file():
        return
    before = loaded.raw.get("secret_keys", [])
    before = before if isinstance(before, list) else []
    document = Document(file, _shown(file, loaded.root), ("secret_keys",), ("keys",), len(before))
    loaded.documents.append(document)
    if not _parse(document, loaded.problems):
        return
    rows = document.data.get("keys", [])
    loaded.raw["secret_keys"] = [*before, *(rows if isinstance(rows, list) else [rows])]
    if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        loaded.notes.append(
            f"{document.shown}: others can read the secret keys; run `chmod 600 {document.shown}`"
        )


def _names(raw: dict[str, Any]) -> None:
    """Give newsletters the names of their files, and sources without a key one made from their address."""
    from digest.settings.cross import source_key

    for name, table in raw["newsletters"].items():
        if isinstance(table, dict):
            table["name"] = name
    sources = raw.get("sources")
    for source in sources if isinstance(sources, list) else ():
        if isinstance(source, dict) and not source.get("key") and isinstance(source.get("url"), str):
            source["key"] = source_key(source["url"])


def _outside(raw: dict[str, Any], main: Document) -> list[Fault]:
    """Take out what only files of their own or the command line may set."""
    from digest.settings.problems import Fault

    hints = {
        "root": "it is the folder given by --config",
        "newsletters": "each has a file, config/newsletters/NAME.toml",
    }
    found = [Fault((key,), "cannot be set here", "", hints[key]) for key in hints if key in main.data]
    for key in hints:
        raw.pop(key, None)
    return found


def _faults(loaded: Loaded) -> list[Fault]:
    """Check the values: each by itself and, where every file could be read, against the others."""
    from pydantic import ValidationError

    from digest.settings import cross, problems
    from digest.settings.models import Settings

    found: list[Fault] = []
    try:
        loaded.settings = Settings.model_validate(loaded.raw | {"root": loaded.root})
    except ValidationError as error:
        found = problems.faults(error, loaded.raw)
    if all(document.whole for document in loaded.documents):
        told = {fault.path for fault in found}
        found += [fault for fault in cross.faults(loaded.raw) if fault.path not in told]
    return found


def _files(root: Path, main: Path, keys: str | None) -> tuple[Loaded, list[Fault]]:
    """Read all files into one raw configuration."""
    document = Document(main, _shown(main, root))
    loaded = Loaded(root, [document])
    _parse(document, loaded.problems)
    loaded.raw = copy.deepcopy(document.data)
    faults = _outside(loaded.raw, document)
    loaded.raw["newsletters"] = {}
    _newsletters(loaded, main)
    _keys(loaded, main, keys or loaded.raw.get("secret_keys_file"))
    return loaded, faults


def read(config: str | Path | None = None, environ: Mapping[str, str] | None = None) -> Loaded:
    """Read a working folder: its files, then the environment over them (this process's where none is given).

    Raises ``ConfigError`` only where there is no such folder; everything else wrong is in ``problems``.
    """
    given = environment.read() if environ is None else environ
    loaded, faults = _files(*find(config or given.get("DIGEST_CONFIG")), given.get("DIGEST_SECRET_KEYS_FILE"))
    over = environment.overlay(loaded.raw, given)
    loaded.variables = over.places
    loaded.problems += over.problems
    loaded.notes += [f"{name}: is no setting; ignored" for name in over.ignored]
    _names(loaded.raw)
    loaded.problems += loaded.problems_of(faults + _faults(loaded))
    if loaded.problems:
        loaded.settings = None
    return loaded


def load(config: str | Path | None = None) -> Settings:
    """Return the settings of a working folder; raises ``ConfigError`` with all problems."""
    loaded = read(config)
    if loaded.settings is None:
        raise ConfigError(loaded.problems)
    return loaded.settings
