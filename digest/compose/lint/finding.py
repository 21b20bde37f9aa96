"""What a rule says: its id, how bad it is, where, in which words, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Target = TypeVar("Target")
MOST_TOLD = 40
"""Findings of one rule that are told one by one; the rest is counted."""


class Severity(StrEnum):
    """How bad a finding is: an error blocks sending."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One breach of one rule."""

    id: str  # H01…H24 for HTML, M01…M15 for the message
    severity: Severity
    place: str  # "html:12", "header Subject", "text:3" …
    message: str  # what is wrong there
    source: str = ""  # whose rule it is: an RFC, a mailbox provider, a client's known limit
    remedy: str = ""

    def __str__(self) -> str:
        """Give the line an operator reads."""
        end = f" — {self.remedy}" if self.remedy else ""
        return f"{self.id} {self.severity} {self.place}: {self.message}{end}"


@dataclass(frozen=True, slots=True)
class Breach:
    """What a rule's function gives: a place and what is wrong there; a warning where it says so."""

    place: str
    message: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Rule(Generic[Target]):
    """One rule: what it is about, whose it is, and the function that finds breaches of it."""

    id: str
    title: str
    source: str
    remedy: str
    severity: Severity
    find: Callable[[Target], Iterable[Breach]]

    def check(self, target: Target) -> Iterable[Finding]:
        """Give the findings of this rule: errors first where there are too many to tell each."""
        found = [self._finding(breach) for breach in self.find(target)]
        if len(found) <= MOST_TOLD:
            return found
        found.sort(key=lambda one: one.severity is not Severity.ERROR)
        rest = found[MOST_TOLD]
        return [*found[:MOST_TOLD], replace(rest, message=f"and {len(found) - MOST_TOLD:,} more like these")]

    def _finding(self, breach: Breach) -> Finding:
        mild = breach.warning and self.severity is Severity.ERROR
        return Finding(
            id=self.id,
            severity=Severity.WARNING if mild else self.severity,
            place=breach.place,
            message=breach.message,
            source=self.source,
            remedy=self.remedy,
        )


class Book(Generic[Target]):
    """The rules for one kind of target, in order of their ids."""

    def __init__(self) -> None:
        self.rules: list[Rule[Target]] = []

    def rule(
        self,
        ident: str,
        title: str,
        *,
        source: str,
        remedy: str,
        severity: Severity = Severity.ERROR,
    ) -> Callable[[Callable[[Target], Iterable[Breach]]], Callable[[Target], Iterable[Breach]]]:
        """Enter a function as a rule."""

        def enter(find: Callable[[Target], Iterable[Breach]]) -> Callable[[Target], Iterable[Breach]]:
            self.rules.append(Rule(ident, title, source, remedy, severity, find))
            return find

        return enter

    def check(self, target: Target) -> list[Finding]:
        """Check a target against every rule."""
        ordered = sorted(self.rules, key=lambda rule: rule.id)
        return [finding for rule in ordered for finding in rule.check(target)]
