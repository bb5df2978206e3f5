"""Beats in alarms.db: one row for each pulse point, so that a pulse of years takes no room.

The projection writes a turn of the judged state in the transaction of the row that caused it; the sender's thread hands it over as it
does messages. A row that is judged again after a crash comes to the same.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import apsw

from larder_core.limits.pulse import PULSE
from larder_hub.alarms.judge import Happened
from larder_hub.alarms.schema import transaction
from larder_hub.notices.file_spool import write_durably
from larder_hub.register.directory import Directory

TURNS = ("raised", "cleared")


class Beat(NamedTuple):
    """`turn_ms`: the newest turn in device time; `judged_ms`: when its row had come, `handed_ms`: when it was handed over, both by the
    hub's clock, 0 for never."""

    device: str
    point: str
    turn_ms: int
    judged_ms: int
    handed_turn_ms: int
    handed_ms: int


def pulse_devices(directory: Directory) -> tuple[str, ...]:
    """Devices that have a pulse point, in the order of the register."""
    return tuple(dict.fromkeys(point.device for point in directory.points.values() if point.profile == PULSE.key))


def without_pulse(directory: Directory) -> Directory:
    """The register as boards and people see it: a pulse is no place, and nobody's site."""
    pulsing = set(pulse_devices(directory))
    if not pulsing:
        return directory
    places = {(directory.devices[point.device].site, point.place)
              for point in directory.points.values() if point.device not in pulsing}  # fmt: skip
    only = {directory.devices[device].site for device in pulsing}
    return Directory(
        sites=directory.sites,
        places={key: place for key, place in directory.places.items() if key[0] not in only or key in places},
        devices={id: device for id, device in directory.devices.items() if id not in pulsing},
        points={key: point for key, point in directory.points.items() if key[0] not in pulsing},
        people=directory.people,
        duties=directory.duties,
    )


def record(db: apsw.Connection, device: str, point: str, happened: Iterable[Happened], received_ms: int) -> None:
    """Keep the newest turn; inside the projection's transaction."""
    for one in happened:
        if one.kind == "food" and one.what in TURNS:
            db.execute(
                "INSERT INTO pulse(device, point, turn_ms, judged_ms) VALUES (?,?,?,?) ON CONFLICT(device, point) DO UPDATE "
                "SET turn_ms=excluded.turn_ms, judged_ms=excluded.judged_ms WHERE excluded.turn_ms > turn_ms",
                (device, point, one.at_ms, received_ms),
            )


def beats(db: apsw.Connection) -> list[Beat]:
    rows = db.execute(
        "SELECT device, point, turn_ms, judged_ms, handed_turn_ms, handed_ms FROM pulse ORDER BY device, point"
    )
    return [Beat(*row) for row in rows]


class PulseDriver:
    """The way on which a beat leaves: into a file, as messages leave into the spool. It has no telephone number to reach."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def hand_over(self, db: apsw.Connection, now_ms: int) -> None:
        """Every beat that has not left. Raises AlarmsFailed; where the file cannot be written the beat stays, and watchers miss it."""
        waiting = [beat for beat in beats(db) if beat.turn_ms > beat.handed_turn_ms]
        for beat in waiting:
            try:
                write_durably(
                    self._file, json.dumps({"device": beat.device, "turn_ms": beat.turn_ms, "at_ms": now_ms}) + "\n"
                )
            except OSError:
                continue
            with transaction(db):
                db.execute(
                    "UPDATE pulse SET handed_turn_ms=?, handed_ms=? WHERE device=? AND point=?",
                    (beat.turn_ms, now_ms, beat.device, beat.point),
                )
