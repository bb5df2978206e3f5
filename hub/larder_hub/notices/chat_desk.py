"""The thread that says in chat groups what people are told by SMS: at least once, tried again, and never in the way of an SMS.

It reads the notices that are in alarms.db and writes nothing about them but rows of its own: a group that cannot be reached delays no
message, takes nothing from a person's budget, and a critical SMS leaves whether or not the group has heard.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Event

from larder_hub.alarms.schema import open_alarms
from larder_hub.config import SmsConfig
from larder_hub.metrics import Metrics
from larder_hub.notices.budget import backoff_ms
from larder_hub.notices.chat import Chat
from larder_hub.notices.chat_queue import ChatQueue
from larder_hub.notices.handing import EXPIRED_MS
from larder_hub.projections.runner import Bell
from larder_hub.register.directory import Directory

log = logging.getLogger("larder.chats")


class ChatDesk:
    """Owned by one thread. `step` does one thing and can be driven by a test."""

    def __init__(self, file: Path, chats: Mapping[str, Chat], directory: Callable[[], Directory], config: SmsConfig,
                 metrics: Metrics, now_ms: Callable[[], int], bell: Bell | None = None, idle_s: float = 1.0) -> None:  # fmt: skip
        self._file, self._chats, self._directory, self._config = file, chats, directory, config
        self._metrics, self._now_ms, self._bell, self._idle_s = metrics, now_ms, bell or Bell(), idle_s

    def open(self) -> None:
        """Raises AlarmsFailed."""
        self._connection = open_alarms(self._file)
        self._queue = ChatQueue(self._connection)
        self._queue.cut_off()

    def close(self) -> None:
        self._connection.close()

    def run(self, stop: Event) -> None:
        """Until `stop`. An error of the file ends the process."""
        self.open()
        rung = 0
        try:
            while not stop.is_set():
                if not self.step(self._now_ms()):
                    rung = self._bell.wait_beyond(rung, self._idle_s)
        finally:
            self.close()

    def step(self, now_ms: int) -> bool:
        """Take up what is new, and say one thing. False: there was nothing to say."""
        self._queue.take_up(self._channels, now_ms - EXPIRED_MS, now_ms)
        further = self._queue.next_due(now_ms)
        if further is None:
            return False
        chat = self._chats.get(further.channel)
        begun = self._queue.begin(further, now_ms)
        reason = f"[notify.{further.channel}] is not in the configuration" if chat is None else chat.send(begun.text)
        if not reason:
            self._queue.move(begun, "sent", now_ms)
            self._metrics.chats.labels(further.channel, "sent").inc()
            return True
        lasting = chat is None or begun.attempt >= self._config.attempts or now_ms - begun.created_ms > EXPIRED_MS
        due_ms = now_ms + backoff_ms(begun.attempt, self._config.retry_s)
        self._queue.move(begun, "failed" if lasting else "waiting", now_ms, due_ms=due_ms, detail=reason)
        self._metrics.chats.labels(further.channel, "failed" if lasting else "retried").inc()
        log.warning("notice %d to notify.%s, attempt %d: %s", begun.notice, begun.channel, begun.attempt, reason)
        return True

    def _channels(self, person: str) -> Sequence[str]:
        known = self._directory().people.get(person)
        return () if known is None else known.channels
