"""The ways by which a message leaves. None of them goes through the hub."""

import hashlib
import json
import os
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from larder_cli.watch.config import SendConfig


class NotSent(Exception):
    """The way did not take the message; it is tried again at the next round."""


def send(config: SendConfig, phone: str, text: str) -> None:
    """Hand a message over. Raises NotSent."""
    {"command": _command, "webhook": _webhook, "file": _file}[config.way](config, phone, text)


def _command(config: SendConfig, phone: str, text: str) -> None:
    words = [word.replace("{phone}", phone).replace("{text}", text) for word in config.command]
    # In the C locale gammu sends Chinese as an empty message and reports success.
    env = {**os.environ, "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            words, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=config.timeout_s, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotSent(f"{words[0]}: {error}") from error
    if done.returncode:
        raise NotSent(
            f"{words[0]} ended with {done.returncode}: {done.stderr.decode('utf-8', 'replace').strip()[-200:]}"
        )


def _webhook(config: SendConfig, phone: str, text: str) -> None:
    body = json.dumps({"phone": phone, "text": text}, ensure_ascii=False).encode()
    request = urllib.request.Request(config.url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=config.timeout_s) as answer:
            answer.read(1024)
    except OSError as error:
        raise NotSent(f"{config.url}: {error}") from error


def _file(config: SendConfig, phone: str, text: str) -> None:
    name = hashlib.sha256(f"{phone}\n{text}".encode()).hexdigest()[:16]
    try:
        config.folder.mkdir(parents=True, exist_ok=True)
        _next(config.folder, name).write_text(f"{phone}\n{text}\n", encoding="utf-8")
    except OSError as error:
        raise NotSent(f"{config.folder}: {error}") from error


def _next(folder: Path, name: str) -> Path:
    """A name that no message has yet: the same text said again is another message."""
    count = len(list(folder.glob("*.txt")))
    return folder / f"{count:06}-{name}.txt"
