"""The writing to InfluxDB put together for a hub, and for the commands that look at it."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from larder_core.limits.profiles import SILENCE
from larder_hub.accounting.desk import AccountDesk
from larder_hub.alarms.book import SqliteAlarmBook
from larder_hub.alarms.rules import Rules
from larder_hub.config import ConfigError, HubConfig, InfluxConfig
from larder_hub.influx.export import InfluxExport, Origins
from larder_hub.influx.journal import Journal
from larder_hub.influx.readings import SettledSeries
from larder_hub.influx.server import InfluxServer
from larder_hub.influx.snapshot import Snapshot
from larder_hub.influx.states import TransitionReader
from larder_hub.ledger.reading import SqliteLedgerReader
from larder_hub.metrics import Metrics
from larder_hub.projections.runner import Bell
from larder_hub.register.directory import Directory
from larder_hub.series.port import SeriesReader

JOURNAL = "influx.db"


@dataclass(frozen=True)
class Shared:
    """What a hub has already."""

    directory: Callable[[], Directory]
    series: SeriesReader
    desk: AccountDesk
    metrics: Metrics
    now_ms: Callable[[], int]
    bell: Bell


def server_of(influx: InfluxConfig, token: str, config_file: Path) -> InfluxServer:
    """Opened, not connected. Raises ConfigError where the library is not installed."""
    server = InfluxServer(influx, token)
    try:
        server.open()
    except ImportError as error:
        hint = "pip install 'larder[influx]'"
        raise ConfigError(config_file, "influx", f"influxdb-client is not installed: {error}", hint) from error
    return server


def export_of(
    config: HubConfig, influx: InfluxConfig, server: InfluxServer, shared: Shared, stack: ExitStack
) -> InfluxExport:
    """Its files opened, nothing started. Raises InfluxJournalFailed."""
    journal, data = Journal(config.data_dir / JOURNAL), config.data_dir
    journal.open()
    settled, transitions = SettledSeries(data / "series.db", shared.series), TransitionReader(data / "alarms.db")
    ledger = SqliteLedgerReader(data / "ledger.db")
    for part in (server, journal, settled, transitions, ledger):
        stack.callback(part.close)
    silence = SILENCE.model_copy(update={"delivery_s": config.delivery_s}).scaled(config.time_scale)
    snapshot = Snapshot(shared.directory, shared.series.last, SqliteAlarmBook(data / "alarms.db"), shared.desk,
                        Rules.of(config.time_scale, config.delivery_s), silence, shared.metrics.registry)  # fmt: skip
    origins = Origins(ledger, shared.series, settled, transitions, shared.directory, snapshot)
    return InfluxExport(influx, origins, journal, server, shared.metrics, shared.now_ms, shared.bell)
