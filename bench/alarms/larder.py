"""The readings through Larder's own pipeline in virtual time: projection, register, alarms.db, sender. No broker, no process.

One entry a device and minute; three minutes in one where something has been beyond its limit for longer than the delays of its first
messages; nine where nothing is near a limit and nothing changes, which is as long as silence may last (the register says that points
are read each three minutes; they are read each minute). The clock ticks each minute in which
anything arrives, and each third. A line that was cut delivers what was kept when it is back, an hour of readings in an entry. A person
signs after twenty minutes four times in five, so that what nobody signs goes its way too.
"""

import hashlib
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from pathlib import Path

from bench.alarms.hours import openings, rests, serving
from bench.alarms.record import PERIOD_S, WORDS, Record, Track
from bench.alarms.telling import Message, Subject
from larder_core.columns import Reading, Series, write_columns
from larder_core.content import Batch
from larder_core.digest import GENESIS, line_hash
from larder_core.entry import write_entry
from larder_core.limits.profiles import PROFILES, SILENCE
from larder_hub.alarms.alarm import Alarm
from larder_hub.alarms.book import SqliteAlarmBook
from larder_hub.alarms.journal import Journal
from larder_hub.alarms.projection import AlarmProjection
from larder_hub.alarms.schema import open_alarms
from larder_hub.alarms.trial.run import MEMORY
from larder_hub.alarms.trial.telephone import Telephone
from larder_hub.config import SmsConfig
from larder_hub.ledger.rows import LedgerRow
from larder_hub.metrics import Metrics
from larder_hub.notices.sender import NoticeSender
from larder_hub.notices.texts import Letterhead
from larder_hub.register.directory import Device, Directory, Duty, Person, Place, Point, Site
from larder_hub.web.figures import BEIJING

MINUTE_MS = PERIOD_S * 1000
CALM, GOES_ON, BACKLOG = 9, 3, 60
"""Minutes of readings in an entry. What goes on may make a message late by two minutes: Larder bears it."""
SAID_PERIOD_S = CALM * PERIOD_S / SILENCE.stale_intervals
TICK_EVERY = 3
STEADY = 45
"""Minutes after which what is still so is news no more: beyond all delays of a sensor, of mains and of silence."""
DELIVERY_MS, TICK_AFTER_MS = 1_000, 2_000
MAINS_EVERY_S = 10
FAST = 15
"""Tenths of a degree in a minute."""
FRESH, OVER = 75, 15
"""Minutes from the beginning of an excursion in which its first messages come, and after its end in which that is told."""
_NOW, _GOES_ON, _CALM = 0, 1, 2
_MOST = {_NOW: 1, _GOES_ON: GOES_ON, _CALM: CALM}
SIGNS_AFTER = 20
SIGNS_OF_TEN = 8
MAINS = "mains"
MAINS_PROFILE = next((key for key in PROFILES if key.startswith("power") and "mains" in key), "")


def directory_of(record: Record) -> Directory:
    """Who and what there is: a duty for each site, one for each county, one for the prefecture."""
    sites, places, devices, points, people, duties = {}, {}, {}, {}, {}, []
    for site in record.world.sites:
        sites[site.id] = Site(site.id, site.county, site.kind, site.name_zh, site.name_en)
        for device in site.devices:
            devices[device] = Device(device, site.county, site.id, "A" * 43, True)
            points[device, MAINS] = Point(device, MAINS, MAINS, "power", "/", SAID_PERIOD_S, MAINS_PROFILE)
        places[site.id, MAINS] = Place(site.id, MAINS, "市电", "Mains")
        for place in site.places:
            profile = place.profile if place.profile in PROFILES else ""
            places[site.id, place.id] = Place(site.id, place.id, place.name_zh, place.name_en)
            points[place.device, place.id] = Point(
                place.device, place.id, place.id, "temperature", "Cel", SAID_PERIOD_S, profile
            )
        people[site.person.id] = Person(site.person.id, site.person.name_zh, site.person.phone, "zh")
        duties.append(Duty(site.person.id, "site", site.id))
    for place_number, county in enumerate(record.world.counties):
        people[county.code] = Person(county.code, "县局值班", f"+86139000090{place_number:02d}", "zh")
        duties.append(Duty(county.code, "county", county.code))
    people["prefecture"] = Person("prefecture", "州局值班", "+8613900009100", "zh")
    duties.append(Duty("prefecture", "prefecture", ""))
    opens = tuple(one for site in record.world.sites for one in openings(site))
    days = tuple(one for site in record.world.sites for one in rests(record, site))
    return Directory(sites, places, devices, points, people, tuple(duties), opens=opens, days=days)


def judged_by_larder(record: Record) -> list[Message]:
    """All messages of Larder on a record, in order of time."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None, prefix="larder-bench-") as name:
        house = _House(Path(name) / "alarms.db", record)
        try:
            return house.run()
        finally:
            house.close()


class _Box:
    """One device: its tracks, and up to which minute it has delivered."""

    def __init__(self, device: str, site: str, tracks: Sequence[Track], record: Record, start_ms: int) -> None:
        self.device, self._tracks, self._start_ms = device, tracks, start_ms
        self._mains, self._linked = record.mains[site], record.linked[site]
        self._calm = _calm(tracks, record, self._mains)
        self._stream = hashlib.sha256(device.encode()).hexdigest()[:32]
        self._done, self._n = 0, 0

    def due(self, minute: int, last: int) -> Iterator[tuple[str, int, str, bytes]]:
        """The entries that arrive after this minute's reading: (stream, n, hash, line)."""
        if not self._linked[minute]:
            return
        waiting = minute + 1 - self._done
        most = _MOST[min(self._calm[self._done : minute + 1])]
        if waiting < most and minute < last and self._linked[minute + 1]:
            return
        while self._done <= minute:
            end = min(minute + 1, self._done + BACKLOG)
            yield self._entry(self._done, end)
            self._done = end

    def mains_moved(self, minute: int) -> bool:
        """Whether mains came or went at this minute and the site can say so."""
        moved = minute > 0 and self._mains[minute] != self._mains[minute - 1]
        return moved and bool(self._linked[minute])

    def of_mains(self, minute: int, seconds: int) -> tuple[str, int, str, bytes]:
        """Mains alone, so many seconds after this minute: a box reads them more often than a thermometer."""
        at_ms = self._start_ms + minute * MINUTE_MS + seconds * 1000
        return self._sealed([Series(MAINS, "/", 0, (Reading(at_ms, self._mains[minute], ""),))], at_ms)

    def _entry(self, begin: int, end: int) -> tuple[str, int, str, bytes]:
        at_ms = self._start_ms + (end - 1) * MINUTE_MS
        series = [Series(track.place.id, "Cel", -1, tuple(self._readings(track, begin, end))) for track in self._tracks]
        mains = tuple(Reading(self._start_ms + one * MINUTE_MS, self._mains[one], "") for one in range(begin, end))
        return self._sealed([*series, Series(MAINS, "/", 0, mains)], at_ms)

    def _sealed(self, series: Sequence[Series], at_ms: int) -> tuple[str, int, str, bytes]:
        columns = write_columns(series, at_ms)
        up_ms = at_ms - self._start_ms + MINUTE_MS
        content = Batch(
            kind="batch", device=self.device, boot="0a1b2c3d", at=at_ms, up=up_ms, clock=("synced", 5), total=0,
            times=columns.times, cols=columns.cols, flaws=columns.flaws,
        )  # fmt: skip
        self._n += 1
        line = write_entry(self._stream, self._n, GENESIS, content)
        return self._stream, self._n, line_hash(line), line

    def _readings(self, track: Track, begin: int, end: int) -> Iterator[Reading]:
        for minute in range(begin, end):
            word = WORDS[track.flaws[minute]]
            value = None if word and word != "jump" else track.values[minute]
            yield Reading(self._start_ms + minute * MINUTE_MS, value, word)


def _calm(tracks: Sequence[Track], record: Record, mains: bytearray) -> bytearray:
    """For each minute how long it may wait for the next ones: not where a point has just gone beyond its limits, moves fast, or has
    changed its quality."""
    flags = bytearray([_CALM]) * len(mains)
    _unsteady(flags, mains)
    for track in tracks:
        _unsteady(flags, track.flaws)
        profile = PROFILES.get(track.place.profile)
        high = 32_767.0 if profile is None or profile.clear.high is None else profile.clear.high * 10
        low = -32_768.0 if profile is None or profile.clear.low is None else profile.clear.low * 10
        before = track.values[0] if track.values else 0
        beyond, inside = 0, OVER + 1
        judged = b"" if profile is None or profile.service is None else serving(record, track.site)
        for minute, value in enumerate(track.values):
            if track.flaws[minute]:
                before = value
                continue
            if low <= value <= high or (judged and not judged[minute]):
                inside += 1
                beyond = beyond if inside <= OVER else 0
            else:
                inside = 0
                beyond += 1
            if abs(value - before) > FAST or 0 < beyond <= FRESH or 0 < inside <= OVER:
                flags[minute] = _NOW
            elif not inside:
                flags[minute] = min(flags[minute], _GOES_ON)
            before = value
    return flags


def _unsteady(flags: bytearray, states: bytearray) -> None:
    """No minute after a change waits, until that is no news any more."""
    for minute in range(1, len(states)):
        if states[minute] != states[minute - 1]:
            for later in range(minute, min(len(states), minute + STEADY)):
                flags[later] = _NOW


class _House:
    """A hub's alarms and notices whose clock is turned by hand."""

    def __init__(self, file: Path, record: Record) -> None:
        self._record = record
        begun = datetime.combine(record.start, time.min, BEIJING).timestamp() + record.world.local_start_s
        self._start_ms = round(begun) * 1000
        self._directory = directory_of(record)
        self._rung = False
        metrics, config = Metrics(), SmsConfig()
        letterhead = Letterhead.of(config)
        self._projection = AlarmProjection(
            file, lambda: self._directory, 1.0, letterhead, metrics, told=self._ring, delivery_s=5.0
        )
        self._projection.open()
        self._telephone = Telephone()
        self._sender = NoticeSender(file, self._telephone, config, letterhead, metrics, lambda: self._telephone.now_ms)
        self._sender.open()
        self._book = SqliteAlarmBook(file)
        self._looking = open_alarms(file)
        self._boxes = [
            _Box(
                device,
                site.id,
                [one for one in record.tracks.values() if one.site is site and one.place.device == device],
                record,
                self._start_ms,
            )
            for site in record.world.sites
            for device in site.devices
        ]
        self._to_sign: deque[tuple[int, str, str]] = deque()
        self._noted = 0

    def _ring(self) -> None:
        self._rung = True

    def close(self) -> None:
        self._projection.close()
        self._sender.close()
        self._book.close()
        self._looking.close()

    def run(self) -> list[Message]:
        self._projection.tick(self._start_ms - MINUTE_MS)
        position, last = 0, self._record.minutes - 1
        for minute in range(self._record.minutes):
            at_ms = self._start_ms + minute * MINUTE_MS
            rows = []
            for box in self._boxes:
                for stream, n, hash_, line in box.due(minute, last):
                    position += 1
                    rows.append(LedgerRow(position, box.device, stream, n, hash_, at_ms + DELIVERY_MS, line))
            if rows:
                self._projection.apply(rows)
            if rows or minute % TICK_EVERY == 0:
                self._projection.tick(at_ms + TICK_AFTER_MS)
            self._send(at_ms + TICK_AFTER_MS, minute)
            position = self._between(minute, at_ms, position)
            self._sign(minute, at_ms + TICK_AFTER_MS)
        return sorted([*self._messages(), *self._told_beside()])

    def _between(self, minute: int, at_ms: int, position: int) -> int:
        """The readings of mains within a minute in which they came or went. The last position."""
        moved = [box for box in self._boxes if box.mains_moved(minute)]
        for seconds in range(MAINS_EVERY_S, PERIOD_S, MAINS_EVERY_S) if moved else ():
            now_ms = at_ms + seconds * 1000
            rows = []
            for box in moved:
                position += 1
                stream, n, hash_, line = box.of_mains(minute, seconds)
                rows.append(LedgerRow(position, box.device, stream, n, hash_, now_ms + DELIVERY_MS, line))
            self._projection.apply(rows)
            self._projection.tick(now_ms + TICK_AFTER_MS)
            self._send(now_ms + TICK_AFTER_MS, minute)
        return position

    def _send(self, now_ms: int, minute: int) -> None:
        if not self._rung and minute % 10:
            return
        self._rung = False
        self._telephone.now_ms = now_ms
        steps = 0
        while self._sender.step(now_ms):
            steps += 1
            if steps > 100_000:
                raise RuntimeError("the sender does not come to rest")
        for alarm, person, id in self._looking.execute(
            "SELECT alarm, person, id FROM notice WHERE id > ? ORDER BY id", (self._noted,)
        ).fetchall():
            self._noted = int(str(id))
            if int(hashlib.sha256(str(alarm).encode()).hexdigest(), 16) % 10 < SIGNS_OF_TEN:
                self._to_sign.append((minute + SIGNS_AFTER, str(alarm), str(person)))

    def _sign(self, minute: int, now_ms: int) -> None:
        while self._to_sign and self._to_sign[0][0] <= minute:
            _, alarm, person = self._to_sign.popleft()
            self._book.acknowledge(alarm, person, "", now_ms)

    # ---------------------------------------------------------------- what came of it

    def _messages(self) -> Iterator[Message]:
        alarms = {alarm.id: alarm for alarm in Journal(self._looking).alarms("1")}
        rows = self._looking.execute("SELECT reference, person, kind, alarm FROM notice").fetchall()
        notices = {str(reference): (str(person), str(kind), str(alarm)) for reference, person, kind, alarm in rows}
        for call in self._telephone.calls.values():
            person, kind, alarm = notices[call.name.rpartition("-")[0]]
            what = "end" if kind == "cleared" else "again" if kind in ("escalate", "repeat") else "raise"
            subjects = (self._subject(alarms[alarm]),) if alarm in alarms else ()
            yield Message((call.at_ms - self._start_ms) / 1000, what, (person,), subjects)

    def _told_beside(self) -> Iterator[Message]:
        """Alarms that people were told of in the message of another one: a storm, a late report, a cause."""
        for alarm in Journal(self._looking).alarms("told_ms IS NOT NULL OR reported_ms IS NOT NULL"):
            at_ms = alarm.reported_ms if alarm.told_ms is None else alarm.told_ms
            yield Message(((at_ms or 0) - self._start_ms) / 1000, "raise", (), (self._subject(alarm),))

    def _subject(self, alarm: Alarm) -> Subject:
        point = self._directory.points.get((alarm.device, alarm.point))
        place = None if point is None or point.place == MAINS else point.place
        end_ms = alarm.ended_ms or alarm.cleared_ms or self._start_ms + self._record.minutes * MINUTE_MS
        name = alarm.site if place is None else f"{alarm.site}/{place}"
        kind = {"early": "food", "camera": "sensor"}.get(alarm.kind, alarm.kind)
        return Subject(name, kind, (alarm.t0_ms - self._start_ms) // 1000, max(0, end_ms - self._start_ms) // 1000)
