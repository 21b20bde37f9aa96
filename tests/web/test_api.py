"""The description of the public pages, fuzzed: no request makes a server error, every answer is described."""

from __future__ import annotations

import os

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

EXAMPLES = int(os.environ.get("FUZZ", "15"))  # noqa: TID251 (no setting of Digest)
"""Requests to each operation."""


def test_no_request_makes_an_error(client):
    """Whatever stands in paths, queries and forms."""
    api = schemathesis.openapi.from_asgi("/openapi.json", client.app)
    checks = [not_a_server_error, status_code_conformance, content_type_conformance]
    for operation in (found.ok() for found in api.get_all_operations()):

        @given(case=operation.as_strategy())
        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        def fuzz(case):
            case.call_and_validate(checks=checks)

        fuzz()


def test_the_description_names_every_public_page(client):
    """Pages without a description are not fuzzed."""
    described = set(client.get("/openapi.json").json()["paths"])
    assert described == {
        "/", "/a/{name}", "/a/{name}/feed.atom", "/a/{name}/feed.json", "/c/{token}", "/d/{token}",
        "/e/{public_id}",
        "/healthz", "/hooks/{name}", "/i/{name}", "/p/{token}", "/p/{token}/data", "/r/{link}", "/s/{name}",
        "/s/{name}/code", "/s/{name}/embed", "/u/{token}",
    }  # fmt: skip
