"""Pictures of an edition: fetched through the one guarded way out, re-encoded, kept by hash.

Never raises for a broken picture: the story is printed without it, and why is kept for an hour.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest import __version__
from digest.compose import Asset
from digest.errors import DigestError, SourceError
from digest.store import images

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from datetime import datetime

    from digest.compose.raster import Raster
    from digest.flow.context import Context
    from digest.model import Plan
    from digest.settings import NewsletterSettings
    from digest.store.images import Known

TOTAL = 800_000
"""Bytes of all pictures of an edition, at most; the last ones are left out."""
_LOGO_WIDTH = 200
_MAX_BYTES = 15_000_000
_AGAIN_AFTER = timedelta(hours=1)
_AT_ONCE = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What an edition can show. ``images`` is keyed by the article's image address."""

    images: Mapping[str, Asset] = field(default_factory=dict)
    logo: Asset | None = None
    embedded: Mapping[str, bytes] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)  # address → why it is not shown


@dataclass(frozen=True, slots=True)
class _Wanted:
    url: str
    width: int  # as shown
    crop: bool = True
    allow_private: bool = False


def wanted(ctx: Context, newsletter: NewsletterSettings, plan: Plan) -> tuple[_Wanted, ...]:
    """Return the pictures the newsletter's theme shows, each address once, in order; the logo first."""
    from digest.compose.themes import theme

    style = theme(newsletter.theme, ctx.settings.path(ctx.settings.templates))
    private = {source.key for source in ctx.settings.sources if source.allow_private}
    picks = plan.picks if style.pictures == "first" else plan.picks[:1] if style.pictures == "lead" else ()
    found = {newsletter.logo: _Wanted(newsletter.logo, _LOGO_WIDTH, crop=False)} if newsletter.logo else {}
    for pick in picks:
        if (image := pick.article.image) is not None and image.url not in found:
            found[image.url] = _Wanted(
                image.url,
                style.picture_width,
                allow_private=pick.article.source in private,
            )
    return tuple(found.values())


def prepare(ctx: Context, newsletter: NewsletterSettings, plan: Plan) -> Prepared:
    """Have every picture of a plan in the store; return those that can be shown within the weight allowed."""
    needed = wanted(ctx, newsletter, plan)
    have = _known(ctx, needed)
    now = ctx.now()
    missing = [want for want in needed if _ask_again(have.get(want), now)]
    if missing:
        asyncio.run(_fetch_all(ctx, missing))
        have = _known(ctx, needed)
    made = _prepared(newsletter, needed, have)
    return replace(made, embedded=_bodies(ctx, made)) if newsletter.pictures == "embedded" else made


def _bodies(ctx: Context, made: Prepared) -> dict[str, bytes]:
    """Return the bytes of what is shown, by hash, for messages that carry their pictures."""
    assets = [*made.images.values(), *([made.logo] if made.logo else [])]
    with ctx.store.read() as conn:
        found = {asset.hash: images.get(conn, asset.hash) for asset in assets}
    return {hash_: image.body for hash_, image in found.items() if image is not None}


def _ask_again(known: Known | None, now: datetime) -> bool:
    return known is None or (known.image is None and known.at + _AGAIN_AFTER <= now)


def _known(ctx: Context, needed: Iterable[_Wanted]) -> dict[_Wanted, Known]:
    found: dict[_Wanted, Known] = {}
    with ctx.store.read() as conn:
        for want in needed:
            known = images.known(conn, [want.url], want.width).get(want.url)
            if known is not None:
                found[want] = known
    return found


def _prepared(
    newsletter: NewsletterSettings,
    needed: Iterable[_Wanted],
    have: Mapping[_Wanted, Known],
) -> Prepared:
    shown: dict[str, Asset] = {}
    errors: dict[str, str] = {}
    weight = 0
    for want in needed:
        known = have.get(want)
        if known is None or known.image is None:
            errors[want.url] = known.error if known else "it was not fetched"
            continue
        if weight + known.image.size > TOTAL:
            errors[want.url] = f"the edition's pictures weigh more than {TOTAL:,} bytes"
            continue
        weight += known.image.size
        shown[want.url] = Asset(
            hash=known.image.hash,
            media_type=known.image.media_type,
            width=known.image.width,
            height=known.image.height,
            size=known.image.size,
        )
    logo = shown.pop(newsletter.logo, None) if newsletter.logo else None
    return Prepared(images=shown, logo=logo, errors=errors)


# ── fetching ──────────────────────────────────────────────────────────────────────────


async def _fetch_all(ctx: Context, missing: Iterable[_Wanted]) -> None:
    from digest.net import Fetcher

    gate = asyncio.Semaphore(_AT_ONCE)
    async with Fetcher(ctx.settings.ingest, __version__) as fetcher:

        async def get(want: _Wanted) -> bytes:
            async with gate:
                answer = await fetcher.get(
                    want.url,
                    allow_private=want.allow_private,
                    max_bytes=_MAX_BYTES,
                    accept="image/jpeg, image/png, image/gif, image/webp;q=0.8, image/*;q=0.5",
                )
            if answer.status != HTTPStatus.OK:
                raise SourceError(f"it answered {answer.status}", status=answer.status)
            return answer.body

        await asyncio.gather(*(_one(ctx, want, get) for want in missing))


async def _one(ctx: Context, want: _Wanted, get: Callable[[_Wanted], Awaitable[bytes]]) -> None:
    """Fetch, re-encode and keep one picture; whatever is wrong with it is kept as the reason."""
    from digest.compose.raster import mailable

    try:
        data = _local(ctx, want) or await get(want)
        raster = await asyncio.to_thread(mailable, data, want.width, crop=want.crop)
    except Exception as error:  # noqa: BLE001 (a picture's bytes are a stranger's: no fault in them stops a mail)
        with ctx.store.write() as conn:
            images.refuse(conn, want.url, want.width, str(error)[:300] or type(error).__name__, ctx.now())
        return
    _keep(ctx, want, raster)


def _local(ctx: Context, want: _Wanted) -> bytes:
    """Read a logo that is a file of the working folder; nothing else is read from files."""
    if want.crop or urlsplit(want.url).scheme in ("http", "https"):
        return b""
    path = ctx.settings.path(want.url).resolve()
    if not path.is_relative_to(Path(ctx.settings.root).resolve()):
        raise DigestError(f"the logo {want.url} lies outside the working folder")
    return path.read_bytes()


def _keep(ctx: Context, want: _Wanted, raster: Raster) -> None:
    stored = images.StoredImage(
        hash=raster.hash,
        media_type=raster.media_type,
        width=raster.width,
        height=raster.height,
        body=raster.data,
        size=len(raster.data),
    )
    with ctx.store.write() as conn:
        images.keep(conn, want.url, want.width, stored, ctx.now())
