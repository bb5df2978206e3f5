"""Whatever is asked, the hub answers with 2xx or 4xx in the form it promised. ASGITransport raises what the application raises."""

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from larder_hub.web.app import build_web
from tests.support.web_client import Caller
from tests.support.web_world import World

CALLER = Caller(build_web(World().furnish().services()))

WEIRD = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80),
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(
        [
            "NaN",
            "1e999",
            "-0",
            "9" * 5_000,
            "../../etc/passwd",
            "%00",
            "' OR 1=1 --",
            "<script>",
            "\u202e",
            "null",
            "open",
        ]
    ),
)
NAMES = st.one_of(st.sampled_from(["state", "limit", "from", "to", "lang", "id"]), st.text(max_size=10))
PATHS = ["/", "/api/v1/now", "/api/v1/cameras", "/api/v1/alarms", "/api/v1/notices", "/api/v1/account", "/api/v1/health", "/metrics",
         "/api/v1/series/minzhong-box/fridge-1-t", "/style.css", "/openapi.json"]  # fmt: skip
MODEST = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def sound(status: int, text: str) -> bool:
    return status == 200 or (400 <= status < 500 and text.startswith('{"error":'))


@MODEST
@given(path=st.sampled_from(PATHS), query=st.lists(st.tuples(NAMES, WEIRD), max_size=4))
def test_any_query(path: str, query: list[tuple[str, str]]) -> None:
    asked = "&".join(f"{quote(name, errors='replace')}={quote(value, errors='replace')}" for name, value in query)
    answer = CALLER.get(f"{path}?{asked}")
    assert sound(answer.status_code, answer.text), answer.text


@MODEST
@given(
    pattern=st.sampled_from(["/api/v1/alarms/{}", "/api/v1/series/{}/{}", "/api/v1/{}", "/{}"]),
    parts=st.tuples(WEIRD, WEIRD),
)
def test_any_path(pattern: str, parts: tuple[str, str]) -> None:
    answer = CALLER.get(pattern.format(*(quote(part, safe="", errors="replace")[:2_000] for part in parts)))
    assert sound(answer.status_code, answer.text), answer.text


@MODEST
@given(body=st.binary(max_size=300), id=WEIRD)
def test_any_body(body: bytes, id: str) -> None:
    path = f"/api/v1/alarms/{quote(id, safe='', errors='replace')[:2_000]}/ack"
    answer = CALLER("POST", path, content=body, headers={"content-type": "application/json"})
    assert 400 <= answer.status_code < 500 and answer.text.startswith('{"error":'), answer.text


@MODEST
@given(raw=st.binary(max_size=60))
def test_any_bytes_in_the_query(raw: bytes) -> None:
    asked = "".join(f"%{byte:02x}" for byte in raw)
    for path in ("/?lang=", "/api/v1/alarms?state=", "/api/v1/series/minzhong-box/fridge-1-t?from="):
        answer = CALLER.get(path + asked)
        assert sound(answer.status_code, answer.text), answer.text


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "CONNECT", "BREW"])
@pytest.mark.parametrize("path", [*PATHS, "/api/v1/alarms/4017aa00bb11cc22/ack"])
def test_any_method(method: str, path: str) -> None:
    answer = CALLER(method, path)
    assert answer.status_code in (200, 405)
