"""Webhooks of mail services, as they come in: ``POST /hooks/NAME``. What they mean is the flow's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

if TYPE_CHECKING:
    from digest.flow.hooks import Hooks

_SAID = {
    400: "The content cannot be understood",
    403: "Not genuine, or too old",
    503: "The signature cannot be checked now",
}


def router(hooks: Hooks) -> APIRouter:
    """Give the route of the hooks there are."""
    routes = APIRouter(tags=["webhooks"])

    @routes.post(
        "/hooks/{name}",
        summary="What a mail service reports: bounces, complaints, delays",
        response_class=JSONResponse,
        responses={
            200: {"description": "Taken: effects with their numbers"},
            **{n: {"description": text, "content": {"text/plain": {}}} for n, text in _SAID.items()},
        },
    )
    async def take(name: str, request: Request) -> Response:
        if name not in hooks:
            raise HTTPException(404)
        body = await request.body()
        answer = await run_in_threadpool(hooks.take, name, dict(request.headers), body)
        if answer.refused:
            return PlainTextResponse(f"{answer.refused}\n", answer.status)
        return JSONResponse(dict(answer.effects))

    return routes
