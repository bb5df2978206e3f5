"""InfluxDB 2 and 3 at their wire format: what is sent, and what each answer of theirs leads to. No such server runs here."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import NamedTuple

import pytest

from larder_hub.config import InfluxConfig
from larder_hub.influx.server import InfluxServer, Never, NotNow

LINES = ["reading,point=t value=4.0 1", "reading,point=t value=4.1 2"]


class Asked(NamedTuple):
    path: str
    authorization: str
    body: bytes


class Stub:
    """Answers in turn, the last one again and again; `hold` makes it say nothing until the test is over."""

    def __init__(self, answers: list[tuple[int, bytes]], *, hold: bool = False) -> None:
        self.answers, self.asked, self.over = answers, list[Asked](), Event()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                body = gzip.decompress(raw) if self.headers.get("Content-Encoding") == "gzip" else raw
                stub.asked.append(Asked(self.path, self.headers["Authorization"], body))
                if hold:
                    stub.over.wait(10)
                    return
                status, text = stub.answers.pop(0) if len(stub.answers) > 1 else stub.answers[0]
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                """A test's output is its own."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


@contextmanager
def over(stub: Stub, dialect: str = "influxdb2", timeout_s: float = 5) -> Iterator[InfluxServer]:
    config = InfluxConfig(url=stub.url, dialect=dialect, org="haibei", bucket="larder", timeout_s=timeout_s)
    server = InfluxServer(config, "s3cret")
    server.open()
    try:
        yield server
    finally:
        server.close()
        stub.close()


def error(code: str, text: str) -> bytes:
    return json.dumps({"code": code, "message": text}).encode()


def test_what_is_sent() -> None:
    stub = Stub([(204, b"")])
    with over(stub) as server:
        assert server.write(LINES) == []
    (asked,) = stub.asked
    assert asked == Asked(
        "/api/v2/write?org=haibei&bucket=larder&precision=ms", "Token s3cret", "\n".join(LINES).encode()
    )


@pytest.mark.parametrize(
    ("status", "text", "says"),
    [
        (401, error("unauthorized", "unauthorized access"), "is the token"),
        (403, error("forbidden", "insufficient permissions for write"), "may this token write"),
        (404, error("not found", 'bucket "larder" not found'), "create the database or bucket"),
        (429, error("too many requests", "org has exceeded limited_write plan limit"), "tried again"),
        (500, error("internal error", "engine: no space left on device"), "no space left"),
        (503, error("unavailable", "service unavailable"), "tried again"),
        (422, error("unprocessable entity", 'field type conflict: input field "value" is type float'), "rebuild"),
    ],
)
def test_what_may_pass_is_tried_again(status: int, text: bytes, says: str) -> None:
    with over(Stub([(status, text)])) as server, pytest.raises(NotNow, match=says) as raised:
        server.write(LINES)
    assert "s3cret" not in str(raised.value)


def test_a_line_that_it_cannot_read_is_found_and_set_aside_alone() -> None:
    refused = (400, error("invalid", "unable to parse 'x': missing fields"))
    stub = Stub([refused, (204, b""), refused])
    with over(stub) as server:
        assert server.write(["a v=1.0 1", "x"]) == [Never("x", refused[1].decode())]
    assert [one.body for one in stub.asked] == [b"a v=1.0 1\nx", b"a v=1.0 1", b"x"]


def test_too_much_at_once_is_halved() -> None:
    stub = Stub([(413, error("request too large", "too large")), (204, b"")])
    with over(stub) as server:
        assert server.write(LINES) == []
    assert [one.body.decode() for one in stub.asked[1:]] == LINES


def test_what_is_older_than_it_keeps_is_set_aside_once() -> None:
    text = error(
        "unprocessable entity",
        "failure writing points to database: partial write: points beyond retention policy dropped=2",
    )
    with over(Stub([(422, text)])) as server:
        assert server.write(LINES) == [Never("", text.decode())]


def test_a_server_that_says_nothing_is_given_up() -> None:
    with over(Stub([], hold=True), timeout_s=0.3) as server, pytest.raises(NotNow, match="does not answer"):
        server.write(LINES)


def test_nobody_there() -> None:
    stub = Stub([(204, b"")])
    stub.close()
    server = InfluxServer(InfluxConfig(url=stub.url), "t")
    server.open()
    with pytest.raises(NotNow, match="does it run"):
        server.write(LINES)
    server.close()


def test_influxdb_2_deletes_by_predicate_and_others_not_at_all() -> None:
    stub = Stub([(204, b"")])
    with over(stub) as server:
        assert server.delete("reading", {"device": "box", "point": "t"}, 1_790_000_000_000, 1_790_000_060_000)
    (asked,) = stub.asked
    assert asked.path == "/api/v2/delete?org=haibei&bucket=larder"
    told = json.loads(asked.body)
    assert told["predicate"] == '_measurement="reading" AND device="box" AND point="t"'
    assert (told["start"], told["stop"]) == ("2026-09-21T14:13:20+00:00", "2026-09-21T14:14:20.001000+00:00")
    for dialect in ("influxdb3", "victoriametrics"):
        stub = Stub([(500, b"")])
        with over(stub, dialect) as server:
            assert not server.delete("reading", {}, 0, 1)
            assert not server.drop("reading")
        assert not stub.asked
