"""A browser without a browser: the application answered in process, and a reader to send it links for."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from digest import tokens
from digest.flow import audience
from digest.flow.messages import keyring
from digest.store import subscribers
from digest.tokens import Purpose
from digest.web.app import create


@pytest.fixture
def context(sqlite_context):
    """Give the small newsroom on SQLite; the store's own tests run on both databases."""
    return sqlite_context


@pytest.fixture
def client(context):
    """Give a client that does not follow redirects, so that they are seen."""
    return TestClient(create(context), base_url="https://news.post.example", follow_redirects=False)


class Reader:
    """A confirmed reader of `daily`, with the links in their mails."""

    def __init__(self, context, address="ann@example.org", newsletter="daily"):
        audience.add(context, address, newsletter, "form")
        self.context = context
        self.address = address
        with context.store.read() as conn:
            self.id = subscribers.find(conn, address).id
            [self.subscription] = [
                each.id
                for each in subscribers.subscriptions_of(conn, self.id)
                if each.newsletter == newsletter
            ]
        ring = keyring(context)
        self.leave = f"/u/{tokens.make(ring, Purpose.LEAVE, self.subscription)}"
        self.preferences = f"/p/{tokens.make(ring, Purpose.PREFERENCES, self.id)}"

    def states(self):
        with self.context.store.read() as conn:
            return {each.newsletter: each.state.value for each in subscribers.subscriptions_of(conn, self.id)}


@pytest.fixture
def make_reader(context):
    """Give a function that makes a reader of a newsletter."""

    def make(address="ann@example.org", newsletter="daily"):
        return Reader(context, address, newsletter)

    return make


@pytest.fixture
def reader(context):
    """Give ann, who gets the daily newsletter."""
    return Reader(context)
