"""The contract every hook passes. In a plugin's tests: subclass, say how a request is made, run pytest.

    class TestMyHook(HookContract):
        @pytest.fixture
        def case(self, tmp_path):
            return Case(MyHook("mine", MyOptions(secret="…"), tmp_path), bounce=payload, sign=request)

``bounce`` writes what the service says of a hard bounce of the message with a given Message-ID; ``sign``
makes of any payload, the service's id for it and the time a request as the service would.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from digest.audience.hooks import MOST_BYTES, Notice
from digest.errors import HookRefused
from digest.model import EventKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digest.audience.hooks import Hook

NOW = datetime(2026, 7, 5, 6, tzinfo=UTC)
OURS = "signed-for-ann@post.example"
"""Message-ID of the message that bounced."""
OTHER = "signed-for-bob@post.example"
"""As long as ``OURS``, so that it fits in its place."""
NONSENSE = (
    b"", b"{", b"[]", b"{}", b"null", b"0", b'"text"', b"[[]]", b"[null]", b"\xff\xfe\x00", b"[" * 20_000,
    b'{"mail": 1}', b'{"mail": [], "bounce": "x"}', b'{"kind": {}}', b'{"kind": "clicked"}', b"a=1&b=2",
    b'{"notificationType": "Bounce", "mail": {"headers": 7}, "bounce": {"bouncedRecipients": [1]}}',
)  # fmt: skip
"""Payloads that tell nothing; some look as if they began well."""

Request = tuple[dict[str, str], bytes]


@dataclass(frozen=True, slots=True)
class Case:
    """A hook to try, and how its service makes a request."""

    hook: Hook
    bounce: Callable[[str], bytes]
    """Message-ID without brackets → payload."""
    sign: Callable[[bytes, str, datetime], Request]
    """(payload, the service's id, when) → (headers, body)."""

    def genuine(self, number: str = "n1", at: datetime = NOW) -> Request:
        """Make a request that tells of the bounce of ``OURS``."""
        return self.sign(self.bounce(OURS), number, at)

    def read(self, request: Request) -> Sequence[Notice]:
        """Hand a request to the hook."""
        return self.hook.read(*request, NOW)

    def refused(self, request: Request) -> HookRefused:
        """Hand over a request that must be refused; return why it was."""
        try:
            heard = self.read(request)
        except HookRefused as refusal:
            return refusal
        raise AssertionError(f"this was believed: {heard}")


class HookContract:
    """Subclass it and give the fixture ``case``; each test is one promise of the interface."""

    def test_it_says_what_can_be_set(self, case: Case) -> None:
        """It exports a pydantic model of its options, each described."""
        options: Any = type(case.hook).Options
        assert issubclass(options, BaseModel)
        assert all(field.description for field in options.model_fields.values())

    def test_a_genuine_request_is_heard(self, case: Case) -> None:
        """A hard bounce becomes one notice that names its message and blames the address."""
        (notice,) = case.read(case.genuine())
        assert notice.kind is EventKind.BOUNCED
        assert notice.classed == "address"
        assert notice.message_id.strip("<>") == OURS

    def test_names_of_headers_have_no_case(self, case: Case) -> None:
        """HTTP does not tell capitals apart (RFC 9110, 5.1)."""
        headers, body = case.genuine()
        for change in (str.upper, str.title, str.lower):
            assert case.read(({change(name): value for name, value in headers.items()}, body))

    def test_the_same_again_counts_once(self, case: Case) -> None:
        """A repeated request is refused, or its notices bear the same ids and change nothing."""
        first = [notice.id for notice in case.read(case.genuine())]
        try:
            again = [notice.id for notice in case.read(case.genuine())]
        except HookRefused:
            return
        assert again == first

    def test_two_requests_are_two(self, case: Case) -> None:
        """Another bounce is not taken for a repetition of the first."""
        ids = [notice.id for number in ("n1", "n2") for notice in case.read(case.genuine(number))]
        assert len(set(ids)) == len(ids)

    def test_a_changed_body_is_refused(self, case: Case) -> None:
        """The bounce is said of someone else, cut short, or taken away."""
        headers, body = case.genuine()
        other = body.replace(OURS.encode(), OTHER.encode())
        assert other != body, "the Message-ID must stand in the body as it is"
        for changed in (other, body[: len(body) // 2], body[:-1], b""):
            case.refused((headers, changed))

    def test_what_is_too_old_or_too_new_is_refused(self, case: Case) -> None:
        """However right its signature: it may be a replay."""
        for away in (timedelta(days=-1), timedelta(hours=-2), timedelta(hours=2)):
            assert case.refused(case.genuine(at=NOW + away)).status != 413  # noqa: PLR2004 (too large)

    def test_no_content_does_harm(self, case: Case) -> None:
        """What is rightly signed but tells nothing is refused or passed over; nothing else is raised."""
        for payload in NONSENSE:
            try:
                assert list(case.read(case.sign(payload, "n1", NOW))) == []
            except HookRefused:
                continue

    def test_what_is_not_signed_does_no_harm(self, case: Case) -> None:
        """Any bytes with the headers of a genuine request are refused."""
        headers, _ = case.genuine()
        for body in NONSENSE:
            case.refused((headers, body))

    def test_a_huge_body_is_refused_before_it_is_read(self, case: Case) -> None:
        """Its signature may be right: its size alone decides."""
        headers, body = case.sign(case.bounce(OURS) + b" " * MOST_BYTES, "n1", NOW)
        assert case.refused((headers, body)).status == 413  # noqa: PLR2004 (too large)
