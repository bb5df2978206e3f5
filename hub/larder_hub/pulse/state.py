"""What the hub says of its own pulse: how long ago it last moved at each stage."""

from collections.abc import Callable
from pathlib import Path
from threading import local
from typing import NamedTuple

import apsw

from larder_hub.alarms.schema import open_alarms
from larder_hub.ledger.schema import open_for_reading
from larder_hub.pulse.beats import beats, pulse_devices
from larder_hub.register.directory import Directory

_STORED = """
SELECT max(e.received_ms) FROM stream s JOIN entry e ON e.stream = s.id
 WHERE s.device = ? AND e.kind = 'batch' AND e.n > s.upto - 20 AND s.heard = (SELECT max(heard) FROM stream WHERE device = s.device)"""


class Stage(NamedTuple):
    """`moved_ms`: when the pulse last moved here, by the hub's clock; 0 for never."""

    stage: str
    moved_ms: int


class PulseState:
    """Asked by one thread at a time; each has its own connections. Opens nothing before it is asked."""

    def __init__(self, ledger: Path, alarms: Path, directory: Callable[[], Directory]) -> None:
        self._ledger, self._alarms, self._directory = ledger, alarms, directory
        self._mine = local()

    def stages(self) -> list[Stage]:
        """ledger, alarms, notices, of the pulse that is best; empty without a pulse device. Raises FileFailed."""
        devices = pulse_devices(self._directory())
        if not devices:
            return []
        ledger, alarms = self._connections()
        found = [beat for beat in beats(alarms) if beat.device in devices]
        stored = [row[0] for device in devices for row in ledger.execute(_STORED, (device,))]
        return [
            Stage("ledger", max((int(str(at)) for at in stored if at is not None), default=0)),
            Stage("alarms", max((beat.judged_ms for beat in found), default=0)),
            Stage("notices", max((beat.handed_ms for beat in found), default=0)),
        ]

    def _connections(self) -> tuple[apsw.Connection, apsw.Connection]:
        if not hasattr(self._mine, "both"):
            self._mine.both = open_for_reading(self._ledger), open_alarms(self._alarms)
        both: tuple[apsw.Connection, apsw.Connection] = self._mine.both
        return both
