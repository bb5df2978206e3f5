"""Quarantine and fork: what is wrong with the record itself becomes one alarm a device, until somebody signs it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from larder_core.limits.words import Severity
from larder_hub.alarms.episodes import Episodes, Subject
from larder_hub.alarms.journal import Cause, Journal
from larder_hub.alarms.judge import Happened
from larder_hub.ledger.rows import Incident, IncidentReader
from larder_hub.register.directory import Device, Directory

ReportKind = Literal["quarantine", "fork"]

SEVERITY: dict[ReportKind, Severity] = {"quarantine": Severity.WARNING, "fork": Severity.CRITICAL}
"""A refused line is kept and counted; two histories of one device put its whole record in question."""

MOST_AT_ONCE = 200


@dataclass
class Incidents:
    journal: Journal
    episodes: Episodes
    directory: Directory

    def report(self, kind: ReportKind, device: str, detail: str, now_ms: int) -> None:
        """Raise the alarm, or count one more where it stands unsigned. A device that the register does not know has an alarm too."""
        known = self.directory.devices.get(device, Device(device, "", "", "", in_service=True))
        subject = Subject(known, "")
        before = self.episodes.open(subject, kind, "")
        if before is not None:
            self.journal.keep(
                replace(before, count=before.count + 1, last_ms=max(before.last_ms, now_ms), reason=detail)
            )
            return
        happened = Happened(kind, "", "raised", SEVERITY[kind], now_ms, now_ms, None, None, None, detail)
        self.episodes.take(subject, happened, Cause(now_ms))

    def take_up(self, reader: IncidentReader) -> None:
        """Report what has come since the last time, and keep how far this went."""
        sources: dict[ReportKind, Callable[[int, int], Sequence[Incident]]] = {
            "quarantine": reader.quarantined_after,
            "fork": reader.forks_after,
        }
        for kind, after in sources.items():
            place = self.journal.incident_place(kind)
            for incident in after(place, MOST_AT_ONCE):
                self.report(kind, incident.device, incident.detail, incident.received_ms)
                place = incident.place
                self.journal.keep_incident_place(kind, place)
