"""Round after round: ask, judge, remember, say. What was said is remembered before the next thing is said."""

import logging
import time
from threading import Event

from larder_cli.watch.asking import ask
from larder_cli.watch.config import WatchConfig
from larder_cli.watch.judging import Rule, Seen, Watched, due, look, said
from larder_cli.watch.memory import keep, recall
from larder_cli.watch.sending import NotSent, send
from larder_cli.watch.texts import text_of

log = logging.getLogger("larder.watch")


def rule_of(config: WatchConfig) -> Rule:
    minute_ms = config.minute_s * 1000
    # A round may wait for the hub, for the second address, and for each message.
    slow_s = config.every_s + 2 * config.timeout_s + len(config.phones) * config.send.timeout_s
    return Rule(
        round(config.missed * minute_ms), round(config.repeat_min * minute_ms), round(slow_s * 1000 + minute_ms)
    )


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def watch(config: WatchConfig, stop: Event) -> None:
    """Until `stop`. Raises MemoryFailed: a watcher that cannot remember would repeat itself without end."""
    watched, before = recall(config.state_file), ""
    while not stop.is_set():
        seen = ask(config)
        if seen.sight != before:
            log.warning("%s %s", seen.sight, seen.detail)
            before = seen.sight
        watched = one_round(config, watched, seen)
        stop.wait(config.every_s)


def one_round(config: WatchConfig, watched: Watched, seen: Seen) -> Watched:
    """What is known afterwards, kept. Raises MemoryFailed."""
    rule = rule_of(config)
    watched = look(watched, seen, rule, now_ms())
    keep(config.state_file, watched)
    for say in due(watched, config.phones, rule, now_ms()):
        text = text_of(say, config.signature, config.duty_phone)
        try:
            send(config.send, say.phone, text)
        except NotSent as failed:
            log.error("not sent, tried again: %s", failed)
            continue
        watched = said(watched, say, now_ms())
        keep(config.state_file, watched)
        log.warning("said to ...%s: %s", say.phone[-4:], text)
    return watched
