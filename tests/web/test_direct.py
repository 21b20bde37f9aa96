"""The short way to the two pages of one reader shows what the framework's way shows."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from digest.web.app import create


def detour(context):
    """Give the application with the short way blocked: paths are found by the framework."""
    app = create(context)
    app.middleware_stack = app.build_middleware_stack()
    app.middleware_stack._app._app.app._pages = {}  # behind guard, shelf and the framework's outermost layer
    return app


@pytest.mark.parametrize("more", ["", "?lang=ar", "/", "/data", "x", "/../x"])
@pytest.mark.parametrize("place", ["leave", "preferences"])
def test_both_ways_lead_to_the_same_page(context, reader, place, more):
    """Also for what is nearly the address of such a page."""
    path = getattr(reader, place) + more
    short = TestClient(create(context), follow_redirects=False).get(path)
    long = TestClient(detour(context), follow_redirects=False).get(path)
    assert (short.status_code, short.text) == (long.status_code, long.text)
    assert dict(short.headers) == dict(long.headers)


@pytest.mark.parametrize("path", ["/u/", "/p/", "/u", "/u//x"])
def test_without_a_token_there_is_no_page(client, path):
    """Nor a failure."""
    assert client.get(path).status_code in (404, 307)
