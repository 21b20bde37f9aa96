"""The house rules that no other program checks: sizes, mirrors, places, words."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from digest.cli import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
CODE = ROOT / "digest"
TESTS = ROOT / "tests"
GROUPS = ("digest.sources", "digest.rankers", "digest.senders", "digest.hooks")
"""Entry points of plugins."""

LONGEST = 400
"""Lines of a module."""

MODULES = sorted(file for file in CODE.rglob("*.py") if "migrations/versions" not in str(file))


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"), str(file))


@cache
def tracked() -> tuple[Path, ...]:
    """Return the files of the repository; where there is no git, all that are not hidden or built."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
        )
        found = [ROOT / each for each in listed.stdout.split("\0") if each]
    except (OSError, subprocess.CalledProcessError):
        found = [file for file in ROOT.rglob("*") if not any(part.startswith(".") for part in file.parts)]
    return tuple(file for file in found if file.is_file())


# ── size and shape ────────────────────────────────────────────────────────────────────


def test_no_module_is_too_long() -> None:
    lengths = {name(file): len(file.read_text("utf-8").splitlines()) for file in MODULES}
    assert {file: lines for file, lines in lengths.items() if lines > LONGEST} == {}


def test_every_module_says_what_it_owns() -> None:
    assert [name(file) for file in MODULES if len(ast.get_docstring(tree(file)) or "") < 20] == []


# ── tests mirror the tree ─────────────────────────────────────────────────────────────

APART = {
    "bench": "measurements, run by make",
    "browser": "pages as a browser shows them",
    "chaos": "measurements, run by make",
    "contract": "every plugin against its contract",
    "docs": "the pages against the code",
    "golden": "data",
    "migrations": "the history against the schema",
    "packaging": "the wheel",
    "scenario": "stories across stages",
}
"""Folders of tests that mirror no package, and why."""


SUITES = {
    "api": "what the public interface promises",
    "contract": "a package's plugins against their contract",
    "golden": "files and what must come of them",
    "hostile": "what an enemy would send",
    "inliners": "other programs' results beside ours",
    "properties": "claims about any input",
    "rules": "each rule, by something that breaks it",
}
"""Test files that are about a package as a whole."""


def mirrored(file: Path) -> bool:
    """Tell whether there is a module or package that a test file's name means.

    ``tests/ingest/test_refresh.py`` may be about ``digest/flow/refresh.py``, seen from ingest.
    """
    inside = file.relative_to(TESTS)
    stem = file.stem.removeprefix("test_")
    named = {each.stem for each in MODULES} | {each.parent.name for each in MODULES} | set(SUITES)
    return (stem in named or stem.split("_")[0] in named) and (
        CODE.joinpath(*inside.parts[:-1]).is_dir() or len(inside.parts) <= 2
    )


def test_every_test_file_is_named_after_what_it_tests() -> None:
    files = [file for file in TESTS.rglob("test_*.py") if file.relative_to(TESTS).parts[0] not in APART]
    own = {TESTS / "test_house.py"}
    assert [name(file) for file in files if not mirrored(file) and file not in own] == []


def module_of(file: Path) -> str:
    return ".".join(("digest", *file.relative_to(CODE).with_suffix("").parts)).removesuffix(".__init__")


@cache
def imports(file: Path) -> frozenset[str]:
    """Return what a file imports, and what it names as a command: ``run(["plan", …])``."""
    found = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{each.name}" for each in node.names}
        elif isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.Constant) and node.value in COMMANDS and file.is_relative_to(TESTS):
            found.add(f"digest.cli.{COMMANDS[str(node.value)][0]}")
    return frozenset(found)


def reached() -> set[str]:
    """Return what tests import or mirror, and what serves such a module inside its package."""
    known = {module_of(file): file for file in MODULES}
    wanted = {each for file in TESTS.rglob("*.py") for each in imports(file)} & set(known)
    for file in MODULES:
        inside = file.relative_to(CODE)
        if TESTS.joinpath(*inside.parts[:-1], f"test_{inside.stem}.py").is_file():
            wanted.add(module_of(file))
    done: set[str] = set()
    while wanted:
        module = wanted.pop()
        done.add(module)
        package = (module + ".").split(".")[1]
        joins = package in ("cli", "flow")  # their tests are about what they join
        served = imports(known[module]) & set(known) - done
        wanted |= {each for each in served if joins or each.split(".")[1:2] == [package]}
    return done


def test_every_module_is_tested_by_its_name_or_through_its_package() -> None:
    points = [point for group in GROUPS for point in entry_points(group=group)]
    plugins = {point.value.split(":")[0] for point in points}  # by their contracts, see below
    apart = {"digest.store.migrations.env", "digest.__main__"} | plugins
    empty = {module_of(file) for file in MODULES if len(tree(file).body) <= 1 or file.name == "__init__.py"}
    assert sorted({module_of(file) for file in MODULES} - reached() - empty - apart) == []


# ── one place for each thing ──────────────────────────────────────────────────────────

PLACES = {
    r"^print$": (),
    r"^os\.(environ|getenv|putenv)(\.|$)": ("digest/settings/environment.py",),
    r"(^|\.)(datetime|date)\.(now|utcnow|today)$": ("digest/clock.py",),
    r"^time\.time$": ("digest/clock.py",),
}
"""What may be used in one place only (no place: nowhere)."""


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


@pytest.mark.parametrize("pattern", PLACES)
def test_what_has_one_place_is_used_nowhere_else(pattern: str) -> None:
    found = [
        f"{name(file)}:{node.lineno}"
        for file in MODULES
        if name(file) not in PLACES[pattern]
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Attribute | ast.Name) and re.search(pattern, dotted(node))
    ]
    assert found == []


def test_no_test_replaces_our_own_code() -> None:
    """Fakes are shipped and named: no mocks, no attribute of ours set by monkeypatch."""
    found = []
    for file in TESTS.rglob("*.py"):
        text = file.read_text("utf-8")
        found += [
            f"{name(file)}: {match.group()}" for match in re.finditer(r"monkeypatch\.setattr\([^\n]*", text)
        ]
        found += [name(file)] * ("import mock" in text or "from unittest" in text)
    own = name(Path(__file__))
    assert [each for each in found if not each.startswith(own)] == []


def test_every_exception_to_a_check_gives_its_reason() -> None:
    bare = []
    for file in (*MODULES, *TESTS.rglob("*.py")):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            without = re.search(r"#\s*noqa(?!: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)* \()", line)
            if (without and file in MODULES) or re.search(r"#\s*type:\s*ignore(?!\[)", line):
                bare.append(f"{name(file)}:{number}")
    assert [each for each in bare if not each.startswith("tests/test_house.py")] == []


def test_every_rule_that_is_switched_off_has_a_reason_beside_it() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    block = text[text.index("[tool.ruff.lint]") : text.index("[tool.ruff.lint.mccabe]")]
    rules = [line for line in block.splitlines() if re.match(r'\s+"[A-Z]+[0-9]*"', line)]
    assert rules
    assert [line for line in rules if "#" not in line] == []


# ── plugins ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("group", GROUPS)
def test_every_plugin_declared_can_be_loaded(group: str) -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        declared = tomllib.load(file)["project"]["entry-points"][group]
    installed = {
        point.name: point for point in entry_points(group=group) if point.value.startswith("digest.")
    }
    assert {key: point.value for key, point in installed.items()} == declared, "install the package again"
    for point in installed.values():
        assert point.load()


@pytest.mark.parametrize("group", GROUPS)
def test_every_plugin_runs_its_contract(group: str) -> None:
    """A contract's test file names each plugin's class."""
    kind = group.removeprefix("digest.")
    texts = [
        file.read_text("utf-8")
        for file in TESTS.rglob("*.py")
        if f"digest.testing.{kind}" in file.read_text("utf-8")
        or f"digest.testing import {kind}" in file.read_text("utf-8")
    ]
    classes = {
        point.value.split(":")[1] for point in entry_points(group=group) if point.value.startswith("digest.")
    }
    assert {each for each in classes if not any(each in text for text in texts)} == set()


# ── the command line starts fast ──────────────────────────────────────────────────────


def test_help_imports_nothing_heavy() -> None:
    program = "import sys; from digest.cli import run; run(['--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    heavy = {
        "sqlalchemy",
        "pydantic",
        "aiohttp",
        "jinja2",
        "fastapi",
        "lxml",
        "feedparser",
        "rich",
        "asyncio",
    }
    assert heavy & set(done.stderr.split()) == set()


def test_no_command_module_imports_heavy_things_at_its_top() -> None:
    program = """
import sys, importlib
from digest.cli import COMMANDS
for module, _ in COMMANDS.values():
    importlib.import_module(f"digest.cli.{module}")
print(*sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    heavy = {
        "sqlalchemy",
        "aiohttp",
        "jinja2",
        "fastapi",
        "lxml",
        "feedparser",
        "premailer",
        "trafilatura",
        "apscheduler",
    }
    assert heavy & set(done.stdout.split()) == set()


# ── what the repository may hold ──────────────────────────────────────────────────────


def test_requirement_files_are_hashed_and_name_no_host() -> None:
    for file in (ROOT / ".ci").glob("requirements*.txt"):
        text = file.read_text("utf-8")
        assert "://" not in text
        assert "--index" not in text
        assert "--find-links" not in text
        pins = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line)]
        assert pins
        assert all("==" in line and line.endswith("\\") for line in pins)
        assert text.count("--hash=sha256:") >= len(pins)


def test_what_runs_is_what_is_tested() -> None:
    pins = [
        set(re.findall(r"^[a-z0-9._-]+==[^ ]+", (ROOT / ".ci" / each).read_text("utf-8"), re.MULTILINE))
        for each in ("requirements.txt", "requirements-test.txt")
    ]
    assert pins[0] - pins[1] == set()


HOSTS = re.compile(
    r"pypi\.org|pythonhosted|registry\.npmjs|crates\.io|proxy\.golang|maven\.org|deb\.debian\.org"
)


def test_no_registry_is_named() -> None:
    own = Path(__file__)
    text = {file for file in tracked() if file.suffix not in (".png", ".jpg", ".gz", ".db") and file != own}
    assert [name(file) for file in text if HOSTS.search(file.read_text("utf-8", errors="replace"))] == []


AVOID = re.compile(r"\b(campaign|blast|blocklist|mailer(?!.daemon)|teaser|opt-in|opt_in)s?\b", re.IGNORECASE)


def test_the_glossary_is_kept() -> None:
    """The words to avoid have better ones: newsletter, edition, suppression, sender, headline, confirmed.

    What other programs write into bounces is theirs.
    """
    found = [
        f"{name(file)}:{number}: {match.group()}"
        for file in (*MODULES, *ROOT.glob("docs/**/*.md"))
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if (match := AVOID.search(line)) and "avoid" not in line and "bounces" not in file.parts
    ]
    assert found == []
