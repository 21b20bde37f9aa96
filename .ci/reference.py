"""Write config/ and docs/reference/ from the code (`make reference`); tests compare the files with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from digest import plugins
from digest.cli import COMMANDS
from digest.cli import digest as root_command
from digest.errors import PluginMissing
from digest.settings.models import (
    HookSettings,
    KeySettings,
    NewsletterSettings,
    SectionSettings,
    SenderSettings,
    Settings,
    SourceSettings,
)
from digest.settings.write import DAILY, inner_model, main_toml, newsletter_toml, plain_fields, toml_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

ROOT = Path(__file__).resolve().parent.parent

_SETTINGS = """\
# Settings

Every setting, its default and what it does. This page is made from the code (`make reference`).

A working folder holds `config/digest.toml`, one `config/newsletters/NAME.toml` for each newsletter, and
`config/keys.toml` with the secret keys (mode 0600). `digest init DIR` writes one; `digest check` tells
everything that is wrong with it, with file, line and column. Relative paths start at the working folder.
`--config DIR`, or `DIGEST_CONFIG`, chooses another than the current one; without a `config` folder inside,
`DIR/digest.toml`, `DIR/newsletters/` and `DIR/keys.toml` are read.

Durations are written `"90s"`, `"10m"`, `"6h"`, `"1d"`, `"1w"`, or as sums such as `"1h30m"`.

## The environment

Each setting can be given as a variable, which wins over the files: `DIGEST_` and the path of the key in
capitals, its steps parted by two underscores. Dashes and dots in names become one underscore.

| to set | variable |
|---|---|
| `base_url` | `DIGEST_BASE_URL=https://digest.news.example` |
| `port` in `[web]` | `DIGEST_WEB__PORT=80` |
| `password` of `[senders.main]` | `DIGEST_SENDERS__MAIN__PASSWORD=…` |
| the same, kept in a file | `DIGEST_SENDERS__MAIN__PASSWORD_FILE=/run/secrets/smtp` |
| `picks` in `newsletters/weekly-news.toml` | `DIGEST_NEWSLETTERS__WEEKLY_NEWS__PICKS=9` |
| `url` of the first source | `DIGEST_SOURCES__0__URL=https://news.example/rss.xml` |
| a list of texts | `DIGEST_ALERTS_TO=a@news.example,b@news.example` |
| a list of tables, as TOML | `DIGEST_SOURCES='[{ url = "https://news.example/rss.xml" }]'` |

A variable whose first step is no setting is ignored and noted by `digest check`: container platforms set
such names. Secrets are never shown, neither by `digest check` nor in errors.
"""

_COMMANDS = """\
# Commands

Every command and its options. This page is made from the code (`make reference`).

Each command takes `--config DIR` (the working folder; else `DIGEST_CONFIG`, else the current folder). What
reports takes `--json`: standard output is then JSON and nothing else, and progress and notes go to standard
error. `--at TIME` replaces the clock for the whole command.

Exit codes: 0 done; 1 it failed; 2 the command or the configuration is wrong, and the message says what to do.

Shell completion: add one line to your shell's start file.

```sh
eval "$(_DIGEST_COMPLETE=bash_source digest)"    # ~/.bashrc
eval "$(_DIGEST_COMPLETE=zsh_source digest)"     # ~/.zshrc
_DIGEST_COMPLETE=fish_source digest | source     # ~/.config/fish/config.fish
```
"""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    value = value.get_secret_value() if isinstance(value, SecretStr) else value
    return "" if value is PydanticUndefined or value is None else f"`{toml_value(value)}`"


def _rows(fields: Iterator[tuple[str, FieldInfo]]) -> list[str]:
    lines = ["| key | default | meaning |", "|---|---|---|"]
    for key, field in fields:
        meaning = (field.description or "").replace("|", "\\|")
        lines.append(f"| `{key}` | {_default(field)} | {meaning} |")
    return lines


def _table(title: str, model: type[BaseModel]) -> list[str]:
    return ["", f"## {title}", "", *_rows(plain_fields(model))]


def _options(group: str, heading: str) -> Iterator[str]:
    for name in plugins.names(group):
        try:
            model = getattr(plugins.load(group, name), "Options", None)
        except PluginMissing:
            continue
        fields = model.model_fields if model else {}
        yield from ("", f"### {heading} `{name}`", "")
        yield from (
            _rows(iter((field.alias or key, field) for key, field in fields.items()))
            if fields
            else ["No options."]
        )


def settings_md() -> str:
    """Return docs/reference/settings.md."""
    lines = [_SETTINGS.rstrip()]
    lines += _table("`digest.toml`", Settings)
    for name, field in Settings.model_fields.items():
        model = inner_model(field.annotation)
        if model and name not in ("newsletters", "sources", "senders", "hooks", "secret_keys"):
            lines += _table(f"`[{name}]`", model)
    lines += _table("`[[sources]]`", SourceSettings)
    lines += _options(plugins.SOURCES, "Options of sources of kind")
    lines += [
        *_table("`[senders.NAME]`", SenderSettings),
        "",
        "All further keys are the options of its type.",
    ]
    lines += _options(plugins.SENDERS, "Options of senders of type")
    lines += [*_table("`[hooks.NAME]`", HookSettings), "", "All further keys are the options of its type."]
    lines += _options(plugins.HOOKS, "Options of hooks of type")
    lines += _table("`[[secret_keys]]`, and `[[keys]]` in `keys.toml`", KeySettings)
    lines += _table("`newsletters/NAME.toml`", NewsletterSettings)
    lines += _table("`[[sections]]` of a newsletter", SectionSettings)
    return "\n".join(lines) + "\n"


def _help(command: click.Command, context: click.Context) -> str:
    command._help_option = None  # noqa: SLF001 (click keeps the one of whoever asked first, under other names)
    text = command.get_help(context)
    return "\n".join(line.rstrip() for line in text.splitlines())


def _command(name: str, command: click.Command, parent: click.Context, depth: int) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=parent, max_content_width=100, terminal_width=100)
    yield from ("", f"{'#' * depth} {context.command_path}", "", "```text", _help(command, context), "```")
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            inner = command.get_command(context, each)
            if inner is not None and not inner.hidden:
                yield from _command(each, inner, context, depth + 1)


def commands_md() -> str:
    """Return docs/reference/commands.md."""
    root = click.Context(root_command, info_name="digest", **root_command.context_settings)
    lines = [_COMMANDS.rstrip()]
    for name in COMMANDS:
        try:
            command = root_command.get_command(root, name)
        except (ImportError, AttributeError):
            continue
        if command is not None:
            lines += _command(name, command, root, 2)
    return "\n".join(lines) + "\n"


FILES = {
    "config/digest.toml": main_toml,
    "config/newsletters/daily.toml": lambda: newsletter_toml(DAILY),
    "docs/reference/settings.md": settings_md,
    "docs/reference/commands.md": commands_md,
}


def main() -> None:
    """Write the files."""
    for name, make in FILES.items():
        file = ROOT / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(make(), "utf-8")
        print(name)


if __name__ == "__main__":
    main()
