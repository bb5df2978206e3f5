"""Who may ask, how much they may send, and what a browser may do with the answer."""

import hmac
import re
from collections.abc import Iterable, MutableMapping
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from larder_hub.web.errors import ApiError, answer

MAX_BODY = 64 * 1024

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class SecurityHeaders:
    """Puts `SECURITY_HEADERS` on every answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sealed if scope["type"] == "http" else send)


_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?", re.ASCII)


class KnownHosts:
    """Refuses a request that names another host than `allowed`: a name of another site that was made to point here reads nothing.
    `*.example.com` allows every name below it, `*` any."""

    def __init__(self, app: ASGIApp, allowed: Iterable[str]) -> None:
        self._app, self._allowed = app, frozenset(name.lower() for name in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or self._knows(Headers(scope=scope).get("host", "")):
            await self._app(scope, receive, send)
            return
        refusal = answer(400, "the Host header names no host of this hub", "use a name of web.allowed_hosts, or add it")
        await refusal(scope, receive, send)

    def _knows(self, header: str) -> bool:
        if "*" in self._allowed:
            return True
        found = _HOST.fullmatch(header.lower())
        if found is None:
            return False
        name = found[1]
        return name in self._allowed or any(one[0:2] == "*." and name.endswith(one[1:]) for one in self._allowed)


class BodyLimit:
    """Refuses more than `limit` bytes, announced or not. The body is read here whole, so that nothing behind sees half of one."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY) -> None:
        self._app, self._limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await self._read(scope, receive)
        if body is None:
            refusal = answer(
                413, "the body is too large", f"send at most {self._limit // 1024} KiB", {"Connection": "close"}
            )
            await refusal(scope, receive, send)
            return
        given: list[MutableMapping[str, object]] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive_again() -> Message:
            return given.pop() if given else await receive()

        await self._app(scope, receive_again, send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes | None:
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isascii() or not announced.isdigit() or int(announced[:20]) > self._limit:
            return None
        body = b""
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return body
            body += message.get("body", b"")
            if len(body) > self._limit:
                return None
            more = message.get("more_body", False)
        return body


def _only_json(request: Request) -> None:
    """A form of another site cannot send this type without the browser asking us first, and we answer no such question."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ApiError(415, "the body must be JSON", "send Content-Type: application/json")


def _operator(request: Request) -> None:
    token: str = request.app.state.services.operator_token
    if not token:
        return
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    # Header bytes were read as Latin-1; as bytes they compare for any token.
    same = hmac.compare_digest(shown.strip().encode("latin-1", "replace"), token.encode())
    if scheme.lower() != "bearer" or not same:
        raise ApiError(401, "an operator token is needed", "send Authorization: Bearer <token of operator_token_file>")


OnlyJson = Annotated[None, Depends(_only_json)]
Operator = Annotated[None, Depends(_operator)]
