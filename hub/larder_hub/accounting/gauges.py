"""The gap account as gauges, so that a board or an alert needs no API: refreshed every few seconds in a thread of its own.

The number of series is bounded by the register: devices that it does not know share one label, and so do reasons that we do not know.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from threading import Event

from prometheus_client import Gauge

from larder_hub.accounting.desk import AccountDesk
from larder_hub.accounting.report import DeviceAccount, Report
from larder_hub.accounting.standing import State
from larder_hub.metrics import Metrics

STRANGER = "(unregistered)"
OTHER = "other"
REASONS = frozenset({"outbox-full"})
"""The reasons that our own agent gives for a declared loss."""

Labels = tuple[str, ...]


class AccountGauges:
    """Owned by one thread, as its desk is."""

    def __init__(self, desk: AccountDesk, metrics: Metrics, every_s: float = 10.0) -> None:
        self._desk, self._metrics, self._every_s = desk, metrics, every_s
        self._shown: dict[Gauge, set[Labels]] = {}

    def run(self, stop: Event) -> None:
        """Until `stop`. Raises FileFailed."""
        while not stop.is_set():
            self.refresh()
            stop.wait(self._every_s)

    def refresh(self) -> None:
        report = self._desk.report()
        for gauge, values in self._values(report).items():
            for labels in self._shown.get(gauge, set()) - values.keys():
                gauge.remove(*labels)
            for labels, value in values.items():
                gauge.labels(*labels).set(value)
            self._shown[gauge] = set(values)

    def _values(self, report: Report) -> dict[Gauge, dict[Labels, float]]:
        metrics = self._metrics
        return {
            metrics.account_stored: _of(report.devices, lambda one: one.balance.stored),
            metrics.account_awaited: _of(report.devices, lambda one: one.balance.awaited),
            metrics.account_refused: _of(report.devices, lambda one: one.balance.refused),
            metrics.account_unexplained: _of(report.devices, lambda one: one.balance.unexplained),
            metrics.account_unproven: _of(report.devices, lambda one: one.balance.unproven),
            metrics.account_evidence: _of(report.devices, lambda one: one.balance.evidence),
            metrics.account_lost: _lost(report.devices),
            metrics.account_complete: {
                _where(one): one.completeness.share for one in report.devices if one.completeness.share is not None
            },
            metrics.account_devices: {
                (county.id, state): county.states.get(state, 0) for county in report.counties for state in State
            },
        }


def _where(one: DeviceAccount) -> Labels:
    known = one.standing.state is not State.UNREGISTERED
    return (one.county, one.site, one.device) if known else ("", "", STRANGER)


def _of(devices: Iterable[DeviceAccount], count: Callable[[DeviceAccount], int]) -> dict[Labels, float]:
    found: Counter[Labels] = Counter()
    for one in devices:
        found[_where(one)] += count(one)
    return dict(found)


def _lost(devices: Iterable[DeviceAccount]) -> dict[Labels, float]:
    found: Counter[Labels] = Counter()
    for one in devices:
        for loss in one.balance.losses:
            found[*_where(one), loss.reason if loss.reason in REASONS else OTHER] += loss.entries
    return dict(found)
