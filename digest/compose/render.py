"""Rendering a theme's templates: sandboxed Jinja2, undefined names refused, errors with file and line."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from jinja2 import BytecodeCache, ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined, meta
from jinja2 import TemplateError as JinjaError
from jinja2.exceptions import TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from digest.compose import color, plaintext, words
from digest.compose.bidi import LRI, PDI, RLI, Phrase, without_controls
from digest.compose.themes import folders
from digest.compose.typography import FACES, SCALES, Faces
from digest.errors import DigestError, TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import CodeType

    from jinja2.bccache import Bucket

    from digest.compose.frame import Frame
    from digest.compose.language import Language

_FILLER = Markup("&#8199;&#65279;&#847;" * 30)  # noqa: S704 (a constant)
_WORD = {  # faces that Word has: headline, text
    "latin": ("Georgia,serif", "Segoe UI,Arial,sans-serif"),
    "arabic": ("Segoe UI,Tahoma,sans-serif", "Segoe UI,Tahoma,sans-serif"),
    "hebrew": ("Times New Roman,serif", "Segoe UI,Arial,sans-serif"),
}
NAMES = frozenset(
    (
        *("newsletter", "lead", "stories", "all_stories", "sections", "more", "note", "sponsor", "breaking"),
        *("date", "links", "why", "structured", "page", "palette", "light", "dark", "accent", "accent_fill"),
        *("type", "all_type", "script", "faces", "all_faces", "lang", "dir", "start", "end", "filler"),
    )
)
"""What a subject template can name."""
_KEPT = 512  # compiled templates in memory: all themes and many of an operator's own


class _Compiled(BytecodeCache):
    """Compiled templates, kept for the life of the process and known by the digest of their source.

    Each build reads the files anew, so a template edited under a running worker takes effect at once; only
    what it compiled to is kept. Environments differ by their words alone, which are looked up at run time.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template its code where its source is known."""
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled; a full memory begins anew."""
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        if bucket.code is not None:
            self._kept[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()


def environment(language: Language, overrides: Path | None) -> ImmutableSandboxedEnvironment:
    """Make the environment of one language: the operator's files first, then the built-in ones.

    ``builtin/NAME`` always means the built-in file, so that an operator's file can extend what it replaces.
    """
    places = [str(folder) for folder in folders(overrides)]
    loader = ChoiceLoader([FileSystemLoader(places), PrefixLoader({"builtin": FileSystemLoader(places[-1])})])
    env = ImmutableSandboxedEnvironment(
        loader=loader,
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and ".html" in name,
        keep_trailing_newline=True,
        auto_reload=False,
        bytecode_cache=_COMPILED,
    )
    env.filters.update(
        wrapped=partial(plaintext.wrapped, way=language.dir),
        address=partial(plaintext.address, way=language.dir),
        underlined=plaintext.underlined,
        heading=plaintext.heading,
        headed=plaintext.headed,
        listed=plaintext.listed,
        joined=plaintext.joined,
        clause=_on_phrases(words.clause),
        fit=_on_phrases(words.fit),
        line=_on_phrases(words.line),
        shortened=_on_phrases(words.shortened),
    )
    env.globals.update(_=language.say, count=language.count)
    return env


def _on_phrases(change: Callable[[str, int], str]) -> Callable[[Any, int], Any]:
    """Let a function of text work on phrases: direction and isolation stay as they were."""

    def changed(value: Any, most: int) -> Any:
        if isinstance(value, Phrase):
            return replace(value, plain=change(value.plain, most))
        return change(str(value), most)

    return changed


def look(frame: Frame, language: Language) -> dict[str, Any]:
    """Return what style sheets can name: colours, faces and scale of the newsletter's language."""
    own = FACES[language.script]
    faces = Faces(frame.newsletter.headline_font or own.headline, frame.newsletter.text_font or own.text)
    accent = color.tone(frame.newsletter.accent)
    return {
        "light": color.LIGHT,
        "dark": color.DARK,
        "accent": accent,
        "accent_fill": {"background": accent.light, "text": color.ink_on(accent.light)},
        "type": SCALES[language.script],
        "all_type": SCALES,
        "script": language.script,
        "faces": _faces(faces, language.script),
        "all_faces": FACES,
        "lang": language.tag,
        "dir": language.dir,
        "start": language.start,
        "end": language.end,
        "filler": _FILLER,
    }


def _faces(faces: Faces, script: str) -> dict[str, str]:
    return {
        "headline": faces.headline,
        "text": faces.text,
        "word_text": _WORD[script][1],
        "word_headline": _WORD[script][0],
    }


def render(env: ImmutableSandboxedEnvironment, name: str, values: dict[str, Any]) -> str:
    """Render one template file. Raises ``TemplateError`` naming file and line."""
    try:
        return env.get_template(name).render(values)
    except DigestError:
        raise
    except TemplateNotFound as error:
        remedy = "a theme has the files of the briefing theme"
        raise TemplateError(f"template {error.name!r} is not there; {remedy}") from error
    except TemplateSyntaxError as error:
        raise TemplateError(f"{error.filename or error.name}:{error.lineno}: {error.message}") from error
    except (JinjaError, TypeError, ValueError, AttributeError, ArithmeticError, LookupError) as error:
        raise TemplateError(f"{_place(error, name)}: {error}") from error


def render_source(env: ImmutableSandboxedEnvironment, source: str, what: str, values: dict[str, Any]) -> str:
    """Render a template that stands in the configuration."""
    try:
        return env.from_string(source).render(values)
    except (JinjaError, TypeError, ValueError, AttributeError, ArithmeticError, LookupError) as error:
        raise TemplateError(f"{what}: {error}; see the theme's own file for what can be named") from error


def problem(env: ImmutableSandboxedEnvironment, source: str) -> str:
    """Return what is wrong with a template of the configuration before there is anything to print."""
    try:
        unknown = meta.find_undeclared_variables(env.parse(source)) - set(env.globals) - NAMES
        env.compile(source)
    except JinjaError as error:
        return str(error)
    if unknown:
        return f"{', '.join(sorted(unknown))} cannot be named here"
    return ""


def _place(error: BaseException, name: str) -> str:
    """Find the template's file and line in the traceback: Jinja2 compiles them into it."""
    place, frame = name, error.__traceback__
    while frame is not None:
        filename = frame.tb_frame.f_code.co_filename
        if filename.endswith(".j2"):
            place = f"{filename}:{frame.tb_lineno}"
        frame = frame.tb_next
    return place


def one_line(text: str) -> str:
    """Return a rendered subject or preheader as one line; isolates around the whole of it are of no use."""
    line = " ".join(text.split())
    if line[:1] in (LRI, RLI) and line.find(PDI) == len(line) - 1:
        return without_controls(line)
    return line
