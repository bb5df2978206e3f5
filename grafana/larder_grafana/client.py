"""Grafana over grafana-api. It knows folders, boards and data sources only in part, so its plain requests are used throughout."""

from typing import Any, Literal
from urllib.parse import urlsplit

from grafana_api.grafana_api import (  # type: ignore[import-untyped]
    GrafanaClientError,
    GrafanaException,
    GrafanaUnauthorizedError,
)
from grafana_api.grafana_face import GrafanaFace  # type: ignore[import-untyped]
from requests import RequestException


class GrafanaRefused(Exception):
    """What went wrong, and what to do. Nothing of the step was done, what came before it was."""


class GrafanaClient:
    """`url` as a browser has it, with a path where Grafana lives below one; `token` of a service account with the role Admin."""

    def __init__(self, url: str, token: str, timeout_s: float = 15.0) -> None:
        parts = urlsplit(url)
        prefix = parts.path.strip("/")
        self._url = url
        self._api = GrafanaFace(
            auth=token,
            host=parts.netloc,
            protocol=parts.scheme,
            url_path_prefix=f"{prefix}/" if prefix else "",
            timeout=timeout_s,
        ).api

    def get(self, path: str) -> Any:
        try:
            return self._api.GET(path)
        except GrafanaClientError as error:
            if error.status_code == 404:
                return None
            raise self._refused(f"GET {path}", error) from error
        except (GrafanaException, RequestException) as error:
            raise self._refused(f"GET {path}", error) from error

    def send(self, method: Literal["POST", "PUT", "PATCH"], path: str, body: dict[str, Any]) -> Any:
        try:
            return getattr(self._api, method)(path, json=body)
        except (GrafanaException, RequestException) as error:
            raise self._refused(f"{method} {path}", error) from error

    def _refused(self, what: str, error: Exception) -> GrafanaRefused:
        if isinstance(error, GrafanaUnauthorizedError):
            return GrafanaRefused(
                f"{self._url} {what}: the token is not taken (a service account with the role Admin makes one)"
            )
        said = getattr(error, "message", None) or str(error)
        hint = "does it run, is --url right?" if isinstance(error, RequestException) else "see Grafana's log"
        return GrafanaRefused(f"{self._url} {what}: {said} ({hint})")
