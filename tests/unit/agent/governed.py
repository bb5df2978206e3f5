"""A device without network: its disk, its sources, and a hub that signs what it likes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from larder_agent.bell import Bell
from larder_agent.clock import HandClock
from larder_agent.commanded import Commanded
from larder_agent.configured import Configured, Reading
from larder_agent.drivers.port import PointSpec, Sample
from larder_agent.metrics import Metrics
from larder_agent.orders_book import OrdersBook
from larder_agent.outbox import Outbox
from larder_agent.record import Record
from larder_agent.sealing import Waiting, add
from larder_agent.staging import Group
from larder_agent.tempo import Tempo
from larder_core.command import Args, Command, CommandName, Reply, read_reply, write_command
from larder_core.content import Event
from larder_core.desired import Calibration, Desired, DesiredPoint, DesiredProfile, write_config
from larder_core.entry import read_entry
from larder_core.signing import Key, PublicKey

HUB, STRANGER, DEVICE_KEY = Key(b"h" * 32), Key(b"s" * 32), Key(b"d" * 32)
BOX = "box-1"
POINTS = {"t": PointSpec("t", "Cel", -1), "h": PointSpec("h", "%RH", -1), "cam": PointSpec("cam", "/", 0)}
FRIDGE = DesiredProfile(
    key="fridge", version=1, title=("冷藏柜", "Fridge"), unit="Cel",
    rules=[("warning", "high", 8.0, False, 60_000, None), ("alarm", "high", 8.0, False, 120_000, None)],
    clear=(7.5, None, 60_000), source="a test",
)  # fmt: skip


def wanted(version: int = 1, *, key: Key = HUB, device: str = BOX, **changes: Any) -> bytes:
    """A configuration: `t` is a fridge, read every minute."""
    points = changes.pop("points", [point("t", period=60_000, profile="fridge")])
    fields: dict[str, Any] = {"profiles": [FRIDGE], "points": points, "fast": (10_000, 20_000)} | changes
    return write_config(Desired(config=1, device=device, version=version, issued=0, **fields), key)


def point(
    id_: str, period: int | None = None, profile: str = "", calibration: Calibration | None = None
) -> DesiredPoint:
    return DesiredPoint(id=id_, name=("", ""), period=period, profile=profile, calibration=calibration)


class Governed:
    """The parts of a device that a hub may move, over a real outbox; as `Hands` it notes what it was asked to do."""

    def __init__(self, folder: Path, clock: HandClock | None = None, *, ringing: Bell | None = None) -> None:
        self.folder, self.clock = folder, clock or HandClock()
        self.metrics = Metrics(folder)
        self.outbox = Outbox(folder, BOX, 1 << 20, 0, lambda: "ab" * 16)
        self.record = Record(folder, BOX, self.outbox, POINTS, self.clock)
        self.record.open(self.metrics)
        self.sources = [Reading(("t", "h"), Tempo(300_000), 300_000), Reading(("cam",), Tempo(30_000), 30_000)]
        self.bell = ringing or Bell(None, "none", "alarm", self.metrics)
        hub = PublicKey(HUB.public)
        self.book = OrdersBook(folder)
        self.configured = Configured(BOX, hub, self.record, POINTS, self.sources, self.book, self.bell, self.metrics)
        self.commanded = Commanded(BOX, hub, DEVICE_KEY, self.record, self.sources, self.configured, self.book, self.bell,
                                   self.clock, self.metrics)  # fmt: skip
        self.book.open()
        self.configured.open()
        self.commanded.open()
        self.replies: list[Reply] = []
        self.asked: list[str] = []
        self.waiting = Waiting()

    def close(self) -> None:
        self.record.close()

    def events(self, *words: str) -> list[tuple[str, Mapping[str, Any]]]:
        """Every event of the record, or those of these words, in order."""
        held = self.outbox.held
        lines = self.outbox.lines(held.start, held.stop - 1) if held else []
        contents = [read_entry(line)[1] for line in lines]
        return [
            (one.event, dict(one.detail))
            for one in contents
            if isinstance(one, Event) and (not words or one.event in words)
        ]

    def read(self, id_: str, value: int | None, quality: str = "") -> bool:
        """One reading, taken as the device's thread does."""
        from larder_agent.clock import moment

        group = Group(moment(self.clock), (Sample(id_, value, quality),))
        self.record.staging.add(group)
        self.waiting = add(self.waiting, group, POINTS)
        urgent = self.configured.take(group)
        if urgent:
            self.seal_now()
            self.configured.say_alarms()
        return urgent

    def command(
        self, number: int, name: CommandName = "self-test", *, key: Key = HUB, device: str = BOX, issued: int | None = None,
        life: int = 600_000, boot: str | None = None, up: int | None = None, **args: Any,
    ) -> bytes:  # fmt: skip
        at = self.clock.wall if issued is None else issued
        return write_command(
            Command(command=1, device=device, number=number, issued=at, expires=at + life, boot=boot, up=up, name=name,
                    args=Args(**args)), key)  # fmt: skip

    def hear(self, payload: bytes, *, retained: bool = False) -> Reply:
        """The reply to a command."""
        before = len(self.replies)
        self.commanded.receive(payload, self, retained=retained)
        assert len(self.replies) == before + 1, "one reply to each command"
        return self.replies[-1]

    # ---------------------------------------------------------------- as Hands

    def seal_now(self) -> tuple[int, int]:
        before = self.outbox.head.n
        if self.waiting.groups:
            self.record.seal(self.waiting)
            self.waiting = Waiting(last=self.waiting.last)
        return before + 1, self.outbox.head.n

    def send_again(self, first: int, last: int) -> int:
        self.asked.append(f"again {first}..{last}")
        return len(range(max(first, self.outbox.held.start), min(last + 1, self.outbox.held.stop)))

    def ask_config(self) -> None:
        self.asked.append("config")

    def restart(self) -> None:
        self.asked.append("restart")

    def say_reply(self, payload: bytes) -> None:
        self.replies.append(read_reply(payload, PublicKey(DEVICE_KEY.public), BOX))

    def test_self(self) -> dict[str, str | int | bool | None]:
        self.asked.append("self-test")
        return {"sound": True}
