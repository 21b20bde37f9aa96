"""Every answer carries its protection; no request is larger than it needs to be."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("path", ["/", "/healthz", "/u/x", "/e/x", "/i/x", "/style/daily.css", "/robots.txt"])
def test_every_answer_has_the_security_headers(client, path):
    """Also those that are errors."""
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "base-uri 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["strict-transport-security"].startswith("max-age=")
    assert "set-cookie" not in headers
    assert "server" not in headers


def test_pages_cannot_be_framed_and_load_nothing_from_elsewhere(client, reader):
    """No third party learns who reads what."""
    page = client.get(reader.leave)
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert page.headers["cache-control"] == "no-store"
    assert "<script" not in page.text
    assert "style=" not in page.text


@pytest.mark.parametrize("declared", [True, False])
def test_a_long_body_is_refused_before_it_is_read(client, reader, declared):
    """Whether it tells its length or not."""
    chunks = b"x" * 100_000 if declared else iter([b"reason=", *[b"x" * 10_000] * 10])
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = client.post(reader.leave, content=chunks, headers=headers)
    assert answer.status_code == 413
    assert reader.states() == {"daily": "confirmed"}


def test_errors_tell_nothing_of_the_inside(client, context, reader):
    """A failure is a page that says nothing was changed; what broke stands in the log only."""
    from sqlalchemy import text
    from starlette.testclient import TestClient

    with context.store.write() as conn:
        conn.execute(text("ALTER TABLE subscriptions RENAME TO elsewhere"))
    quiet = TestClient(client.app, raise_server_exceptions=False)
    answer = quiet.get(reader.leave)
    assert answer.status_code == 500
    assert "Nothing was changed" in answer.text
    assert "Traceback" not in answer.text
    assert "sql" not in answer.text.lower()
