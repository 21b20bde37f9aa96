"""The environment over the files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from digest.settings import Settings
from digest.settings.load import read

Write = Callable[..., Path]


@pytest.fixture
def working(folder: Write) -> Path:
    return folder(
        '[senders.outbox]\ntype = "maildir"\n[[sources]]\nkey = "a"\nurl = "https://a.example"\n',
        **{"weekly-news": 'title = "T"\npicks = 3\n'},
    )


def settings(working: Path, **environ: str) -> Settings:
    loaded = read(working, environ)
    assert loaded.problems == []
    assert loaded.settings is not None
    return loaded.settings


def problems(working: Path, **environ: str) -> list[str]:
    return [str(problem) for problem in read(working, environ).problems]


class TestValues:
    def test_a_variable_wins_over_the_file(self, working: Path) -> None:
        found = settings(
            working, DIGEST_BASE_URL="https://x.example", DIGEST_NEWSLETTERS__WEEKLY_NEWS__PICKS="9"
        )
        assert found.base_url == "https://x.example"
        assert found.newsletters["weekly-news"].picks == 9

    def test_every_kind_of_value_can_be_given(self, working: Path) -> None:
        found = settings(
            working,
            DIGEST_WEB__PORT="80",
            DIGEST_INGEST__ROBOTS="false",
            DIGEST_INGEST__TIMEOUT="1m30s",
            DIGEST_ALERTS_TO="a@news.example, b@news.example",
            DIGEST_NEWSLETTERS__WEEKLY_NEWS__FROM="News <n@news.example>",
            DIGEST_NEWSLETTERS__WEEKLY_NEWS__WEIGHTS__RECENCY="0.5",
            DIGEST_NEWSLETTERS__WEEKLY_NEWS__SECTIONS='[{ name = "World", max = 2 }]',
        )
        daily = found.newsletters["weekly-news"]
        assert (found.web.port, found.ingest.robots) == (80, False)
        assert found.ingest.timeout == timedelta(seconds=90)
        assert found.alerts_to == ("a@news.example", "b@news.example")
        assert (daily.from_, daily.weights) == ("News <n@news.example>", {"recency": 0.5})
        assert [(section.name, section.max) for section in daily.sections] == [("World", 2)]

    def test_lists_of_tables_are_reached_by_number(self, working: Path) -> None:
        found = settings(
            working, DIGEST_SOURCES__0__WEIGHT="2", DIGEST_SOURCES__1__URL="https://b.example/feed"
        )
        assert [(source.key, source.weight) for source in found.sources] == [("a", 2.0), ("b.example", 1.0)]

    def test_a_sender_and_its_options_can_stand_in_the_environment_alone(self, working: Path) -> None:
        found = settings(working, DIGEST_SENDERS__MAIN__TYPE="smtp", DIGEST_SENDERS__MAIN__PASSWORD="p")
        assert found.senders["main"].options == {"password": "p"}


class TestSecretsInFiles:
    def test_a_file_holds_the_value(self, working: Path, tmp_path: Path) -> None:
        (tmp_path / "secret").write_text("s3cret\n")
        found = settings(working, DIGEST_SENDERS__OUTBOX__PASSWORD_FILE=str(tmp_path / "secret"))
        assert found.senders["outbox"].options == {"password": "s3cret"}

    def test_a_setting_that_is_a_file_by_itself_stays_one(self, working: Path, tmp_path: Path) -> None:
        (tmp_path / "k.toml").write_text('[[keys]]\nid = 3\nsecret = "0123456789abcdef0123456789abcdef"\n')
        found = settings(working, DIGEST_SECRET_KEYS_FILE=str(tmp_path / "k.toml"))
        assert [key.id for key in found.secret_keys] == [3]

    def test_an_option_that_names_a_file_stays_one(self, working: Path) -> None:
        found = settings(working, DIGEST_SENDERS__OUTBOX__CA_FILE="/etc/ca.pem")
        assert found.senders["outbox"].options == {"ca_file": "/etc/ca.pem"}

    def test_a_file_that_cannot_be_read_is_told_by_the_variable(self, working: Path) -> None:
        [told] = problems(working, DIGEST_SENDERS__OUTBOX__PASSWORD_FILE="/nowhere/x")
        place = "DIGEST_SENDERS__OUTBOX__PASSWORD_FILE: senders.outbox.password"
        assert told == f"{place}: the file cannot be read: No such file or directory"


class TestProblems:
    def test_a_bad_value_is_told_by_the_variable(self, working: Path) -> None:
        assert problems(working, DIGEST_WEB__PORT="many", DIGEST_INGEST__PER_HOST="0") == [
            "DIGEST_INGEST__PER_HOST: ingest.per_host: must be at least 1 (got '0')",
            "DIGEST_WEB__PORT: web.port: must be a whole number (got 'many')",
        ]

    def test_a_misspelt_step_is_told_with_the_nearest_key(self, working: Path) -> None:
        assert problems(working, DIGEST_WEB__PROT="80") == [
            "DIGEST_WEB__PROT: web.prot: is no setting (got '80') — did you mean 'port'?"
        ]

    @pytest.mark.parametrize(
        "name", ["DIGEST_BASE_URL__X", "DIGEST_SOURCES__7__URL", "DIGEST_ALERTS_TO__X__Y"]
    )
    def test_a_path_through_a_value_is_told(self, working: Path, name: str) -> None:
        [told] = problems(working, DIGEST_BASE_URL="https://x.example", **{name: "1"})
        assert told.startswith(f"{name}: ")

    def test_a_name_that_is_no_setting_is_noted_only(self, working: Path) -> None:
        """Container platforms set DIGEST_PORT=tcp://… for a service named digest."""
        loaded = read(working, {"DIGEST_PORT": "tcp://10.0.0.1:80", "DIGEST_SERVICE_HOST": "10.0.0.1"})
        assert loaded.problems == []
        assert loaded.notes == [
            "DIGEST_PORT: is no setting; ignored",
            "DIGEST_SERVICE_HOST: is no setting; ignored",
        ]

    def test_a_secret_is_not_shown(self, working: Path) -> None:
        told = problems(working, DIGEST_SECRET_KEYS__0__SECRET="hunter2", DIGEST_SECRET_KEYS__0__ID="1")
        assert told == [
            "DIGEST_SECRET_KEYS__0__SECRET: secret_keys.0.secret: must have at least 32 characters"
        ]
