"""Commands of the hub: refused, or done once, answered on `reply` and in the device's own record. PROTOCOL.md [D6] to [D12].

Owned by the device's thread.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from larder_agent import orders
from larder_agent.bell import Bell
from larder_agent.clock import Clock, moment
from larder_agent.configured import Configured, Reading
from larder_agent.metrics import Metrics
from larder_agent.orders import Telling
from larder_agent.orders_book import OrdersBook
from larder_agent.record import Record
from larder_agent.still import Burst, Still
from larder_agent.tempo import Ask
from larder_core.digest import line_hash
from larder_core.refusal import Refused
from larder_core.signing import PublicKey, Signer, to_text

if TYPE_CHECKING:
    from larder_core.command import Command, Outcome

log = logging.getLogger("larder.agent.command")

PATIENCE_MS = 60_000
"""How long an inspection waits for a source that hangs; beside the time that its readings take."""

FOREIGN = "somebody sends what is not this hub's; is hub.public_key the key of this hub?"
HINTS = {
    "retained": "a command is never retained: somebody else has published it",
    "replayed": "an old command again: a broker that delivers twice, or somebody who has listened",
    "expired": "it came too late, or one of the two clocks is wrong",
    "not-yet": "one of the two clocks is wrong",
    "clock-unknown": "this clock was never checked, and the hub did not know the boot: give it again after the next heartbeat",
    "other-boot": "it was meant for an earlier boot: give the command again",
}

Found = Mapping[str, str | int | bool | None]


class Hands(Protocol):
    """What a command may move of the device."""

    def seal_now(self) -> tuple[int, int]:
        """Seal what waits; the numbers of the first and last entry of it, the second below the first where nothing waited."""
        ...

    def send_again(self, first: int, last: int) -> int:
        """Numbers that are held are owed to the hub once more; how many [A9]."""
        ...

    def ask_config(self) -> None: ...
    def restart(self) -> None: ...
    def say_reply(self, payload: bytes) -> None: ...
    def test_self(self) -> Found: ...


@dataclass
class Inspection:
    """`left`: sources that have not done their part."""

    command: "Command"
    digest: str
    left: int
    until_up: int
    before: int
    stills: dict[str, Still] = field(default_factory=dict)


class Commanded:
    """`receive` takes what came on `command`; `finished` what the sources have done of an inspection."""

    def __init__(
        self, device: str, hub: PublicKey, signer: Signer, record: Record, sources: Sequence[Reading],
        configured: Configured, book: OrdersBook, bell: Bell, clock: Clock, metrics: Metrics,
    ) -> None:  # fmt: skip
        self._device, self._hub, self._signer, self._record, self._sources = device, hub, signer, record, sources
        self._configured, self._book, self._bell, self._clock, self._metrics = configured, book, bell, clock, metrics
        self._telling = Telling()
        self._inspection: Inspection | None = None

    def open(self) -> None:
        """Say what became of a command that the process before this one did not live to end [D8]. Raises DiskFailed."""
        was = self._book.orders
        if was.doing:
            self._record.say([("command-done", {"number": was.number, "name": was.doing, "outcome": "failed",
                                                "reason": "interrupted"})])  # fmt: skip
            self._book.keep(replace(was, doing=""))

    def due_up(self) -> int | None:
        """When to come back, in ms since boot."""
        return self._inspection.until_up if self._inspection else None

    def receive(self, payload: bytes, hands: Hands, *, retained: bool) -> None:
        """Raises DiskFailed."""
        from larder_core.command import read_command

        digest = line_hash(payload)
        known = orders.answer_to(self._book.orders, digest)
        try:
            command = read_command(payload, self._hub, self._device)
        except Refused as error:
            self._refuse(None, "", error.refusal.reason, hands)
            return
        reason = orders.refusal(self._book.orders, command, moment(self._clock), retained=retained)
        if reason is not None:
            self._refuse(command.number, command.name, reason, hands, known)
            return
        self._book.keep(orders.begun(self._book.orders, command))
        log.warning("device=%s command %s: %s", self._device, command.number, command.name)
        self._do(command, digest, hands)

    def _do(self, command: "Command", digest: str, hands: Hands) -> None:
        args = command.args
        match command.name:
            case "inspect-now":
                self._inspect(command, digest, hands)
            case "resend":
                sent = hands.send_again(args.first or 1, args.last or 1)
                self._finish(command, digest, "done" if sent else "failed", {"held": sent}, hands)
            case "self-test":
                self._finish(command, digest, "done", hands.test_self(), hands)
            case "identify":
                outcome: Outcome = "done" if self._bell.identify(args.seconds or 1) else "unable"
                self._finish(command, digest, outcome, {"output": self._bell.kind}, hands)
            case "set-config":
                hands.ask_config()
                self._finish(command, digest, "done", {"version": self._configured.version}, hands)
            case "restart":
                self._finish(command, digest, "done", {}, hands)
                hands.restart()

    # ---------------------------------------------------------------- an inspection

    def _inspect(self, command: "Command", digest: str, hands: Hands) -> None:
        args = command.args
        if self._inspection is not None or self._record.paused.is_set():
            reason = "busy" if self._inspection is not None else "maintenance"
            self._finish(command, digest, "failed", {}, hands, reason)
            return
        hands.seal_now()
        now = self._clock.up_ms()
        until = now + PATIENCE_MS + 1_000 * (args.count or 1)
        self._inspection = Inspection(command, digest, len(self._sources), until, self._record.outbox.head.n)
        for source in self._sources:
            stills = tuple(point for point in args.still or () if point in source.points)
            source.tempo.ask(Ask(command.number, args.count or 1, stills))

    def finished(self, burst: Burst, hands: Hands) -> None:
        """Raises DiskFailed."""
        inspection = self._inspection
        if inspection is None or burst.number != inspection.command.number:
            return
        inspection.stills.update(burst.stills)
        inspection.left -= 1
        if not inspection.left:
            self._show(inspection, hands)

    def look(self, hands: Hands) -> None:
        """A source that hangs keeps nobody waiting for the others."""
        if self._inspection is not None and self._clock.up_ms() >= self._inspection.until_up:
            self._show(self._inspection, hands)

    def _show(self, inspection: Inspection, hands: Hands) -> None:
        self._inspection = None
        hands.seal_now()
        head = self._record.outbox.head.n
        args = inspection.command.args
        found: dict[str, str | int | bool | None] = {"first": inspection.before + 1, "last": head}
        picture = b""
        for point in list(args.still or ())[:16]:
            still = inspection.stills.get(point, Still(reason="no-point"))
            found[point] = still.digest or still.reason
            if args.picture and still.digest:
                picture = still.picture
                found |= {"picture-bytes": still.size, "picture-sent": bool(picture), "authority": args.authority}
        reason = f"{inspection.left}-sources-silent" if inspection.left else ""
        self._finish(
            inspection.command, inspection.digest, "failed" if reason else "done", found, hands, reason, picture
        )

    # ---------------------------------------------------------------- answers

    def _finish(
        self, command: "Command", digest: str, outcome: "Outcome", found: Found, hands: Hands, reason: str = "",
        picture: bytes = b"",
    ) -> None:  # fmt: skip
        said = {"number": command.number, "name": command.name, "outcome": outcome} | (
            {"reason": reason} if reason else {}
        )
        self._record.say([("command-done", {**said, **found})])
        reply = _reply(self._device, command.number, command.name, outcome, reason, found)
        self._book.keep(orders.ended(self._book.orders, digest, reply))
        self._metrics.count("commands", reason=command.name)
        self._send(reply, picture, hands)

    def _refuse(self, number: int | None, name: str, reason: str, hands: Hands, known: str | None = None) -> None:
        """`known`: what was answered to the same bytes before; it is the better reply."""
        self._metrics.count("commands_refused", reason=reason)
        log.error("device=%s command refused: %s (%s)", self._device, reason, HINTS.get(reason, FOREIGN))  # fmt: skip
        self._telling, tell = orders.may_tell(self._telling, self._clock.up_ms())
        if tell:
            self._record.say([("command-refused", {"number": number, "name": name, "reason": reason})])
            self._send(known or _reply(self._device, number, name, "refused", reason, {}), b"", hands)

    def _send(self, reply: str, picture: bytes, hands: Hands) -> None:
        from larder_core.command import Reply, write_reply

        said = Reply.model_validate_json(reply)
        if picture:
            said = said.model_copy(update={"picture": to_text(picture)})
        hands.say_reply(write_reply(said, self._signer))


def _reply(device: str, number: int | None, name: str, outcome: str, reason: str, found: Found) -> str:
    return json.dumps({"reply": 1, "device": device, "number": number, "name": name, "outcome": outcome, "reason": reason,
                       "found": dict(found), "picture": None})  # fmt: skip
