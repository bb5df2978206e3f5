"""The ingest thread's part: hears what devices say of configurations and commands, and publishes what is new.

PROTOCOL.md [D3], [D9].
"""

import json
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from larder_core.command import DONE as COMMAND_DONE
from larder_core.command import REFUSED as COMMAND_REFUSED
from larder_core.command import Reply
from larder_core.content import Event
from larder_core.desired import REFUSED as CONFIG_REFUSED
from larder_core.desired import write_config
from larder_core.message import Message
from larder_core.names import Address
from larder_core.signing import Signer, from_text
from larder_core.sizes import MAX_CONFIG
from larder_core.statement import Birth, Status
from larder_hub.alarms.rules import Rules
from larder_hub.directives.book import DirectiveBook, Order, Wish
from larder_hub.directives.wanted import body_of, wanted
from larder_hub.ledger.schema import no_receipt_without
from larder_hub.metrics import Metrics
from larder_hub.register.directory import Device, Directory

log = logging.getLogger("larder.hub.directives")


class Speaker(Protocol):
    """What the desk needs of the broker connection."""

    def session(self) -> int | None: ...
    def retain(self, topic: str, payload: bytes) -> None: ...
    def send(self, topic: str, payload: bytes) -> None: ...


class Said(NamedTuple):
    """What a device says of a command."""

    device: str
    number: int
    outcome: str
    why: str
    found: str
    recorded: bool
    picture: bytes = b""


class DirectiveDesk:
    """Owned by the ingest thread. `heard_*` only note; `settle` writes, after the group's commit; `turn` publishes."""

    def __init__(
        self, book: DirectiveBook, directory: Callable[[], Directory], rules: Rules, signer: Signer, link: Speaker,
        pictures: Path, metrics: Metrics, now_ms: Callable[[], int],
    ) -> None:  # fmt: skip
        self._book, self._directory, self._rules, self._signer, self._link = book, directory, rules, signer, link
        self._pictures, self._metrics, self._now_ms = pictures, metrics, now_ms
        self._seen: Directory | None = None
        self._session: int | None = None
        self._version = -1
        self._applied: dict[str, int] | None = None
        self._wanted: dict[str, int] = {}
        self._said: list[Said] = []
        self._told: dict[str, int] = {}
        self._refusals: list[tuple[str, int, str]] = []
        self._born: set[str] = set()

    # ---------------------------------------------------------------- what devices say

    def heard_statement(self, statement: Birth | Status) -> None:
        self._told[statement.device] = statement.config
        if isinstance(statement, Birth):
            self._born.add(statement.device)

    def heard_message(self, device: str, message: Message) -> None:
        """Events of a device itself; what it adopted was said before."""
        for line in message.lines:
            if not isinstance(line.content, Event):
                continue
            detail = dict(line.content.detail)
            number = detail.pop("number" if line.content.event != CONFIG_REFUSED else "version", None)
            if not isinstance(number, int):
                continue
            if line.content.event == CONFIG_REFUSED:
                self._refusals.append((device, number, str(detail.get("reason", ""))))
            elif line.content.event in (COMMAND_DONE, COMMAND_REFUSED):
                refused = line.content.event == COMMAND_REFUSED
                outcome = "refused" if refused else str(detail.pop("outcome", ""))
                why = str(detail.pop("reason", ""))
                detail.pop("name", None)
                self._said.append(Said(device, number, outcome, why, json.dumps(detail), True))

    def heard_reply(self, reply: Reply) -> None:
        if reply.number is not None:
            picture = from_text(reply.picture) if reply.picture else b""
            self._said.append(
                Said(reply.device, reply.number, reply.outcome, reply.reason, json.dumps(reply.found), False, picture)
            )

    def settle(self, now_ms: int) -> None:
        """Write what was noted, as far as it is news. Raises LedgerFailed."""
        with no_receipt_without("the registry"):
            self._settle(now_ms)

    def _settle(self, now_ms: int) -> None:
        if self._applied is None:
            self._applied = {wish.device: wish.applied for wish in self._book.wishes()}
        told = {device: version for device, version in self._told.items() if self._applied.get(device) != version}
        if told or self._refusals:
            with self._book.together():
                for device, version in told.items():
                    self._book.applied(device, version, now_ms)
                for device, version, reason in self._refusals:
                    self._book.refused(device, version, reason, now_ms)
        self._applied |= told
        if any(version > self._wanted.get(device, 0) for device, version in told.items()):
            self._seen = None  # a device ahead of this registry needs a higher version
        for device, version, reason in self._refusals:
            self._metrics.configs_refused.labels(reason).inc()
            log.error("device=%s refuses configuration %s: %s (do points and units of the register match its agent.toml?)",
                      device, version, reason)  # fmt: skip
        for said in self._said:
            picture = self._kept(said) if said.picture else ""
            self._book.answered(said.device, said.number, said.outcome, said.why, said.found, now_ms, recorded=said.recorded,
                                picture=picture)  # fmt: skip
            self._metrics.answers.labels(said.outcome).inc()
        self._told, self._refusals, self._said = {}, [], []

    def _kept(self, said: Said) -> str:
        """A picture that a command asked for with authority, beside the data; its hash is in the ledger."""
        name = f"{said.device}-{said.number}.jpg"
        known = self._book.find(said.device, said.number)
        if known is None or not json.loads(known.args).get("picture"):
            log.error("device=%s sends a picture that nobody asked for (number %s): not kept", said.device, said.number)
            return ""
        try:
            self._pictures.mkdir(mode=0o700, exist_ok=True)
            (self._pictures / name).write_bytes(said.picture)
        except OSError as error:
            log.error("%s: %s (the picture is lost; its hash is in the record)", self._pictures / name, error)
            return ""
        log.warning("device=%s picture kept: %s, %s bytes, asked for by %s (%s)", said.device, name, len(said.picture), known.actor,
                    known.reason)  # fmt: skip
        return name

    # ---------------------------------------------------------------- what goes out

    def turn(self) -> None:
        """What is due. Raises LedgerFailed."""
        with no_receipt_without("the registry"):
            self._turn(self._now_ms())

    def _turn(self, now_ms: int) -> None:
        directory, session = self._directory(), self._link.session()
        new: Sequence[Wish] = ()
        if directory is not self._seen:
            self._seen = directory
            new = self._want(directory, now_ms)
        if session is None:
            self._session = None
            return
        # On every connection all are said again: what was published before it may be lost.
        self._retain(directory, new if session == self._session else self._book.wishes())
        self._session = session
        version = self._book.version()
        if version != self._version or self._born:
            self._version = version
            self._send_waiting(directory, now_ms)

    def _want(self, directory: Directory, now_ms: int) -> Sequence[Wish]:
        """Note the configurations that are others than before, and return them."""
        known = {wish.device: wish for wish in self._book.wishes()}
        new = [wish for device in directory.devices.values()
               if (wish := self._wish(directory, device, known.get(device.id, Wish(device.id)), now_ms))]  # fmt: skip
        if new:
            with self._book.together():
                for wish in new:
                    self._book.wish(wish.device, wish.version, wish.body, wish.payload, now_ms)
        self._wanted = {wish.device: wish.version for wish in (*known.values(), *new)}
        self._metrics.configs.inc(len(new))
        return new

    def _wish(self, directory: Directory, device: Device, before: Wish, now_ms: int) -> Wish | None:
        """What is wanted now, where that is another than `before` or the device is ahead of it."""
        desired, last = wanted(directory, device, self._rules), max(before.version, before.applied)
        body = body_of(desired)
        if before.version == last and before.body == body:
            return None
        payload = write_config(desired.model_copy(update={"version": last + 1, "issued": now_ms}), self._signer)
        if len(payload) > MAX_CONFIG:
            log.error("device=%s its configuration has %s bytes, at most %s go (share its points between two devices)",
                      device.id, len(payload), MAX_CONFIG)  # fmt: skip
            return None
        return before._replace(version=last + 1, body=body, payload=payload)

    def _retain(self, directory: Directory, wishes: Iterable[Wish]) -> None:
        for wish in wishes:
            device = directory.devices.get(wish.device)
            if device is not None and wish.payload:
                self._link.retain(topic_of(device, "config"), wish.payload)

    def _send_waiting(self, directory: Directory, now_ms: int) -> None:
        """New commands, and those of devices that have connected since: the same bytes bring the same answer [D8]."""
        waiting: dict[str, list[Order]] = defaultdict(list)
        for order in self._book.waiting(now_ms):
            if order.sent_ms is None or order.device in self._born:
                waiting[order.device].append(order)
        self._born.clear()
        for name, orders in waiting.items():
            device = directory.devices.get(name)
            for order in orders if device else ():
                assert device is not None
                self._link.send(topic_of(device, "command"), order.payload)
                self._book.sent(name, order.number, now_ms)
                self._metrics.commands.labels(order.name).inc()


def topic_of(device: Device, channel: str) -> str:
    address = Address(device.county, device.site, device.id)
    return address.topic("config" if channel == "config" else "command")
