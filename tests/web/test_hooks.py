"""Webhooks as they come in: what is genuine counts once, what is not is answered and changes nothing."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from digest import tokens
from digest.audience.hooks.ses import SesHook, SesOptions
from digest.audience.hooks.signed import signature
from digest.flow import refusals
from digest.flow.hooks import Hooks
from digest.flow.messages import keyring
from digest.flow.watch import watch
from digest.settings.models import HookSettings
from digest.store import alerts, events, subscribers
from digest.web import hooks
from digest.web.app import create
from tests.audience.hooks import amazon

SECRET = "a secret of more than 24 bytes"


@pytest.fixture
def desk(context):
    """Give a client of the whole site with one signed hook named ``desk``."""
    made = HookSettings.model_validate({"type": "signed", "secret": SECRET})
    settings = context.settings.model_copy(update={"hooks": {"desk": made}})
    return TestClient(create(type(context)(settings, context.store, context.now)))


def post(client, context, rows, number="n1", *, name="desk", secret=SECRET):
    body = json.dumps(rows).encode()
    time = str(int(context.now().timestamp()))
    headers = {
        "webhook-id": number,
        "webhook-timestamp": time,
        "webhook-signature": signature(secret, number, time, body),
    }
    return client.post(f"/hooks/{name}", content=body, headers=headers)


def about(context, reader, **more):
    left = tokens.message_id(keyring(context), "a" * 12, reader.id)
    return {"kind": "bounced", "code": "5.1.1", "message_id": f"<{left}@post.example>", **more}


def mailed(context):
    with context.store.read() as conn:
        return [each.address for each in subscribers.candidates(conn, "daily", context.now())]


def known(context, reader):
    with context.store.read() as conn:
        return [(each.source, each.kind.value) for each in events.of(conn, reader.id)]


def test_a_genuine_bounce_suppresses_once(desk, context, reader):
    """The effects are told; the same request again changes nothing and is no fault."""
    first, again = (post(desk, context, about(context, reader)) for _ in range(2))
    assert (first.status_code, first.json()) == (200, {"suppressed": 1})
    assert (again.status_code, again.json()) == (200, {"known already": 1})
    assert known(context, reader) == [("hook:desk", "bounced")]
    assert mailed(context) == []


def test_a_genuine_bounce_through_sns_suppresses(context, reader):
    """SES's notification goes the same way; a replay changes nothing."""
    made = SesHook("ses", SesOptions(topics=(amazon.TOPIC,)), Path(), fetch=lambda _url: amazon.pem())
    app = FastAPI()
    app.include_router(hooks.router(Hooks(context, {"ses": made})))
    left = tokens.message_id(keyring(context), "a" * 12, reader.id)
    headers, body = amazon.sign(amazon.bounce(f"{left}@post.example"), "m1", context.now())
    client = TestClient(app)
    answers = [client.post("/hooks/ses", content=body, headers=headers) for _ in range(2)]
    assert [each.json() for each in answers] == [{"suppressed": 1}, {"known already": 1}]
    assert mailed(context) == []


def test_a_wrong_notice_takes_back_the_others(desk, context, reader):
    """Nothing of a request is applied that is wrong anywhere."""
    answer = post(desk, context, [about(context, reader), {"kind": "opened"}])
    assert answer.status_code == 400
    assert answer.text.startswith("notice 2: kind 'opened' is none of")
    assert mailed(context) == [reader.address]


def test_a_refusal_is_answered_and_logged(desk, context, reader, caplog):
    """The operator reads which hook and why; what a stranger wrote cannot forge a line."""
    caplog.set_level(logging.INFO, "digest.hooks")
    for number in ("n1", "n2"):
        answer = post(desk, context, about(context, reader), number, secret="another secret of 24 bytes")
        assert answer.status_code == 403
        assert "signature is wrong" in answer.text
    post(desk, context, [{"kind": "x\nhook desk: 1 suppressed", "message_id": "m"}])
    lines = [record.getMessage() for record in caplog.records]
    assert lines[1].startswith("hook desk: refused (403): the signature is wrong")
    assert len(lines) == 3
    assert not any("\n" in line for line in lines)
    assert mailed(context) == [reader.address]


def test_refusals_in_a_row_are_counted_over_processes_and_told(desk, context, reader):
    """Two processes refuse five: an alert says so until a report is taken again."""
    made = HookSettings.model_validate({"type": "signed", "secret": SECRET})
    ctx = type(context)(
        context.settings.model_copy(update={"hooks": {"desk": made}}), context.store, context.now
    )
    other = TestClient(create(ctx))
    assert refusals.listed(ctx) == []
    for client, times in ((desk, 2), (other, 3)):
        for number in range(times):
            post(client, context, about(context, reader), str(number), secret="another secret of 24 bytes")
        assert watch(ctx) == 0
        client.app.state.write_refusals()
        client.app.state.write_refusals()
    [told] = refusals.listed(ctx)
    assert (told.hook, told.number, told.at) == ("desk", 5, context.now())
    watch(ctx)
    with context.store.read() as conn:
        [alert] = alerts.listed(conn)
    assert (alert.cause, "the signature is wrong" in alert.body) == ("hook:desk", True)
    assert post(desk, context, about(context, reader)).status_code == 200
    other.app.state.write_refusals()
    assert refusals.listed(ctx) == []
    watch(ctx)
    with context.store.read() as conn:
        assert alerts.listed(conn) == []


def test_what_is_taken_is_logged(desk, context, reader, caplog):
    """With its effects, without an address."""
    caplog.set_level(logging.INFO, "digest.hooks")
    post(desk, context, about(context, reader, reason=f"550 5.1.1 <{reader.address}> unknown"))
    assert [each.getMessage() for each in caplog.records] == ["hook desk: 1 suppressed"]
    with context.store.read() as conn:
        [event] = events.of(conn, reader.id)
    assert reader.address not in json.dumps(event.detail)


def test_a_certificate_that_cannot_be_had_is_asked_for_again(context, reader):
    """Amazon repeats what was answered with 503; nothing was believed meanwhile."""

    def down(_url):
        raise OSError("no route")

    app = FastAPI()
    made = SesHook("ses", SesOptions(topics=(amazon.TOPIC,)), Path(), fetch=down)
    app.include_router(hooks.router(Hooks(context, {"ses": made})))
    _, body = amazon.sign(amazon.bounce("x@y"), "m1", context.now())
    answer = TestClient(app).post("/hooks/ses", content=body)
    assert answer.status_code == 503
    assert "no route" in answer.text


def test_there_are_only_the_hooks_that_are_configured(desk, client, context):
    """Any other name is no page; a hook is not opened by a GET."""
    assert post(desk, context, [], name="ses").status_code == 404
    assert post(client, context, [], name="desk").status_code == 404
    assert desk.get("/hooks/desk").status_code == 405


def test_a_huge_body_is_refused_by_the_door(desk):
    """By its announced length, before the hook is asked."""
    assert desk.post("/hooks/desk", content=b"x" * 1_000_001).status_code == 413
