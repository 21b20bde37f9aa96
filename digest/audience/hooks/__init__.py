"""Webhooks of mail services, one plugin each: signed notifications become notices. The flow acts on them."""

from digest.audience.hooks.hook import MOST_BYTES, MOST_NOTICES, Hook, Notice, Options, make

__all__ = ["MOST_BYTES", "MOST_NOTICES", "Hook", "Notice", "Options", "make"]
