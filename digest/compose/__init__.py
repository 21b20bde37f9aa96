"""Composing: a plan becomes the compiled message that every reader of a variant shares."""

from digest.compose.frame import LOCAL_BASE_URL, Asset, Compiled, Frame

__all__ = ["LOCAL_BASE_URL", "Asset", "Compiled", "Frame"]
