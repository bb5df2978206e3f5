"""A county in which things go wrong, minute by minute: readings become ledger rows, rows and ticks go to the real alarm projection.

county = County(tmp_path)
county.at(0).reads("fridge", 13.0)
county.until(16)
assert county.texts() == [...]
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from larder_core.columns import Reading, Series, write_columns
from larder_core.content import Batch, Content, Covers, Loss
from larder_core.digest import GENESIS, line_hash
from larder_core.entry import write_entry
from larder_hub.alarms.book import SqliteAlarmBook
from larder_hub.alarms.projection import AlarmProjection
from larder_hub.alarms.schema import open_alarms
from larder_hub.ledger.rows import LedgerRow
from larder_hub.metrics import Metrics
from larder_hub.notices.texts import Letterhead
from larder_hub.register.directory import Device, Directory, Duty, Person, Place, Point, Site

START_MS = 1_795_305_600_000  # 2026-11-22 08:00 in Beijing
GANGCHA = "632224"
CAMERA, FRIDGE, SECOND, HUMIDITY = "camera", "fridge", "second", "a-humidity"

TABLES = {
    "alarm": "SELECT * FROM alarm ORDER BY ticket",
    "transition": "SELECT * FROM transition ORDER BY id",
    "notice": "SELECT reference, alarm, kind, severity, person, phone, language, place, text, created_ms FROM notice ORDER BY id",
}


def register(sites: int = 1, *, period_s: float = 60.0, in_service: bool = True) -> Directory:
    """`sites` canteens of one device each (box1, ...), each with two fridges and a camera, a cook, and one officer for the county."""
    names = ["刚察民中食堂", "沙柳河小学食堂", "泉吉乡中学食堂", "哈尔盖小学食堂", "吉尔孟小学食堂"]
    every = range(1, sites + 1)
    places = [(FRIDGE, "冷藏柜2", "Fridge 2"), (SECOND, "冷藏柜3", "Fridge 3"), (CAMERA, "烹饪间", "Kitchen")]
    points = [(id, "temperature", "Cel", "fridge.food") for id in (FRIDGE, SECOND)] + [(CAMERA, "camera", "/", "")]
    return Directory(
        sites={f"site{n}": Site(f"site{n}", GANGCHA, "canteen", names[n - 1], f"Canteen {n}") for n in every},
        places={(f"site{n}", id): Place(f"site{n}", id, zh, en) for n in every for id, zh, en in places},
        devices={f"box{n}": Device(f"box{n}", GANGCHA, f"site{n}", "", in_service) for n in every},
        points={
            (f"box{n}", id): Point(f"box{n}", id, id, quantity, unit, period_s, profile)  # type: ignore[arg-type]
            for n in every
            for id, quantity, unit, profile in points
        },
        people={
            **{f"cook{n}": Person(f"cook{n}", "张某", f"1380013800{n}", "zh") for n in every},
            "officer": Person("officer", "李某", "13900139000", "zh"),
        },
        duties=(*(Duty(f"cook{n}", "site", f"site{n}") for n in every), Duty("officer", "county", GANGCHA)),
    )


@dataclass
class Box:
    """A device: what its points read now. What it could not send lies in `kept`, as minutes. Its clock is in a state and wrong by
    `wrong_ms`; `up` counts the ms since its boot in either case."""

    id: str
    values: dict[str, Any] = field(default_factory=lambda: {FRIDGE: 5.0, SECOND: 4.0, CAMERA: 1.0})
    up: bool = True
    online: bool = True
    n: int = 0
    kept: list[tuple[int, bytes]] = field(default_factory=list)
    clock: str = "synced"
    wrong_ms: int = 0


class County:
    """`kill_often`: after every row and tick the projection is thrown away without being closed and opened anew from the file."""

    def __init__(
        self, folder: Path, directory: Directory | None = None, *, time_scale: float = 1.0, kill_often: bool = False
    ) -> None:
        self.file = folder / "alarms.db"
        self.directory = directory or register()
        self.metrics = Metrics()
        self.minute = -1
        self.position = 0
        self._time_scale, self._kill_often = time_scale, kill_often
        self._dead: list[AlarmProjection] = []
        self.hearing = True
        self.projection = self._opened()
        self.book = SqliteAlarmBook(self.file)
        self.boxes = {id: Box(id) for id in self.directory.devices}

    def _opened(self) -> AlarmProjection:
        projection = AlarmProjection(
            self.file,
            lambda: self.directory,
            self._time_scale,
            Letterhead(),
            self.metrics,
            hearing=lambda: self.hearing,
        )
        projection.open()
        return projection

    def killed(self) -> None:
        """The process dies and the next one opens the file: nothing is closed, nothing is said."""
        self._dead.append(self.projection)
        self.projection = self._opened()

    def close(self) -> None:
        for projection in [*self._dead, self.projection]:
            projection.close()
        self.book.close()

    def now_ms(self) -> int:
        return START_MS + round(self.minute * 60_000 / self._time_scale)

    def up_ms(self) -> int:
        """Every device was started ten minutes before the first minute."""
        return self.now_ms() - START_MS + 600_000

    # ---------------------------------------------------------------- what happens

    def reads(self, point: str, value: float | None, quality: str = "", box: str = "box1") -> "County":
        self.boxes[box].values[point] = (value, quality) if quality else value
        return self

    def until(self, minute: int) -> "County":
        """Every minute, and for each device one batch; then a tick."""
        while self.minute < minute:
            self.minute += 1
            for box in self.boxes.values():
                if box.up:
                    self._minute_of(box)
            self.tick()
        return self

    def _minute_of(self, box: Box) -> None:
        box.n += 1
        line = write_entry(
            stream_of(box.id), box.n, GENESIS, batch(box, self.now_ms() + box.wrong_ms, box.clock, self.up_ms())
        )
        if box.online:
            self.arrives(box, box.n, line)
        else:
            box.kept.append((box.n, line))

    def arrives(self, box: Box, n: int, line: bytes) -> None:
        self.position += 1
        row = LedgerRow(self.position, box.id, stream_of(box.id), n, line_hash(line), self.now_ms() + 1_000, line)
        self.projection.apply([row])
        self._step()

    def says(self, box: Box, content: Content) -> None:
        box.n += 1
        self.arrives(box, box.n, write_entry(stream_of(box.id), box.n, GENESIS, content))

    def backlog(self, box: str = "box1", *, newest_first: bool = False) -> None:
        """What was kept while offline arrives: in order, or the newer half first as agents do."""
        one = self.boxes[box]
        half = len(one.kept) // 2 if newest_first else 0
        for n, line in [*one.kept[half:], *one.kept[:half]]:
            self.arrives(one, n, line)
        one.kept.clear()

    def tick(self) -> None:
        self.projection.tick(self.now_ms() + 2_000)
        self._step()

    def _step(self) -> None:
        if self._kill_often:
            self.killed()

    # ---------------------------------------------------------------- what is seen

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        connection = open_alarms(self.file)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def alarms(self, kind: str) -> list[dict[str, Any]]:
        columns = [row[1] for row in self.rows("PRAGMA table_info(alarm)")]
        return [
            dict(zip(columns, row, strict=True))
            for row in self.rows(TABLES["alarm"])
            if row[columns.index("kind")] == kind
        ]

    def told(self, person: str | None = None) -> list[tuple[int, str, str]]:
        """(minute, kind, text) of the notices, to one person or all."""
        rows = self.rows("SELECT created_ms, kind, text, person FROM notice ORDER BY id")
        minutes = 60_000 / self._time_scale
        return [(int((at - START_MS) / minutes), kind, text) for at, kind, text, to in rows if person in (None, to)]

    def contents(self) -> dict[str, list[tuple[Any, ...]]]:
        return {table: self.rows(query) for table, query in TABLES.items()}


def stream_of(box: str) -> str:
    return box.removeprefix("box").zfill(32)


def batch(box: Box, at_ms: int, clock: str = "synced", up_ms: int = 1) -> Batch:
    units = {CAMERA: ("/", 0), HUMIDITY: ("%RH", -1), "battery": ("%EL", -1)}
    series = []
    for point, told in box.values.items():
        value, quality = told if isinstance(told, tuple) else (told, "")
        unit, scale = units.get(point, ("Cel", -1))
        whole = None if value is None else round(value * 10**-scale)
        series.append(Series(point, unit, scale, (Reading(at_ms, whole, quality),)))
    columns = write_columns(series, at_ms)
    return Batch(
        kind="batch", device=box.id, boot="0a1b2c3d", at=at_ms, up=up_ms, clock=(clock, 5), total=0,
        times=columns.times, cols=columns.cols, flaws=columns.flaws,
    )  # type: ignore[arg-type] # fmt: skip


def loss(box: Box, ranges: Iterable[tuple[int, int]], at_ms: int) -> Loss:
    covers = [
        Covers(stream=stream_of(box.id), first=first, last=last, end=GENESIS, count=1, reason="disk-bound", points=[])
        for first, last in ranges
    ]
    return Loss(
        kind="loss", device=box.id, boot="0a1b2c3d", at=at_ms, up=1, clock=("synced", 5), total=0, covers=covers
    )
