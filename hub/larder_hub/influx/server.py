"""InfluxDB 1.8, 2, 3 or VictoriaMetrics, through influxdb-client: synchronous, gzip, bounded in time.

Every answer is one of three: taken; `NotNow` (down, slow, full, not allowed: the same later); `Never` (this line, for this reason).
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from larder_hub.config import InfluxConfig

if TYPE_CHECKING:
    pass

BEYOND_RETENTION = re.compile(r"beyond retention policy", re.IGNORECASE)
CONFLICT = re.compile(r"field type conflict|type mismatch", re.IGNORECASE)
TOO_LARGE, UNREADABLE = 413, (400, 422)


class Never(NamedTuple):
    """A line that the server will not take. `line` is empty where it does not say which: older than it keeps anything."""

    line: str
    reason: str


class NotNow(Exception):
    """The server took nothing of what is known, and may later. Its text says what an operator can do."""


class SeriesServer(Protocol):
    def write(self, lines: Sequence[str]) -> list[Never]:
        """Write lines; writing the same ones again changes nothing. Returns what will never be taken. Raises NotNow."""

    def delete(self, measurement: str, tags: dict[str, str], from_ms: int, to_ms: int) -> bool:
        """Delete points with `from_ms <= time <= to_ms`. False where this kind of server cannot. Raises NotNow."""

    def drop(self, measurement: str) -> bool:
        """Delete a whole measurement. False where this kind of server cannot. Raises NotNow."""


class InfluxServer:
    """Owned by one thread. `open()` before use."""

    def __init__(self, config: InfluxConfig, token: str) -> None:
        self._config, self._token = config, token

    def open(self) -> None:
        """No connection is made yet. Raises ImportError where the extra is not installed."""
        from influxdb_client.client.influxdb_client import InfluxDBClient
        from influxdb_client.client.write_api import SYNCHRONOUS

        self._client: InfluxDBClient = InfluxDBClient(
            url=self._config.url, token=self._token, org=self._config.org, enable_gzip=True,
            timeout=round(self._config.timeout_s * 1000), ssl_ca_cert=self._ca,
        )  # fmt: skip
        self._writing = self._client.write_api(write_options=SYNCHRONOUS)

    @property
    def _ca(self) -> str | None:
        return None if self._config.ca_file is None else str(self._config.ca_file)

    def close(self) -> None:
        self._client.close()  # type: ignore[no-untyped-call]

    def write(self, lines: Sequence[str]) -> list[Never]:
        try:
            self._post(lines)
        except _Refused as refused:
            if CONFLICT.search(refused.reason):
                hint = "it holds fields of our names from elsewhere: take a bucket of its own, or larder influx rebuild"
                raise NotNow(f"{self._config.url} answers: {refused.reason} ({hint})") from refused
            if BEYOND_RETENTION.search(refused.reason):
                return [Never("", refused.reason)]  # it has taken the others
            if len(lines) == 1:
                return [Never(lines[0], refused.reason)]
            half = len(lines) // 2
            return [*self.write(lines[:half]), *self.write(lines[half:])]
        return []

    def _post(self, lines: Sequence[str]) -> None:
        from influxdb_client.domain.write_precision import WritePrecision
        from influxdb_client.rest import ApiException

        milliseconds: Any = WritePrecision.MS  # their annotation is of the enumeration, their constants are texts
        try:
            self._writing.write(self._config.bucket, record="\n".join(lines).encode(), write_precision=milliseconds)
        except ApiException as error:
            status, body = int(error.status or 0), _text(error)
            if status in UNREADABLE or status == TOO_LARGE:
                raise _Refused(body) from error
            raise NotNow(f"{self._config.url} answers {status}: {body} ({_hint(status)})") from error
        except _no_answer() as error:
            raise NotNow(f"{self._config.url} does not answer: {error} (does it run, is the address right?)") from error

    def delete(self, measurement: str, tags: dict[str, str], from_ms: int, to_ms: int) -> bool:
        where = " AND ".join(f"{key}={_quoted(value)}" for key, value in tags.items())
        match self._config.dialect:
            case "influxdb1":
                span = f"time >= {from_ms}ms AND time <= {to_ms}ms"
                self._query(f'DELETE FROM "{measurement}" WHERE {where} AND {span}')  # noqa: S608 (all quoted)
            case "influxdb2":
                self._delete2(f'_measurement="{measurement}" AND {where.replace(chr(39), chr(34))}', from_ms, to_ms)
            case _:
                return False
        return True

    def drop(self, measurement: str) -> bool:
        match self._config.dialect:
            case "influxdb1":
                self._query(f'DROP MEASUREMENT "{measurement}"')
            case "influxdb2":
                self._delete2(f'_measurement="{measurement}"', 0, 4_102_444_800_000)
            case _:
                return False
        return True

    def query(self, text: str) -> list[dict[str, Any]]:
        """The series that InfluxQL answers, each with `tags`, `columns` and `values`, times in ms. Raises NotNow."""
        answer = json.loads(self._query(text))
        failed = [one["error"] for one in answer.get("results", [answer]) if "error" in one]
        if failed:
            raise NotNow(f"{self._config.url} answers: {failed[0]} (with InfluxDB 2 the bucket needs a DBRP mapping)")
        return [series for one in answer["results"] for series in one.get("series", [])]

    def _delete2(self, predicate: str, from_ms: int, to_ms: int) -> None:
        from influxdb_client.rest import ApiException

        start, stop = (datetime.fromtimestamp(ms / 1000, UTC) for ms in (from_ms, to_ms))
        try:
            self._client.delete_api().delete(
                start, stop + timedelta(milliseconds=1), predicate, self._config.bucket, self._config.org
            )
        except ApiException as error:
            raise NotNow(
                f"{self._config.url} deletes nothing: {_text(error)} ({_hint(int(error.status or 0))})"
            ) from error
        except _no_answer() as error:
            raise NotNow(f"{self._config.url} does not answer: {error}") from error

    def _query(self, text: str) -> bytes:
        """InfluxQL; influxdb-client has no call of its own for it."""
        from influxdb_client.rest import ApiException

        database, _, policy = self._config.bucket.partition("/")
        asked = [("db", database), ("epoch", "ms"), ("q", text), *([("rp", policy)] if policy else [])]
        try:
            answer = self._client.api_client.call_api(  # type: ignore[no-untyped-call]
                "/query",
                "POST",
                query_params=asked,
                auth_settings=[],
                _preload_content=False,
                _return_http_data_only=True,
            )
        except ApiException as error:
            raise NotNow(f"{self._config.url} answers {error.status}: {_text(error)}") from error
        except _no_answer() as error:
            raise NotNow(f"{self._config.url} does not answer: {error}") from error
        return bytes(answer.data)


class _Refused(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _no_answer() -> tuple[type[Exception], ...]:
    from urllib3.exceptions import HTTPError

    return (HTTPError, OSError)


def _text(error: object) -> str:
    body = getattr(error, "body", None) or getattr(error, "reason", None) or "no reason given"
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    return " ".join(text.split())[:300]


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "").replace("'", "\\'") + "'"


def _hint(status: int) -> str:
    return {
        401: "is the token in [influx] token_file right?",
        403: "may this token write to the bucket?",
        404: "create the database or bucket first, or mend [influx] bucket",
        429: "it asks for less; it is tried again",
    }.get(status, "it is tried again")
