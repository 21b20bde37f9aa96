"""From pydantic's errors to lines an operator can act on: the rule in words, the value, the nearest key."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from digest.settings import shape
from digest.settings.models import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is no setting",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be a text in quotes",
    "tuple_type": "must be a list, such as [1, 2]",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "string_pattern_mismatch": "does not have the form it needs",
    "string_too_short": "must have at least {min_length} characters",
    "too_short": "must have at least {min_length} characters",
    "literal_error": "must be one of {expected}",
    "value_error": "{error}",
    "time_delta_parsing": 'must be a duration, such as "90s", "10m", "6h" or "1d"',
    "time_delta_type": 'must be a duration, such as "90s", "10m", "6h" or "1d"',
}
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong at a path of the merged configuration; its place is found later."""

    path: shape.Path
    message: str
    value: str = ""
    hint: str = ""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return a hint: the nearest of the known words, or all of them where none is near and they are few."""
    words = sorted(set(known))
    close = difflib.get_close_matches(word.casefold(), words, 1, 0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"there are: {', '.join(words)}" if 0 < len(words) <= 12 else ""  # noqa: PLR2004 (a line's worth)


def shown(path: shape.Path, value: Any) -> str:
    """Return a value as it may be printed: short, scalars only, never a secret."""
    if shape.is_secret(path) or isinstance(value, dict | list | tuple) or value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _inside(value: Any, part: str | int) -> bool:
    if isinstance(value, dict):
        return part in value
    return isinstance(value, list | tuple) and isinstance(part, int) and part < len(value)


def _real_path(location: Sequence[str | int], raw: Any) -> shape.Path:
    """Drop what pydantic puts into a location that stands in no file: names of union members."""
    path: shape.Path = ()
    value = raw
    for part in location:
        if not _inside(value, part):
            break
        path += (part,)
        value = value[part]
    return path


def _hint(kind: str, path: shape.Path, context: dict[str, Any], known: list[str], value: Any) -> str:
    if kind == "extra_forbidden":
        return nearest(str(path[-1]), known)
    if kind == "literal_error" and isinstance(value, str):
        words = [
            word.strip("'") for word in str(context.get("expected", "")).replace(" or ", ", ").split(", ")
        ]
        close = difflib.get_close_matches(value, words, 1)
        return f"did you mean {close[0]!r}?" if close else ""
    if kind == "string_pattern_mismatch":
        return _FORMS.get(str(path[-1]), f"the form is {context.get('pattern', '')}")
    return ""


_FORMS = {
    "accent": 'a colour is written "#1B5E8C"',
    "color": 'a colour is written "#1B5E8C"',
    "key": "small letters, digits, dots, dashes and underscores",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a validated value stands: its model, and its path in the merged configuration."""

    model: type[BaseModel] = Settings
    prefix: shape.Path = ()

    def fault(self, error: ErrorDetails, raw: Any) -> Fault:
        """Turn one of pydantic's errors into a fault."""
        kind, context = error["type"], dict(error.get("ctx", {}))
        local = _real_path(error["loc"], raw)
        if kind == "missing":
            return Fault((*self.prefix, *local, error["loc"][-1]), _WORDS[kind])
        path = (*self.prefix, *local)
        message = _WORDS[kind].format(**context) if kind in _WORDS else error["msg"]
        around = shape.model_at(self.model, local[:-1])
        known = shape.keys(around) if around else []
        value = "" if _may_be_secret(kind, path) else shown(path, error["input"])
        return Fault(path, message, value, _hint(kind, path, context, known, error["input"]))


def _may_be_secret(kind: str, path: shape.Path) -> bool:
    """Tell whether a misspelt key may hold a secret: its own name does not say so any more."""
    return kind == "extra_forbidden" and path[0] in ("senders", "hooks", "secret_keys")


def faults(error: ValidationError, raw: Any, frame: Frame | None = None) -> list[Fault]:
    """Return one fault for each place pydantic complains about (of a union's several, the first).

    ``raw`` is what was validated; ``frame`` says where it stands if it is not the whole configuration.
    """
    found: dict[shape.Path, Fault] = {}
    for each in error.errors(include_url=False):
        fault = (frame or Frame()).fault(each, raw)
        found.setdefault(fault.path, fault)
    return list(found.values())
