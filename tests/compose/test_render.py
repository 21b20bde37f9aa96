"""Compiled templates are kept, and never shown for a source they do not come from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digest import compose
from digest.compose import render
from digest.compose.composer import Composer
from digest.compose.language import language
from digest.errors import TemplateError
from digest.testing import samples


def subject(overrides) -> str:
    return compose.compile(samples.plan(), samples.frame(), overrides).subject


def test_an_edited_template_takes_effect_in_the_same_process(tmp_path):
    """A worker runs for weeks, and keeps no template beyond its source."""
    file = tmp_path / "editions" / "briefing" / "subject.txt.j2"
    file.parent.mkdir(parents=True)
    for words in ("First", "Other", "First"):
        file.write_text(words)
        assert subject(tmp_path) == words


def test_two_folders_with_files_of_one_name_stay_apart(tmp_path):
    """The place of a template is part of what its code is known by: errors must name the right file."""
    for name in ("a", "b"):
        folder = tmp_path / name / "editions" / "briefing"
        folder.mkdir(parents=True)
        (folder / "subject.txt.j2").write_text("{{ nobody }}")
        with pytest.raises(TemplateError, match=f"{folder}/subject.txt.j2:1"):
            subject(tmp_path / name)


def test_languages_share_compiled_templates_and_nothing_else():
    """Words are looked up at run time: Arabic after English is Arabic."""
    made = [compose.compile(samples.plan(code), samples.frame(code)).html for code in ("en", "ar", "en")]
    assert made[0] == made[2]
    assert "More headlines" in made[0]
    assert "More headlines" not in made[1]


@pytest.mark.parametrize("theme", samples.THEMES)
def test_what_a_subject_can_name_is_what_there_is(theme):
    """`digest check` refuses no name that a subject is given."""
    given = Composer(samples.frame(theme=theme), None).values(samples.plan(), page=False)
    assert set(given) - {"subject", "preheader"} == render.NAMES


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("{{ lead.headline }} {{ _('Related') }}", ""),
        ("{% for s in stories %}{{ s.headline }}{% endfor %}", ""),
        ("{{ headline }}", "headline cannot be named here"),
        ("{{ lead.headline | shout }}", "No filter named 'shout'"),
        ("{% if %}", "Expected an expression"),
    ],
)
def test_a_subject_template_is_judged_before_there_is_anything_to_print(source, told):
    """Names, filters and form."""
    found = render.problem(render.environment(language("en"), None), source)
    assert found.startswith(told)
    assert bool(found) == bool(told)


@pytest.mark.parametrize("theme", samples.THEMES)
@pytest.mark.parametrize("section", ["", "Economy"])
def test_a_story_that_goes_on_says_so_with_and_without_a_section(theme, section):
    """A reader who saw the earlier chapter is told, in every theme and in both parts."""

    def made(*, follow_up: bool) -> tuple[int, int]:
        plan = samples.plan()
        first, second, *others = plan.picks
        second = replace(
            second, section=section, follow_up=follow_up, article=replace(second.article, section=section)
        )
        body = compose.compile(replace(plan, picks=(first, second, *others)), samples.frame(theme=theme))
        return body.html.count("Update"), body.text.count("(Update)\n")

    assert made(follow_up=True) == (1, 1)
    assert made(follow_up=False) == (0, 0)
