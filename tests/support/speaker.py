"""A device as the hub sees it: seals entries, signs messages and statements. No disk, no rules: a test says what it does."""

from dataclasses import dataclass, field

from larder_core.columns import Reading, Series, write_columns
from larder_core.content import Adoption, Batch, Content, Covers, Event, Loss
from larder_core.digest import GENESIS, line_hash
from larder_core.entry import write_entry
from larder_core.message import write_message
from larder_core.names import Address
from larder_core.signing import Key, from_text
from larder_core.statement import Backlog, Birth, Disk, Status, write_statement

START_MS = 1_790_000_000_000
MINUTE_MS = 60_000


@dataclass
class Speaker:
    """Entry `n` is `lines[n - 1]`. Readings are one a minute, counted from `START_MS` in the order of sealing."""

    address: Address
    seed: int = 1
    stream: str = "0123456789abcdef0123456789abcdef"
    lines: list[bytes] = field(default_factory=list)
    total: int = 0
    clock_ms: int = START_MS

    def __post_init__(self) -> None:
        self.key = Key(self.seed.to_bytes(32, "big"))

    def use(self, seed: str) -> None:
        """Speak with a device's own key, given as in its key file: base64url of the seed."""
        self.key = Key(from_text(seed))

    @property
    def n(self) -> int:
        return len(self.lines)

    def hash(self, n: int) -> str:
        return line_hash(self.lines[n - 1]) if n else GENESIS

    def spoken(self) -> dict[str, object]:
        return {
            "device": self.address.device, "boot": "0a1b2c3d", "at": self.clock_ms,
            "up": self.clock_ms - START_MS, "clock": ("synced", 5), "total": self.total,
        }  # fmt: skip

    def seal(self, content: Content) -> bytes:
        line = write_entry(self.stream, self.n + 1, self.hash(self.n), content)
        self.lines.append(line)
        return line

    def batch(self, *values: int | None, point: str = "fridge-2-t", unit: str = "Cel", quality: str = "",
              step_ms: int = MINUTE_MS) -> bytes:  # fmt: skip
        """One value each `step_ms`; `quality` is for all of them, and a None needs one."""
        readings = []
        for value in values:
            self.clock_ms += step_ms
            readings.append(Reading(self.clock_ms, value, quality))
        self.total += len(readings)
        columns = write_columns([Series(point, unit, -1, tuple(readings))], self.clock_ms)
        return self.seal(
            Batch(kind="batch", times=columns.times, cols=columns.cols, flaws=columns.flaws, **self.spoken())
        )

    def event(self, word: str = "boot", detail: dict[str, str | int | bool | None] | None = None) -> bytes:
        return self.seal(Event(kind="event", event=word, detail=detail or {}, **self.spoken()))

    def loss(self, first: int, last: int, count: int, *, stream: str | None = None, end: str | None = None,
             reason: str = "outbox-full") -> bytes:  # fmt: skip
        covers = Covers(stream=stream or self.stream, first=first, last=last, end=end or self.hash(last), count=count,
                        reason=reason, points=[])  # fmt: skip
        return self.seal(Loss(kind="loss", covers=[covers], **self.spoken()))

    def adopt(self, *bodies: bytes) -> bytes:
        return self.seal(Adoption(kind="adoption", adopted=[body.decode() for body in bodies], **self.spoken()))

    def message(self, first: int, last: int | None = None) -> bytes:
        last = last or first
        return write_message(self.stream, first, self.hash(first - 1), self.lines[first - 1 : last], self.key)

    def announced(self, first: int, n: int) -> dict[str, object]:
        spoken = self.spoken()
        spoken.pop("total")
        return {"stream": self.stream, "first": first, "n": n, "hash": self.hash(n)} | spoken

    def status(self, first: int = 1, n: int | None = None, *, online: bool = True, config: int = 0) -> bytes:
        statement = Status(status=1, online=online, backlog=Backlog(entries=0, readings=0, oldest_at=None),
                           disk=Disk(used=0, bound=1, free=1), produced=self.total, config=config,
                           **self.announced(first, self.n if n is None else n))  # fmt: skip
        return write_statement(statement, self.key)

    def birth(self, first: int = 1) -> bytes:
        statement = Birth(birth=1, agent="test", drivers={}, config=0, points=[], **self.announced(first, self.n))
        return write_statement(statement, self.key)
