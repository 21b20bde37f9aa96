"""The wheel carries everything: installed alone, outside the checkout, it runs the demo."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program away from the checkout, with nothing of it in the environment."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}  # noqa: TID251 (a child's)
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, env=kept, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    [built] = folder.glob("newsdigest-*.whl")
    return built


def pinned() -> list[str]:
    """Return the names of the distributions that Digest needs to run."""
    text = (ROOT / ".ci" / "requirements.txt").read_text("utf-8")
    return re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)


@pytest.fixture(scope="module")
def bare(wheel: Path) -> Path:
    """Give an environment with the wheel and the distributions it needs, and nothing else.

    These are linked from the tests' environment, so that no registry is asked again; what only the tests have
    is not there.
    """
    folder = wheel.parent / "bare"
    run(sys.executable, "-m", "venv", folder, cwd=wheel.parent)
    pip = (folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "--no-index", "--no-deps", wheel, cwd=wheel.parent)
    [site] = (folder / "lib").glob("python*/site-packages")
    for name in pinned():
        with contextlib.suppress(PackageNotFoundError):  # pinned for another platform
            for top in {path.parts[0] for path in distribution(name).files or () if ".." not in path.parts}:
                link = site / top
                if not link.exists():
                    link.symlink_to(Path(str(distribution(name).locate_file(top))))
    return folder / "bin"


def test_the_wheel_holds_templates_and_configuration(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for folder in ("templates", "config"):
        for file in (ROOT / folder).rglob("*"):
            if file.is_file() and file.name != "keys.toml":
                assert f"digest/_data/{file.relative_to(ROOT)}" in names
    for file in (ROOT / "digest").rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            assert str(file.relative_to(ROOT)) in names
    assert [name for name in names if not name.startswith(("digest/", "newsdigest-"))] == []


def test_it_runs_from_the_wheel_and_not_from_the_checkout(bare: Path, tmp_path: Path) -> None:
    absent = "import importlib.util; print(importlib.util.find_spec('pytest'))"
    assert run(bare / "python", "-c", absent, cwd=tmp_path).stdout == "None\n"
    told = run(bare / "python", "-c", "import digest; print(digest.__file__)", cwd=tmp_path).stdout
    assert told.startswith(str(bare.parent))
    assert run(bare / "digest", "--version", cwd=tmp_path).stdout.startswith("digest, version ")


def test_a_working_folder_made_by_the_wheel_is_in_order(bare: Path, tmp_path: Path) -> None:
    run(bare / "digest", "init", "mine", cwd=tmp_path)
    told = json.loads(run(bare / "digest", "check", "--config", "mine", "--json", cwd=tmp_path).stdout)
    assert told["ok"], told["problems"]
    run(bare / "digest", "db", "upgrade", "--config", "mine", cwd=tmp_path)


@pytest.mark.slow
def test_the_demo_runs_from_the_wheel(bare: Path, tmp_path: Path) -> None:
    run(bare / "digest", "demo", cwd=tmp_path)
