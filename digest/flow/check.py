"""Whether a configuration holds: what the files say, and what the installed plugins and themes say to it.

``digest.settings`` finds what is wrong with the files by themselves; here stand the questions that need other
stages: does the sender's type exist and take these options, is there such a theme, would the mail be lawful.
"""

from __future__ import annotations

from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from digest import plugins
from digest.errors import PluginMissing, TemplateError
from digest.resources import data
from digest.settings.models import HookSettings, SenderSettings
from digest.settings.problems import Fault, Frame, faults, nearest
from digest.settings.shape import keys
from digest.settings.write import key_of
from digest.text import meaning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from digest.settings.load import Loaded

_OWN_FIELDS = {"senders": frozenset(keys(SenderSettings)), "hooks": frozenset(keys(HookSettings))}
"""Keys of a table that are not its plugin's options."""
_NOBODYS = (
    ".example",
    ".test",
    ".invalid",
    ".localhost",
    "localhost",
    "example.com",
    "example.org",
    "example.net",
)

Table = dict[str, Any]


def _tables(value: Any) -> Iterator[tuple[str, Table]]:
    if isinstance(value, dict):
        yield from ((str(name), table) for name, table in value.items() if isinstance(table, dict))


def _plugin(group: str, path: tuple[str | int, ...], name: str) -> Any:
    """Return a plugin, or the fault that it cannot be had."""
    if name not in plugins.names(group):
        what = group.removeprefix("digest.").removesuffix("s")
        return Fault(
            path, f"no {what} of this kind is installed", repr(name), nearest(name, plugins.names(group))
        )
    try:
        return plugins.load(group, name)
    except PluginMissing as error:
        return Fault(path, str(error), repr(name))


def _options(plugin: Any, path: tuple[str | int, ...], given: Table) -> list[Fault]:
    model = getattr(plugin, "Options", None)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return []
    try:
        model.model_validate(given)
    except ValidationError as error:
        return faults(error, given, Frame(model, path))
    return []


def _typed(raw: Table, column: str, group: str) -> Iterator[tuple[str, Any, list[Fault]]]:
    """Give each sender's or hook's name, its class (None where there is none) and its faults."""
    for name, table in _tables(raw.get(column)):
        kind = table.get("type")
        if not isinstance(kind, str):
            continue
        plugin = _plugin(group, (column, name, "type"), kind)
        if isinstance(plugin, Fault):
            yield name, None, [plugin]
        else:
            given = {key: value for key, value in table.items() if key not in _OWN_FIELDS[column]}
            yield name, plugin, _options(plugin, (column, name), given)


def _sources(raw: Table) -> Iterator[Fault]:
    rows = raw.get("sources")
    for number, row in enumerate(rows if isinstance(rows, list) else ()):
        kind = row.get("kind", "auto") if isinstance(row, dict) else "auto"
        if not isinstance(kind, str) or kind == "auto":
            continue
        plugin = _plugin(plugins.SOURCES, ("sources", number, "kind"), kind)
        if isinstance(plugin, Fault):
            known = nearest(kind, (*plugins.names(plugins.SOURCES), "auto"))
            yield Fault(plugin.path, plugin.message, plugin.value, known)
        elif isinstance(options := row.get("options", {}), dict):
            yield from _options(plugin, ("sources", number, "options"), options)


def _addresses(raw: Table, root: Path) -> Iterator[Fault]:
    rows = raw.get("sources")
    for number, row in enumerate(rows if isinstance(rows, list) else ()):
        url = row.get("url") if isinstance(row, dict) else None
        if isinstance(url, str) and "://" not in url and not (root / url).exists():
            hint = "write https://… for an address"
            yield Fault(
                ("sources", number, "url"), "is neither a web address nor a file here", repr(url), hint
            )


def _theme(path: tuple[str | int, ...], name: Any, overrides: Path | None) -> Iterator[Fault]:
    from digest.compose import themes

    if not isinstance(name, str):
        return
    if name not in themes.names(overrides):
        yield Fault(path, "no theme has this name", repr(name), nearest(name, themes.names(overrides)))
        return
    try:
        themes.theme(name, overrides)
    except TemplateError as error:
        yield Fault(path, str(error), repr(name))


def _subject(path: tuple[str | int, ...], source: Any, tag: Any, overrides: Path | None) -> Iterator[Fault]:
    """Read a subject template before an edition must: what it names is checked, not what it gives."""
    from digest.compose import render
    from digest.compose.language import language

    if not isinstance(source, str) or not source:
        return
    spoken = language(tag if isinstance(tag, str) else "")
    found = render.problem(render.environment(spoken, overrides), source)
    if found:
        hint = "such as {{ newsletter.title }}: {{ lead.headline | fit(40) }}; see docs/howto/theme.md"
        yield Fault(path, f"is no template that can be used: {found}", repr(source), hint)


def _by_network(path: tuple[str | int, ...], table: Table, base_url: Any) -> Iterator[Fault]:
    """Ask what a mail that leaves the machine must have."""
    sender = parseaddr(str(table.get("from", "")))[1]
    domain = sender.rpartition("@")[2].casefold()
    if not sender:
        yield Fault(
            (*path, "from"),
            "is missing, and the sender reaches the network",
            "",
            "write whom the mail is from",
        )
    elif domain.endswith(_NOBODYS):
        yield Fault(
            (*path, "from"),
            "is nobody's domain",
            repr(sender),
            "write your own: replies and bounces go there",
        )
    if not base_url:
        hint = 'set base_url in digest.toml, such as "https://digest.news.example"'
        yield Fault((*path, "sender"), "reaches the network, but links would lead nowhere", "", hint)


def _newsletters(raw: Table, senders: Mapping[str, Any], overrides: Path | None) -> Iterator[Fault]:
    for name, table in _tables(raw.get("newsletters")):
        path = ("newsletters", name)
        yield from _theme((*path, "theme"), table.get("theme", "briefing"), overrides)
        yield from _subject((*path, "subject"), table.get("subject"), table.get("language"), overrides)
        if table.get("related_by") == "meaning" and not meaning.installed():
            hint = 'pip install "newsdigest[semantic]", or write "words"'
            yield Fault((*path, "related_by"), "needs the encoder, which is not installed", "'meaning'", hint)
        ranker = table.get("ranker", "importance")
        plugin = _plugin(plugins.RANKERS, (*path, "ranker"), ranker) if isinstance(ranker, str) else None
        if isinstance(plugin, Fault):
            yield plugin
        else:
            yield from _weights((*path, "weights"), table.get("weights"), plugin)
        chosen = table.get("sender", "outbox")
        for sender in (chosen,) if isinstance(chosen, str) else tuple(chosen):
            if getattr(senders.get(str(sender)), "reaches_network", False):
                yield from _by_network(path, table, raw.get("base_url"))
                break


def _weights(path: tuple[str | int, ...], given: Any, ranker: Any) -> Iterator[Fault]:
    """Ask a ranker that names its weights whether it knows these; one that does not takes any."""
    known = getattr(ranker, "weights", None)
    if known is None or not isinstance(given, dict):
        return
    for name in given:
        if name in known or str(name).startswith("section."):
            continue
        yield Fault((*path, name), "is no weight of this ranker", "", nearest(str(name), known))


def _overrides(loaded: Loaded) -> tuple[Path | None, list[Fault]]:
    """Return the operator's own templates, if there are any."""
    named = loaded.raw.get("templates", "")
    folder = loaded.root / (named if isinstance(named, str) and named else "templates")
    if folder.is_dir():
        return folder, []
    fault = Fault(
        ("templates",), "is no folder", repr(named), "make it, or leave it out for the built-in templates"
    )
    return None, [fault] if named else []


def _overrides_nothing(folder: Path | None) -> Iterator[str]:
    """Name files that look like replacements of built-in ones but have no such counterpart."""
    if folder is None or folder.resolve() == data("templates").resolve():
        return
    for group in ("system", "web"):
        for file in sorted((folder / group).rglob("*.j2")):
            name = file.relative_to(folder)
            if not (data("templates") / name).is_file():
                yield f"{folder.name}/{name}: no built-in template has this path; it replaces nothing"


def _keys(raw: Table) -> Iterator[Fault]:
    rows = raw.get("secret_keys")
    listed = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list | tuple) else []
    purposes = {row.get("purpose", "links") for row in listed}
    missing = [purpose for purpose in ("links", "addresses") if purpose not in purposes]
    if missing:
        hint = "copy config/keys.toml of a new `digest init DIR`, or restore yours from the backup"
        yield Fault(("secret_keys",), f"no secret key for {' and '.join(missing)}", "", hint)


def check(loaded: Loaded) -> None:
    """Add to what reading found all that plugins, themes and rules for mail have to say."""
    overrides, found = _overrides(loaded)
    senders: dict[str, Any] = {}
    for name, plugin, wrong in _typed(loaded.raw, "senders", plugins.SENDERS):
        senders[name] = plugin
        found += wrong
    for _name, _plugin_of, wrong in _typed(loaded.raw, "hooks", plugins.HOOKS):
        found += wrong
    found += _addresses(loaded.raw, loaded.root)
    found += [*_sources(loaded.raw), *_newsletters(loaded.raw, senders, overrides), *_keys(loaded.raw)]
    loaded.problems += loaded.problems_of(found)
    loaded.notes += _overrides_nothing(overrides)
    if not loaded.raw.get("newsletters"):
        loaded.notes.append(f"{loaded.root}: there is no newsletter yet; write config/newsletters/NAME.toml")
    if loaded.problems:
        loaded.settings = None


def option_keys(group: str, name: str) -> dict[str, Any]:
    """Return the options of a plugin for its documentation: key to pydantic's field."""
    model = getattr(plugins.load(group, name), "Options", None)
    return {key_of(key, field): field for key, field in model.model_fields.items()} if model else {}
