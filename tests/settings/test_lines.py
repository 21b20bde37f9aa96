"""The line index: every path of a text has its place, and no place is wrong."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.settings.lines import index, nearest

TEXT = """\
title = "x" # [not] = a table
a.b = 1
"quoted key".'lit.eral' = '''many
lines # no comment
'''
list = [ # comment, with ] in it
  1, 2,
  { x = 1, y = [ "]", '}' ] },
]
when = 1979-05-27 07:32:00Z

[[sources]]
url = "u"
tags = ["a",
  "b"]
[sources.options]
deep = { er = true }

[[sources]]
  url = %s
[web]
port = 80
""" % ('"' * 3 + 'a "b" \\""" c' + '"' * 5)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("title",), (1, 1)),
        (("a", "b"), (2, 1)),
        (("quoted key", "lit.eral"), (3, 1)),
        (("list",), (6, 1)),
        (("list", 1), (7, 6)),
        (("list", 2, "x"), (8, 5)),
        (("list", 2, "y", 1), (8, 23)),
        (("when",), (10, 1)),
        (("sources",), (12, 1)),
        (("sources", 0), (12, 1)),
        (("sources", 0, "tags", 1), (15, 3)),
        (("sources", 0, "options", "deep", "er"), (17, 10)),
        (("sources", 1), (19, 1)),
        (("sources", 1, "url"), (20, 3)),
        (("web", "port"), (22, 1)),
    ],
)
def test_places_are_those_a_person_would_point_at(
    path: tuple[str | int, ...], place: tuple[int, int]
) -> None:
    assert index(TEXT)[path] == place


def test_a_missing_key_is_placed_at_the_table_around_it() -> None:
    places = index(TEXT)
    assert nearest(places, ("sources", 1, "name")) == (19, 1)
    assert nearest(places, ("nothing",)) is None


# ── fuzz: texts are written line by line with the place of each path known ────────────

KEYS = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=5),
)
ENDS = st.sampled_from(["", " ", "\t# [x] = 'y'", '  # """ ]'])
SCALARS = st.one_of(
    st.integers(-9, 9).map(str),
    st.booleans().map(lambda b: "true" if b else "false"),
    st.sampled_from(
        ["1.5e3", "inf", "1979-05-27 07:32:00", "0xBEEF", "''", '""', "'a#]}b'", '"""""a"""""', "''''''"]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=8).map(
        lambda text: json.dumps(text, ensure_ascii=False)
    ),
    st.sampled_from(['"""\nmany\n\\"""\n[x]\ny = 1"""', "'''\n# no\n'''", '"\\\\"', '"\\""', "'\\'"]),
)


class Writer:
    """A TOML text and, for each path, the offset at which it was written."""

    def __init__(self) -> None:
        self.text = ""
        self.offsets: dict[tuple[str | int, ...], int] = {}

    def key(self, key: str, draw: Any) -> str:
        bare = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
        if bare and draw(st.booleans()):
            return key
        if "'" not in key and draw(st.booleans()):
            return f"'{key}'"
        return json.dumps(key, ensure_ascii=False)

    def value(self, path: tuple[str | int, ...], draw: Any, depth: int = 0) -> None:
        kind = draw(st.integers(0, 3 if depth < 2 else 1))
        if kind <= 1:
            self.text += draw(SCALARS)
        elif kind == 2:
            self.array(path, draw, depth)
        else:
            self.inline(path, draw, depth)

    def array(self, path: tuple[str | int, ...], draw: Any, depth: int) -> None:
        self.text += "["
        for number in range(draw(st.integers(0, 3))):
            self.text += draw(st.sampled_from(["", " ", "\n", " # ], [\n\t"]))
            self.offsets[(*path, number)] = len(self.text)
            self.value((*path, number), draw, depth + 1)
            self.text += draw(st.sampled_from([",", " ,", "\n,"]))
        self.text += draw(st.sampled_from(["]", "\n]", "# x\n ]"]))

    def inline(self, path: tuple[str | int, ...], draw: Any, depth: int) -> None:
        self.text += "{"
        for number, key in enumerate(draw(st.lists(KEYS, unique=True, max_size=3))):
            self.text += ", " if number else " "
            self.offsets[(*path, key)] = len(self.text)
            self.text += self.key(key, draw) + draw(st.sampled_from(["=", " = "]))
            self.value((*path, key), draw, depth + 1)
        self.text += " }"

    def pairs(self, table: tuple[str | int, ...], draw: Any) -> None:
        for key in draw(st.lists(KEYS.map(lambda k: "k" + k), unique=True, max_size=3)):
            self.text += draw(st.sampled_from(["", "  ", "\n", "# a = 1\r\n"]))
            self.offsets[(*table, key)] = len(self.text)
            self.text += self.key(key, draw) + draw(st.sampled_from(["=", " = "]))
            self.value((*table, key), draw)
            self.text += draw(ENDS) + draw(st.sampled_from(["\n", "\r\n"]))

    def tables(self, draw: Any) -> None:
        for name in draw(st.lists(KEYS.map(lambda k: "t" + k), unique=True, max_size=3)):
            path: tuple[str | int, ...] = (name,)
            if draw(st.booleans()):
                self.offsets[path] = len(self.text)
                self.text += f"[ {self.key(name, draw)} ]{draw(ENDS)}\n"
                self.pairs(path, draw)
                continue
            for number in range(draw(st.integers(1, 3))):
                self.offsets.setdefault(path, len(self.text))
                self.offsets[(*path, number)] = len(self.text)
                self.text += f"[[{self.key(name, draw)}]]{draw(ENDS)}\n"
                self.pairs((*path, number), draw)
                if draw(st.booleans()):
                    self.offsets[(*path, number, "in.ner")] = len(self.text)
                    self.text += f"[{self.key(name, draw)} . 'in.ner']\n"
                    self.pairs((*path, number, "in.ner"), draw)


@st.composite
def texts(draw: Any) -> Writer:
    writer = Writer()
    writer.pairs((), draw)
    writer.tables(draw)
    return writer


def paths(value: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {path}.union(*(paths(each, (*path, key)) for key, each in inside))


@settings(max_examples=150, deadline=None)
@given(texts())
def test_every_path_has_exactly_the_place_where_it_was_written(writer: Writer) -> None:
    data = tomllib.loads(writer.text)
    found = index(writer.text)
    assert set(found) == paths(data) - {()}
    for path, offset in writer.offsets.items():
        before = writer.text[:offset]
        assert found[path] == (before.count("\n") + 1, offset - before.rfind("\n")), path
