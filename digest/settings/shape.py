"""What may stand where: walking the models by path, for nearest keys and for environment names."""

from __future__ import annotations

import re
import types
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

Path = tuple[str | int, ...]

_SECRET = re.compile(r"secret|password|token|api_?key|credential|private", re.IGNORECASE)


def is_secret(path: Path) -> bool:
    """Tell whether a value at this path must never be shown."""
    names = [part for part in path if isinstance(part, str)]
    return bool(names) and any(_SECRET.search(name) and not name.endswith("_file") for name in names[-2:])


def keys(model: type[BaseModel]) -> list[str]:
    """Return the keys of a model as written in files."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _member(annotation: Any, part: str | int) -> Any:
    """Return what is inside an annotation at one step of a path, None where nothing is known."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            if part in (name, field.alias):
                return field.annotation
        return None
    if get_origin(annotation) in (Union, types.UnionType):
        found = (_member(option, part) for option in get_args(annotation))
        return next((each for each in found if each is not None), None)
    arguments = get_args(annotation)
    if get_origin(annotation) is tuple and isinstance(part, int):
        return arguments[0]
    if get_origin(annotation) is dict and isinstance(part, str):
        return arguments[1]
    return None


def at(model: type[BaseModel], path: Path) -> Any:
    """Return the annotation at a path below a model, None where the models know nothing."""
    annotation: Any = model
    for part in path:
        annotation = _member(annotation, part)
    return annotation


def model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """Return the model at a path, None where it is a plain value or unknown."""
    found = at(model, path)
    return found if isinstance(found, type) and issubclass(found, BaseModel) else None


def takes_text_list(annotation: Any) -> bool:
    """Tell whether a field is a list of texts (and not also one text)."""
    return get_origin(annotation) is tuple and get_args(annotation)[:1] == (str,)
