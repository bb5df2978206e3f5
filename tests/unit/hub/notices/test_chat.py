"""Chat groups by way of apprise: what leaves over HTTP, what a failure says, and that no part of an address is ever said."""

import json
import logging
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.wecombot import NotifyWeComBot

from larder_hub.config import ConfigError, NotifyConfig
from larder_hub.notices.chat import Chat, blacked_out, chats_of

pytestmark = pytest.mark.filterwarnings(
    "ignore:'imghdr' is deprecated:DeprecationWarning"
)  # apprise loads every plugin

TEXT = "【海北食安】超温：刚察民中食堂冷藏柜2现13.0度，超8度已15分。请关门、移食品并签收 hbsa.cn/a 单1"
KEY = "693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa"


class Room:
    """An HTTP server that keeps what it is told and answers with `status` and `answer`."""

    def __init__(self) -> None:
        self.status, self.answer = 200, b'{"errcode":0,"code":0}'
        self.heard: list[tuple[str, dict[str, Any]]] = []
        room = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                room.heard.append((self.path, json.loads(body)))
                self.send_response(room.status)
                self.send_header("Content-Length", str(len(room.answer)))
                self.end_headers()
                self.wfile.write(room.answer)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.at = f"127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def room() -> Iterator[Room]:
    room = Room()
    yield room
    room.close()


def chat(folder: Path, url: str) -> Chat:
    file = folder / "group.url"
    file.write_text(url + "\n", "utf-8")
    file.chmod(0o600)
    return chats_of({"group": NotifyConfig(url_file=file, timeout_s=5)}, folder / "hub.toml")["group"]


def test_a_message_leaves_to_the_letter(tmp_path: Path, room: Room) -> None:
    assert chat(tmp_path, f"json://{room.at}/hook-of-the-duty").send(TEXT) == ""
    [(path, body)] = room.heard
    assert (path, body["message"], body["title"]) == ("/hook-of-the-duty", TEXT, "")


@pytest.mark.parametrize(
    ("plugin", "url", "path", "body"),
    [
        (NotifyWeComBot, f"wecombot://{KEY}", f"/{KEY}", {"msgtype": "text", "text": {"content": TEXT}}),
        (NotifyFeishu, "feishu://feishutoken", "/feishutoken", {"msg_type": "text", "content": {"text": TEXT}}),
        (
            NotifyDingTalk, "dingtalk://dingtoken1234", "/dingtoken1234",
            {"msgtype": "text", "at": {"atMobiles": [], "isAtAll": False}, "text": {"content": TEXT}},
        ),
    ],
)  # fmt: skip
def test_wecom_feishu_and_dingtalk_get_the_text_in_their_own_form(
    tmp_path: Path, room: Room, monkeypatch: pytest.MonkeyPatch, plugin: type, url: str, path: str, body: dict[str, Any]
) -> None:
    """Their hosts are fixed in apprise; here they are this machine's."""
    monkeypatch.setattr(plugin, "notify_url", f"http://{room.at}/{{{'key' if plugin is NotifyWeComBot else 'token'}}}")
    assert chat(tmp_path, url).send(TEXT) == ""
    assert room.heard == [(path, body)]


def test_a_refusal_is_given_with_its_status_and_without_the_address(tmp_path: Path, room: Room) -> None:
    room.status = 403
    said = chat(tmp_path, f"json://{room.at}/hook-of-the-duty").send(TEXT)
    assert "403" in said
    assert "hook-of-the-duty" not in said and "127.0.0.1" not in said


def test_feishu_that_refuses_with_a_good_status_has_failed(
    tmp_path: Path, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(NotifyFeishu, "notify_url", f"http://{room.at}/{{token}}")
    room.answer = b'{"code":19024,"msg":"Key Words Not Found"}'
    assert "Key Words Not Found" in chat(tmp_path, "feishu://feishutoken").send(TEXT)


def test_nobody_there_is_a_failure(tmp_path: Path, room: Room) -> None:
    address = f"json://{room.at}/hook-of-the-duty"
    room.close()
    said = chat(tmp_path, address).send(TEXT)
    assert "onnection error" in said and "hook-of" not in said


def test_a_redirect_is_not_followed(tmp_path: Path, room: Room) -> None:
    room.status = 307
    assert chat(tmp_path, f"json://{room.at}/hook").send(TEXT) != ""
    assert len(room.heard) == 1


def test_no_log_says_the_address(tmp_path: Path, room: Room, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    one = chat(tmp_path, f"json://user:password-of-it@{room.at}/hook-of-the-duty")
    one.send(TEXT)
    room.status = 500
    one.send(TEXT)
    assert len(room.heard) == 2
    assert "hook-of" not in caplog.text and "password-of-it" not in caplog.text and room.at not in caplog.text


@pytest.mark.parametrize("url", [KEY, f"nothing://{KEY}", f"json://{KEY}:port/", "wecombot://"])
def test_what_is_no_address_is_refused_at_the_start_and_not_repeated(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match=r"notify\.group\.url_file") as refused:
        chat(tmp_path, url)
    assert KEY not in str(refused.value)


def test_a_secret_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "group.url"
    file.write_text(f"wecombot://{KEY}", "utf-8")
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="may be read by everybody"):
        chats_of({"group": NotifyConfig(url_file=file)}, tmp_path / "hub.toml")


def test_parts_of_an_address_are_blacked_out_in_any_form() -> None:
    said = blacked_out(
        "Cannot reach https://host.example/ABC%20DEF?key=s3cret", "json://host.example/abc%20def?key=s3cret"
    )
    assert said == "Cannot reach https://***/ABC%***?key=***"
