"""Chat groups and apps (WeCom, DingTalk, Feishu and the rest) by way of apprise: further ways beside SMS, never in its place.

An apprise address holds its key, and apprise logs addresses: its loggers are cut off from ours, and what it says of a failure is
passed on with every part of the address blacked out.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

from larder_hub.config import ConfigError, NotifyConfig
from larder_hub.notices.secret_file import read_secret

INSTALL = "pip install 'larder[notify]'"
_TALKATIVE = ("apprise", "urllib3", "requests")
MOST_REASON = 200
_SHORTEST = 4
"""A part of an address that is shorter is no secret and may stand in any word."""


class Chat(Protocol):
    """One conversation. Owned by the desk that sends to it."""

    def send(self, text: str) -> str:
        """Why it was not taken, "" if it was. Bounded in time; never raises, never names a secret."""


def chats_of(sections: Mapping[str, NotifyConfig], config_file: Path) -> dict[str, Chat]:
    """Every `[notify.NAME]` by its name. Reads the files of secrets. Raises ConfigError, which names no part of an address."""
    return {name: _chat(name, section, config_file) for name, section in sections.items()}


def _chat(name: str, section: NotifyConfig, config_file: Path) -> Chat:
    key = f"notify.{name}.url_file"
    url = read_secret(section.url_file, key, config_file)
    with _overheard() as said:
        try:
            import apprise
        except ImportError as error:
            raise ConfigError(config_file, f"notify.{name}", "needs the package apprise", INSTALL) from error
        asset = apprise.AppriseAsset(
            async_mode=False, http_redirects=False, storage_mode="memory", service_timeout=section.timeout_s
        )
        conversation = apprise.Apprise(asset=asset)
        known = conversation.add(url) and len(conversation) == 1
    if not known:
        why = blacked_out("; ".join(said), url) or "not known to apprise"
        hint = "as wecombot://KEY/ , dingtalk://TOKEN/ or feishu://TOKEN/ : https://appriseit.com/services/"
        raise ConfigError(config_file, key, f"{section.url_file} holds no address of apprise: {why}", hint)
    return AppriseChat(conversation, url)


class AppriseChat:
    """`conversation` is an `apprise.Apprise` with one address; `url` is that address, to keep it out of what is said."""

    def __init__(self, conversation: Any, url: str) -> None:
        self._conversation, self._url = conversation, url

    def send(self, text: str) -> str:
        with _overheard() as said:
            try:
                taken = self._conversation.notify(body=text, body_format="text")
            except (TypeError, ValueError, OSError) as error:
                return f"apprise gave up: {type(error).__name__}"
        if taken:
            return ""
        return blacked_out("; ".join(said), self._url)[:MOST_REASON] or "apprise gives no reason"


def blacked_out(said: str, url: str) -> str:
    """What was said, without any part of the address but its kind."""
    secret = url.partition("://")[2] or url
    parts = {piece for text in (secret, unquote(secret)) for piece in re.split(r"[^\w.~+-]+", text)}
    for part in sorted((one for one in parts if len(one) >= _SHORTEST), key=len, reverse=True):
        said = re.sub(re.escape(part), "***", said, flags=re.IGNORECASE)
    return said


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """What apprise warns of meanwhile, in this thread's own list. Nothing of it, or of what it is built on, reaches our log."""
    listener = _Listener()
    for name in _TALKATIVE:
        one = logging.getLogger(name)
        one.propagate, one.level = False, logging.WARNING
    logger = logging.getLogger("apprise")
    logger.addHandler(listener)
    try:
        yield listener.said
    finally:
        logger.removeHandler(listener)


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())
