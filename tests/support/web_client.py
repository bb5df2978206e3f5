"""Asks the web as it is, without a socket. An exception of the application is an exception of the test."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI


class Caller:
    """One request at a time; `base` is what stands in the Host header; with `raises` false,
    a failing application answers as it would over a socket."""

    def __init__(self, app: FastAPI, base: str = "http://127.0.0.1", *, raises: bool = True) -> None:
        self._transport, self._base = httpx.ASGITransport(app=app, raise_app_exceptions=raises), base

    def __call__(self, method: str, path: str, **request: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url=self._base) as client:
                return await client.request(method, path, **request)

        return asyncio.run(ask())

    def get(self, path: str, **request: Any) -> httpx.Response:
        return self("GET", path, **request)

    def json(self, path: str) -> Any:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()
