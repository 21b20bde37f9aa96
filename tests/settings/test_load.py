"""Reading a working folder: which one, its values, and every problem with its place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from digest.cli.setup import init
from digest.errors import ConfigError
from digest.settings.load import find, load, read

Write = Callable[..., Path]
OUTBOX = '[senders.outbox]\ntype = "maildir"\n'
KEY = '[[keys]]\nid = 1\nsecret = "0123456789abcdef0123456789abcdef"\n'


def problems(path: Path, environ: dict[str, str] | None = None) -> list[str]:
    return [str(problem) for problem in read(path, environ or {}).problems]


class TestFolder:
    def test_a_folder_with_config_inside_is_the_working_folder(self, folder: Write) -> None:
        path = folder()
        assert find(path) == (path, path / "config" / "digest.toml")

    def test_its_config_folder_and_its_file_mean_the_same(self, folder: Write) -> None:
        path = folder()
        assert find(path / "config") == find(path / "config" / "digest.toml") == find(path)

    def test_a_flat_folder_is_its_own_working_folder(self, tmp_path: Path) -> None:
        (tmp_path / "digest.toml").touch()
        (tmp_path / "keys.toml").write_text(KEY)
        assert find(tmp_path) == (tmp_path, tmp_path / "digest.toml")
        settings = read(tmp_path, {}).settings
        assert settings is not None
        assert [key.id for key in settings.secret_keys] == [1]

    def test_the_environment_names_the_folder_where_the_command_line_does_not(self, folder: Write) -> None:
        path = folder('base_url = "https://here.example"')
        settings = read(None, {"DIGEST_CONFIG": str(path)}).settings
        assert settings is not None
        assert settings.base_url == "https://here.example"

    def test_no_folder_is_told_with_the_remedy(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="digest init DIR"):
            load(tmp_path)
        with pytest.raises(ConfigError, match="no such folder"):
            load(tmp_path / "nowhere")

    def test_relative_paths_start_at_the_working_folder(self, folder: Write) -> None:
        path = folder('database = "sqlite:///var/x.db"\ntemplates = "mine"')
        settings = load(path)
        assert settings.database_url == f"sqlite:///{path}/var/x.db"
        assert settings.path(settings.templates) == path / "mine"

    def test_an_absolute_database_stays_where_it_is(self, folder: Write) -> None:
        assert load(folder('database = "sqlite:////srv/x.db"')).database_url == "sqlite:////srv/x.db"
        assert load(folder('database = "postgresql://h/d"')).database_url == "postgresql://h/d"


def test_a_new_folder_has_no_problems(tmp_path: Path) -> None:
    CliRunner().invoke(init, [str(tmp_path / "new")], catch_exceptions=False)
    loaded = read(tmp_path / "new", {})
    assert (loaded.problems, loaded.notes) == ([], [])
    assert loaded.settings is not None
    daily = loaded.settings.newsletters["daily"]
    assert (daily.name, daily.schedule, daily.build_before) == ("daily", "0 7 * * *", timedelta(minutes=10))


class TestProblems:
    def test_all_are_told_at_once_with_file_line_and_column(self, folder: Write) -> None:
        path = folder(
            'base_ulr = "x"\n[web]\n  port = "many"\n[[sources]]\nurl = "https://a.example"\ntags = 1\n'
            + OUTBOX,
            daily='title = "T"\npicks = 0\n',
            weekly='schedule = "0 7 * * * * *"\n',
        )
        assert problems(path) == [
            "config/digest.toml:1:1: base_ulr: is no setting (got 'x') — did you mean 'base_url'?",
            "config/digest.toml:3:3: web.port: must be a whole number (got 'many')",
            (
                "config/digest.toml:6:1: sources.0.tags: is no setting (got 1) "
                "— there are: allow_private, key, kind, language, name, options, own, section, url, weight"
            ),
            (
                "config/newsletters/daily.toml: minimum: is more than picks (got 3) "
                "— picks is 0: no edition could be made"
            ),
            "config/newsletters/daily.toml:2:1: picks: must be at least 1 (got 0)",
            "config/newsletters/weekly.toml: title: is missing",
            (
                "config/newsletters/weekly.toml:1:1: schedule: is no cron schedule that ever comes "
                "(got '0 7 * * * * *') — write minute hour day month weekday, such as \"0 7 * * 1-5\""
            ),
        ]

    def test_each_file_tells_one_syntax_error_and_the_others_their_values(self, folder: Write) -> None:
        path = folder("x = [1,\n\ny", daily='title = "a\n', weekly='title = "W"\npicks = 1.5\n')
        assert problems(path) == [
            (
                "config/digest.toml:3:1: is no TOML: invalid value "
                "— texts stand in quotes, lists in [ ]; true and false are lower case"
            ),
            "config/newsletters/daily.toml:1:11: is no TOML: illegal character '\\n'",
            "config/newsletters/weekly.toml:2:1: picks: must be a whole number (got 1.5)",
        ]

    def test_what_stands_twice_is_named(self, folder: Write) -> None:
        path = folder('base_url = "https://a.example"\nbase_url = "https://b.example"\n')
        assert problems(path) == [
            "config/digest.toml:2:31: is no TOML: base_url stands twice in one table — keep one of the two"
        ]
        path = folder("[ingest]\ntimeout = 5\n[ingest]\ntimeout = 6\n")
        assert problems(path) == [
            (
                "config/digest.toml:3:8: is no TOML: [ingest] stands twice in this file "
                "— join the two under one heading"
            )
        ]

    def test_a_file_that_is_not_utf8_is_told_with_its_byte(self, folder: Write) -> None:
        path = folder()
        (path / "config" / "digest.toml").write_bytes(b"# caf\xe9\n")
        assert problems(path) == ["config/digest.toml: is not UTF-8 text, at byte 6 — save it as UTF-8"]

    def test_a_byte_order_mark_does_no_harm(self, folder: Write) -> None:
        path = folder()
        (path / "config" / "digest.toml").write_bytes(b'\xef\xbb\xbfbase_url = "https://a.example"\n')
        assert load(path).base_url == "https://a.example"

    def test_a_key_file_is_placed_in_itself(self, folder: Write) -> None:
        path = folder('[[secret_keys]]\nid = 1\nsecret = "0123456789abcdef0123456789abcdef"\n')
        (path / "config" / "keys.toml").write_text(KEY + '[[keys]]\nid = 999\nsecret = "short-and-private"\n')
        told = problems(path)
        assert told == [
            "config/keys.toml:2:1: keys.0.id: is used twice (got '1') — each needs its own",
            "config/keys.toml:5:1: keys.1.id: must be at most 255",
            "config/keys.toml:6:1: keys.1.secret: must have at least 32 characters",
        ]
        assert "short-and-private" not in "".join(told)

    def test_a_named_key_file_must_be_there(self, folder: Write) -> None:
        assert problems(folder('secret_keys_file = "k.toml"')) == [
            "k.toml: cannot be read: No such file or directory"
        ]

    def test_a_key_file_others_can_read_is_noted(self, folder: Write) -> None:
        path = folder()
        (path / "config" / "keys.toml").write_text(KEY)
        (path / "config" / "keys.toml").chmod(0o640)
        assert read(path, {}).notes == [
            "config/keys.toml: others can read the secret keys; run `chmod 600 config/keys.toml`"
        ]

    def test_newsletters_belong_into_their_own_files(self, folder: Write) -> None:
        told = problems(folder('root = "/"\n[newsletters.daily]\ntitle = "x"\n'))
        assert [line.split(" —")[0] for line in told] == [
            "config/digest.toml:1:1: root: cannot be set here",
            "config/digest.toml:2:1: newsletters: cannot be set here",
        ]

    def test_secrets_are_never_shown(self, folder: Write) -> None:
        path = folder(
            '[[secret_keys]]\nid = "hunter2"\nsecret = 12345678\nsecrte = "hunter2"\n'
            '[senders.a]\npassword = "hunter2"\n'
        )
        told = "\n".join(problems(path, {"DIGEST_SECRET_KEYS__0__SECRET": "hunter2"}))
        assert "secret" in told
        assert "12345678" not in told
        assert "hunter2" not in told
        assert "hunter2" not in repr(read(folder(OUTBOX + 'password = "hunter2"\n'), {}).settings)


class TestSources:
    def test_a_source_without_a_key_gets_one_from_its_address(self, folder: Write) -> None:
        path = folder('[[sources]]\nurl = "https://www.news.example/world/rss.xml"\n')
        assert [source.key for source in load(path).sources] == ["news.example-world"]

    def test_two_sources_with_one_key_are_told(self, folder: Write) -> None:
        row = '[[sources]]\nurl = "https://news.example/rss.xml"\n'
        assert problems(folder(row + row)) == [
            "config/digest.toml:3:1: sources.1.key: is used twice (got 'news.example') — each needs its own"
        ]
