"""The reference pages and the shipped configuration say what the code says."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from digest.cli import COMMANDS
from digest.cli import digest as root_command

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]


def _reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / ".ci" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reference = _reference()


@pytest.mark.parametrize("name", reference.FILES)
def test_a_page_made_from_the_code_is_up_to_date(name: str) -> None:
    """After a change of settings, options or help texts: `make reference`."""
    assert (ROOT / name).read_text("utf-8") == reference.FILES[name]()


def commands(command: click.Command, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    yield context.command_path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from commands(inner, click.Context(inner, info_name=name, parent=context))


def every_command() -> list[tuple[str, click.Command]]:
    root = click.Context(root_command, info_name="digest", **root_command.context_settings)
    return [each for each in commands(root_command, root) if each[0] != "digest"]


def test_every_command_is_in_the_docs() -> None:
    text = (ROOT / "docs" / "reference" / "commands.md").read_text("utf-8")
    missing = [path for path, _ in every_command() if f"# {path}\n" not in text]
    assert missing == []


def test_the_table_of_commands_says_what_each_command_says_of_itself() -> None:
    root = click.Context(root_command, info_name="digest", **root_command.context_settings)
    for name in COMMANDS:
        command = root_command.get_command(root, name)
        assert command is not None
        assert command.help, name


def test_every_help_has_an_example() -> None:
    """A group's example may stand for its commands only where these show their own."""
    bare = [path for path, command in every_command() if "digest " not in (command.help or "")]
    assert bare == []


def test_every_option_says_what_it_does() -> None:
    silent = [
        f"{path} {'/'.join(option.opts)}"
        for path, command in every_command()
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    ]
    assert silent == []
