"""Every deliberate error: the docstring is its general message, its text says what, where and the remedy."""

from __future__ import annotations

from dataclasses import dataclass


class DigestError(Exception):
    """Something went wrong that Digest foresaw."""

    exit_code = 1

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class UsageError(DigestError):
    """The command cannot be carried out as it was given."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the configuration: where it stands and what would be right."""

    where: str
    """File, line and column, or the environment variable's name."""
    key: str
    message: str
    value: str = ""
    """The bad value as written; empty for secrets and missing keys."""
    hint: str = ""

    def __str__(self) -> str:
        """Give the line an operator reads: ``digest.toml:15:3: sources.1.tags: …``."""
        parts = [f"{self.where}: {self.key}: {self.message}" if self.key else f"{self.where}: {self.message}"]
        if self.value:
            parts.append(f"(got {self.value})")
        if self.hint:
            parts.append(f"— {self.hint}")
        return " ".join(parts)


class ConfigError(UsageError):
    """The configuration has problems; each is listed with its place and the remedy."""

    def __init__(self, problems: tuple[Problem, ...] | list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class PluginMissing(UsageError):
    """No installed plugin has that name; install the distribution that provides it."""


class StoreError(DigestError):
    """The database cannot be used."""


class StoreBusy(StoreError):
    """Another process holds the embedded database; stop it, or use PostgreSQL for several processes."""


class StoreOutdated(StoreError):
    """The database has an older or newer schema than this program; run `digest db upgrade`."""


class SourceError(DigestError):
    """A source could not be read; the others are unharmed. Carries the reason as one readable line."""

    def __init__(self, message: str = "", *, excerpt: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.excerpt = excerpt
        self.status = status


class AddressRefused(SourceError):
    """The address leads into a private or reserved network; set allow_private = true if that is meant."""


class TooLarge(SourceError):
    """The answer exceeds the size limit."""


class TokenInvalid(DigestError):
    """The link is not valid: it was altered, has expired, or was made for another purpose."""


class HookRefused(DigestError):
    """The notification is refused and changed nothing; ``status`` is what its sender is answered."""

    def __init__(self, message: str = "", status: int = 403) -> None:
        super().__init__(message)
        self.status = status


class EditionError(UsageError):
    """The edition is not in a state that allows this."""


class EditionUnknown(UsageError):
    """No edition has that id; `digest editions list` shows them."""


class NewsletterUnknown(UsageError):
    """No newsletter has that name; `digest check` lists those configured."""


class TemplateError(DigestError):
    """A template cannot be rendered; the message names its file and line."""


class ComposeError(DigestError):
    """The edition cannot be composed."""


class LintError(DigestError):
    """The message breaks a rule that blocks sending; mend it, or send with --force and a reason."""


class SenderError(DigestError):
    """The sender cannot be used as configured."""


class AddressInvalid(DigestError):
    """That is not an email address that can be mailed."""

    def __init__(self, message: str = "", *, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason or message
