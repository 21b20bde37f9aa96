from __future__ import annotations

import random
import threading
from dataclasses import replace
from datetime import timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import PIL.Image
import pytest

from digest.flow.context import Context
from digest.flow.pictures import TOTAL, prepare
from digest.model import Image
from digest.settings import Settings, SourceSettings
from digest.testing import samples
from digest.testing.harbour import pictures


@cache
def grain(number: int) -> bytes:
    """Paint noise, which no encoder makes small."""
    noise = random.Random(number).randbytes(1200 * 675 // 9 * 3)
    picture = PIL.Image.frombytes("RGB", (400, 225), noise).resize((1200, 675), PIL.Image.Resampling.NEAREST)
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def site():
    """Serve pictures on loopback; gives the address and the paths asked for."""
    asked: list[str] = []
    bodies = {"/good.jpg": pictures()[1], "/fake.jpg": b"<html>no picture</html>"}
    bodies |= {f"/grain{number}.png": grain(number) for number in range(5)}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            body = bodies.get(self.path)
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def context(store, now=samples.DUE, *, private=True, **changes) -> Context:
    newsletter = samples.newsletter(**changes)
    source = SourceSettings(key="post", url="https://harbourpost.example/feed", allow_private=private)
    return Context(Settings(newsletters={"morning": newsletter}, sources=(source,)), store, lambda: now)


def plan(*addresses: str):
    base = samples.plan()
    picks = [
        replace(pick, article=replace(pick.article, source="post", image=Image(url=address, alt="x")))
        for pick, address in zip(base.picks, addresses, strict=False)
    ]
    return replace(base, picks=tuple(picks))


def test_a_picture_is_fetched_once_and_kept(store, site):
    """The second preparation asks nobody; both give the same asset."""
    url, asked = site
    ctx = context(store)
    first = prepare(ctx, ctx.newsletter("morning"), plan(f"{url}/good.jpg"))
    again = prepare(ctx, ctx.newsletter("morning"), plan(f"{url}/good.jpg"))
    assert first.images == again.images
    assert asked == ["/good.jpg"]
    asset = first.images[f"{url}/good.jpg"]
    assert (asset.width, asset.height, asset.media_type) == (1200, 630, "image/jpeg")
    assert asset.size > 1000


def test_a_broken_picture_never_breaks_a_mail(store, site):
    """Neither a missing one, nor one that is none, nor a server that is not there; each has its reason."""
    url, _ = site
    ctx = context(store, theme="magazine")
    addresses = (
        f"{url}/good.jpg",
        f"{url}/gone.jpg",
        f"{url}/fake.jpg",
        "http://127.0.0.1:9/x.jpg",
        "nonsense",
    )
    made = prepare(ctx, ctx.newsletter("morning"), plan(*addresses))
    assert list(made.images) == [f"{url}/good.jpg"]
    assert set(made.errors) == set(addresses[1:])
    assert made.errors[f"{url}/gone.jpg"] == "it answered 404"
    assert "no picture" in made.errors[f"{url}/fake.jpg"]


def test_a_broken_picture_is_asked_for_again_after_an_hour(store, site):
    """Not at every preview."""
    url, asked = site
    for minutes in (0, 59, 61):
        ctx = context(store, samples.DUE + timedelta(minutes=minutes))
        prepare(ctx, ctx.newsletter("morning"), plan(f"{url}/gone.jpg"))
    assert asked == ["/gone.jpg", "/gone.jpg"]


def test_a_picture_in_a_private_network_is_refused(store, site):
    """A feed cannot make the program look around at home, unless its source is trusted to."""
    url, asked = site
    ctx = context(store, private=False)
    made = prepare(ctx, ctx.newsletter("morning"), plan(f"{url}/good.jpg"))
    assert not made.images
    assert made.errors
    assert asked == []


def test_only_what_the_theme_shows_is_fetched(store, site):
    """The briefing shows the lead's picture, headlines none."""
    url, asked = site
    ctx = context(store, theme="headlines")
    assert not prepare(ctx, ctx.newsletter("morning"), plan(f"{url}/good.jpg")).images
    assert asked == []
    ctx = context(store, theme="briefing")
    prepare(ctx, ctx.newsletter("morning"), plan(f"{url}/good.jpg", f"{url}/gone.jpg"))
    assert asked == ["/good.jpg"]


def test_a_picture_too_heavy_for_the_rest_of_the_budget_is_left_out_alone(store, site):
    """One after it that is light enough is shown all the same."""
    url, _ = site
    ctx = context(store, theme="magazine")
    addresses = [*(f"{url}/grain{number}.png" for number in range(5)), f"{url}/good.jpg"]
    made = prepare(ctx, ctx.newsletter("morning"), plan(*addresses))
    assert sum(asset.size for asset in made.images.values()) <= TOTAL
    assert f"{url}/good.jpg" in made.images
    assert "weigh more than 800,000 bytes" in made.errors[f"{url}/grain4.png"]


def test_pictures_can_travel_with_the_mail(store, site):
    """For a small list: the bytes come along, by hash."""
    url, _ = site
    ctx = context(store, pictures="embedded")
    made = prepare(ctx, ctx.newsletter("morning"), plan(f"{url}/good.jpg"))
    (asset,) = made.images.values()
    assert len(made.embedded[asset.hash]) == asset.size


def test_a_logo_may_be_a_file_of_the_working_folder(store, tmp_path):
    """And of no other folder."""
    (tmp_path / "logo.jpg").write_bytes(pictures()[3])
    ctx = context(store, logo="logo.jpg")
    ctx = replace(ctx, settings=ctx.settings.model_copy(update={"root": tmp_path}))
    made = prepare(ctx, ctx.newsletter("morning"), samples.plan())
    assert made.logo is not None
    assert made.logo.width == 400
    outside = context(store, logo="../../etc/passwd")
    outside = replace(outside, settings=outside.settings.model_copy(update={"root": tmp_path}))
    refused = prepare(outside, outside.newsletter("morning"), samples.plan())
    assert refused.logo is None
    assert "outside the working folder" in refused.errors["../../etc/passwd"]
