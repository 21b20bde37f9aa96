"""(group, name) → object, from entry points: how sources, rankers, senders and hooks are found."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

from digest.errors import PluginMissing

if TYPE_CHECKING:
    from pydantic import ValidationError

SOURCES = "digest.sources"
RANKERS = "digest.rankers"
SENDERS = "digest.senders"
HOOKS = "digest.hooks"


@cache
def _group(group: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=group)}


def names(group: str) -> tuple[str, ...]:
    """Return the names of the plugins installed in a group, sorted."""
    return tuple(sorted(_group(group)))


def load(group: str, name: str) -> Any:
    """Import one plugin and no other.

    Raises ``PluginMissing`` with the names there are, or with the extra that is not installed.
    """
    point = _group(group).get(name)
    if point is None:
        msg = f"no plugin {name!r} in {group}; there are: {', '.join(names(group))}"
        raise PluginMissing(msg)
    try:
        return point.load()
    except ImportError as error:
        msg = f"plugin {name!r} of {group} needs a package that is not installed: {error}; install its extra"
        raise PluginMissing(msg) from error
    except Exception as error:
        msg = f"plugin {name!r} of {group} cannot be loaded: {type(error).__name__}: {error}; mend it"
        raise PluginMissing(msg) from error


def wrong(error: ValidationError) -> str:
    """Say which options of a plugin are wrong, and why: ``name: reason``, with semicolons between them."""
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
