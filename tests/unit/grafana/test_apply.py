"""`larder grafana apply` against a stand-in that answers as Grafana's HTTP API documents it. No Grafana runs here."""

import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from larder_cli.main import main
from larder_grafana.client import GrafanaClient, GrafanaRefused
from larder_grafana.setting import Setting, Source, differs, steps

TOKEN = "glsa_secret"


class StandIn:
    """Keeps what it is given, and adds to it what Grafana adds."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {"/v1/provisioning/contact-points": []}
        self.teams: list[dict[str, Any]] = []
        self.written: list[str] = []
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                allowed = self.headers["Authorization"] == f"Bearer {TOKEN}"
                status, answer = (
                    stand_in.answer(self.command, self.path, body) if allowed else (401, {"message": "Unauthorized"})
                )
                raw = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = do_PUT = do_PATCH = _answer

            def log_message(self, *_: object) -> None:
                """A test's output is its own."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/grafana"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        path = path.removeprefix("/grafana/api")
        if method == "GET":
            return self._get(path)
        self.written.append(f"{method} {path}")
        if path == "/teams":
            self.teams.append({"id": len(self.teams) + 7, "name": body["name"]})
            return 200, {"teamId": self.teams[-1]["id"]}
        if path == "/dashboards/db":
            board = body["dashboard"]
            kept = {"dashboard": board | {"id": 5, "version": 2}, "meta": {"folderUid": body["folderUid"]}}
            self.kept[f"/dashboards/uid/{board['uid']}"] = kept
        elif path.startswith("/datasources"):
            secrets = {"secureJsonFields": dict.fromkeys(body.pop("secureJsonData"), True)}
            self.kept["/datasources/uid/larder-influx"] = body | {"id": 3} | secrets
        elif path == "/folders":
            self.kept[f"/folders/{body['uid']}"] = body | {"id": 9, "url": "x"}
        elif path.endswith("/permissions"):
            self.kept[path] = body["items"]
        elif path.endswith("/public-dashboards"):
            self.kept[path] = body | {"uid": "p1", "accessToken": "t"}
        elif path.endswith("/contact-points"):
            self.kept[path] = [body]
        else:
            self.kept[path] = {**self.kept.get(path, {}), **body}
        return 200, {}

    def _get(self, path: str) -> tuple[int, Any]:
        if path.startswith("/teams/search"):
            return 200, {"teams": self.teams}
        if path.endswith("/permissions") and path not in self.kept:
            return 200, [{"role": "Admin", "permission": 4, "inherited": True}, {"userId": 2, "permission": 2}]
        return (200, self.kept[path]) if path in self.kept else (404, {"message": "not found"})


@pytest.fixture
def grafana() -> Iterator[StandIn]:
    stand_in = StandIn()
    yield stand_in
    stand_in.close()


@pytest.fixture
def words(grafana: StandIn, tmp_path: Path) -> list[str]:
    token, influx = tmp_path / "grafana.token", tmp_path / "influx.token"
    token.write_text(TOKEN + "\n")
    influx.write_text("influx-secret\n")
    return ["grafana", "apply", "--url", grafana.url, "--token-file", str(token), "--influx", "http://influx:8086",
            "--influx-token-file", str(influx), "--team", "门源县局", "--public", "--alerts-to", "http://hub:8080/x"]  # fmt: skip


def test_once_everything_again_nothing(grafana: StandIn, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--dry-run"]) == 1
    assert not grafana.written, "a dry run wrote something"
    assert len(capsys.readouterr().out.splitlines()) == 1 + 2 + 20 + 1 + 2 + 1
    assert main(words) == 1
    assert "influx-secret" not in capsys.readouterr().out
    first = len(grafana.written)
    assert main(words) == 0
    assert len(grafana.written) == first
    assert grafana.kept["/folders/larder-zh/permissions"] == [
        {"userId": 2, "permission": 2},
        {"teamId": 7, "permission": 1},
    ], "what others gave is gone"


def test_what_somebody_changed_is_put_back_and_said(
    grafana: StandIn, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    main(words)
    grafana.kept["/dashboards/uid/larder-site-zh"]["dashboard"]["panels"][0]["title"] = "mine"
    grafana.kept["/folders/larder-en"]["title"] = "Other"
    grafana.kept["/datasources/uid/larder-influx"]["secureJsonFields"] = {}
    capsys.readouterr()
    assert main([*words, "--dry-run"]) == 1
    said = capsys.readouterr().out
    assert "larder-site-zh" in said and "Food safety" in said and "data source" in said
    assert main(words) == 1
    assert main(words) == 0


def test_a_wrong_token_and_nobody_there_are_named_with_a_hint(grafana: StandIn) -> None:
    with pytest.raises(GrafanaRefused, match="service account"):
        GrafanaClient(grafana.url, "wrong").get("/folders/x")
    grafana.close()
    with pytest.raises(GrafanaRefused, match="does it run"):
        GrafanaClient(grafana.url, TOKEN, timeout_s=1).get("/folders/x")


def test_a_missing_file_is_named(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--influx-password-file", "/nowhere/x"]) == 2
    assert "/nowhere/x" in capsys.readouterr().err


def test_secrets_are_in_no_representation() -> None:
    assert not re.search("pass1|tok1", repr(Setting(Source("http://x", password="pass1", token="tok1"))))


def test_lists_are_equal_only_as_a_whole() -> None:
    assert not differs({"a": 1, "id": 9, "more": 2}, {"a": 1, "id": 3})
    assert differs([1, 2], [1]) and differs({"a": [{"b": 1}]}, {"a": [{"b": 2}]}) and differs(None, {"a": 1})


def test_one_language_alone(grafana: StandIn) -> None:
    found = list(steps(Setting(Source("http://x"), tongues=("en",)), GrafanaClient(grafana.url, TOKEN)))
    assert len(found) == 1 + 1 + 10
