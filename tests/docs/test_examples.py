"""Every command that a page or a help text shows can be typed: it exists, and so do its options."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from digest.cli import COMMANDS
from digest.cli import digest as root_command

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
STOP = re.compile(r"\s(?:&&|\|\||\||;|>|<|#|&)(?:\s|$)")


def shown(text: str) -> list[str]:
    """Return the command lines of fenced blocks and of lines that are examples."""
    found = []
    for line in text.splitlines():
        for part in re.split(r"&&|\|\s|;\s", line):
            match = re.match(r"(?:\$ |sudo )?(digest(?: .*)?)$", part.strip())
            if match:
                found.append(STOP.split(match.group(1) + " ")[0].strip())
    return found


def blocks(page: str) -> str:
    return "\n".join(re.findall(r"```(?:sh|bash|console|shell)\n(.*?)```", page, re.DOTALL))


def fault(line: str) -> str:
    """Return what is wrong with a command line; nothing when it can be typed."""
    words = shlex.split(line.replace("…", "").replace("[", "").replace("]", ""))[1:]
    command: click.Command = root_command
    context = click.Context(root_command, info_name="digest", **root_command.context_settings)
    while isinstance(command, click.Group):
        try:
            _, rest, _ = command.make_parser(context).parse_args(list(words))
        except click.UsageError as error:
            return error.format_message()
        if not rest:
            return ""
        inner = command.get_command(context, rest[0])
        if inner is None:
            return f"there is no command {rest[0]!r}"
        words, command = rest[1:], inner
        context = click.Context(inner, info_name=rest[0], parent=context)
    try:
        command.make_parser(context).parse_args(list(words))
    except click.UsageError as error:
        return error.format_message()
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_on_a_page_can_be_typed(page: Path) -> None:
    lines = shown(blocks(page.read_text("utf-8")))
    assert {line: fault(line) for line in lines if fault(line)} == {}


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_in_help_texts_can_be_typed(name: str) -> None:
    context = click.Context(root_command, info_name="digest", **root_command.context_settings)
    command = root_command.get_command(context, name)
    assert command is not None
    helps = [command.help or ""]
    if isinstance(command, click.Group):
        helps += [each.help or "" for each in command.commands.values()]
    lines = [line for text in helps for line in shown(text)]
    assert {line: fault(line) for line in lines if fault(line)} == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    broken = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert broken == []


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("digest plan daily --at 2026-07-05T07:00", ""),
        ("digest db backup --to x.db", ""),
        ("digest plna daily", "there is no command 'plna'"),
        ("digest db backup --too x.db", "No such option"),
    ],
)
def test_a_wrong_example_is_seen(line: str, wrong: str) -> None:
    assert fault(line).startswith(wrong)
    assert bool(fault(line)) is bool(wrong)
