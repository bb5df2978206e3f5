"""Every failure as {error, hint}: what is wrong, and what to do. Nothing of the input is repeated."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from larder_hub.failures import FileFailed

_HINTS = {
    400: "see /openapi.json for what this takes",
    404: "GET /openapi.json lists every address",
    405: "GET /openapi.json lists what each address takes",
    413: "send at most 64 KiB",
}


class ApiError(Exception):
    """Answered with `status` and {error, hint}."""

    def __init__(self, status: int, error: str, hint: str) -> None:
        super().__init__(error)
        self.status, self.error, self.hint = status, error, hint


def answer(status: int, error: str, hint: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": error, "hint": hint}, status, headers)


def install(app: FastAPI, headers: Mapping[str, str]) -> None:
    """Answer every error in this one form. An unexpected exception is answered so and goes on to the server's log; that answer passes
    no middleware, so it is given the `headers` here."""

    async def api_error(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ApiError)
        return answer(
            error.status, error.error, error.hint, {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
        )

    async def http_error(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        own = dict(error.headers) if error.headers else None
        return answer(error.status_code, str(error.detail), _HINTS.get(error.status_code, ""), own)

    async def invalid(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        return answer(422, "; ".join(_complaint(one) for one in error.errors()[:5]), _HINTS[400])

    async def failed(_request: Request, _error: Exception) -> JSONResponse:
        return answer(
            503, "a database of the hub cannot be read", "see the hub's log; it may be starting, or its disk full"
        )

    async def unexpected(_request: Request, _error: Exception) -> JSONResponse:
        return answer(500, "unexpected error", "see the hub's log, and report it", dict(headers))

    app.add_exception_handler(ApiError, api_error)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(FileFailed, failed)
    app.add_exception_handler(Exception, unexpected)


def _complaint(error: dict[str, Any]) -> str:
    place: Sequence[object] = error.get("loc", ())
    return f"{'.'.join(str(step) for step in place if isinstance(step, int) or str(step).isidentifier())}: {error.get('msg', '')}"
