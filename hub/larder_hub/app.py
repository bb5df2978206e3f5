"""The map of the program: `build` makes every part in one straight line, `serve` runs them until a signal or a failure."""

import gc
import logging
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Event

from larder_core.limits.profiles import SILENCE
from larder_hub.accounting.desk import AccountDesk, Sources
from larder_hub.accounting.gauges import AccountGauges
from larder_hub.ailments import ailments
from larder_hub.alarms.book import SqliteAlarmBook
from larder_hub.alarms.phones import SqlitePhones
from larder_hub.alarms.projection import AlarmProjection
from larder_hub.alarms.rules import Rules
from larder_hub.alarms.shelves import SqliteShelves
from larder_hub.backups.lock import HubLock
from larder_hub.backups.points import refuse_unfinished
from larder_hub.config import HubConfig
from larder_hub.directives.desk import DirectiveDesk
from larder_hub.directives.reading import read_orders, read_wishes
from larder_hub.directories import Directories
from larder_hub.failures import FileFailed
from larder_hub.influx.parts import Shared, export_of, server_of
from larder_hub.ingest.broker import BrokerLink
from larder_hub.ingest.intake import Intake
from larder_hub.ingest.loop import IngestLoop
from larder_hub.ingest.mailbox import Mailbox
from larder_hub.ingest.suspects import Suspects
from larder_hub.ingest.watchpost import Watchpost
from larder_hub.key import load_key
from larder_hub.ledger.account import AccountBook
from larder_hub.ledger.reading import SqliteLedgerReader
from larder_hub.ledger.registry import Registry
from larder_hub.ledger.store import Ledger
from larder_hub.ledger.wal import WalWatch
from larder_hub.ledger.witness import Witness
from larder_hub.metrics import Metrics
from larder_hub.notices.chat import chats_of
from larder_hub.notices.chat_desk import ChatDesk
from larder_hub.notices.drivers import drivers_of, prune_journals
from larder_hub.notices.inbox import GammuInbox
from larder_hub.notices.reply_desk import ReplyDesk
from larder_hub.notices.secret_file import read_secret
from larder_hub.notices.sender import NoticeSender
from larder_hub.notices.texts import Letterhead
from larder_hub.projections.runner import Bell, Runner
from larder_hub.pulse.beats import PulseDriver, without_pulse
from larder_hub.pulse.state import PulseState
from larder_hub.pulse.watchers import Watchers
from larder_hub.requests.reading import read_requests
from larder_hub.room import DiskWatch
from larder_hub.series.sqlite import SqliteSeries
from larder_hub.tasks import DISK_FAILED, Tasks
from larder_hub.web.app import build_web
from larder_hub.web.pulse import PulseDesk, missed
from larder_hub.web.server import WebServer
from larder_hub.web.services import Services

log = logging.getLogger("larder.hub")

ALARM_ROWS_AT_ONCE = 20
"""A moment's work, after which what is of now goes ahead of a backlog, and the sender may write: it does so thrice a message."""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def secret(file: Path | None, key: str, config_file: Path) -> str:
    """The first line of a secret's file, "" where none is configured. Raises ConfigError, also where everybody may read it."""
    return "" if file is None else read_secret(file, key, config_file)


class Hub:
    """What `build` made: the tasks to start and the web server's port."""

    def __init__(
        self,
        metrics: Metrics,
        port: int,
        work: Mapping[str, Callable[[Event], None]],
        link: BrokerLink,
        mailbox: Mailbox,
    ) -> None:
        self.port, self.work, self._metrics, self._link, self._mailbox = port, work, metrics, link, mailbox

    def run(self, tasks: Tasks) -> None:
        """Start everything, wait for `tasks.stop`, end in the order in which nothing taken is left undone."""
        tasks.count = lambda name: self._metrics.task_failures.labels(name).inc()
        for name, work in self.work.items():
            tasks.start(name, work)
        tasks.start("broker", self._link.run)
        tasks.stop.wait()
        self._mailbox.close()
        self._link.stop()
        tasks.join(timeout_s=15.0)


def build(config: HubConfig, config_file: Path, stack: ExitStack) -> Hub:
    """Every part, its files opened, nothing started. Raises ConfigError, FileFailed."""
    assert config.registry_dir is not None, "load_config gives every folder its place"
    stack.enter_context(HubLock(config.registry_dir))
    refuse_unfinished(config)
    signer = load_key(config.data_dir)
    metrics = Metrics()
    directories = Directories(config.data_dir / "hub.db", now_ms)
    ledger_file = config.data_dir / "ledger.db"
    registry_file = config.registry_dir / "registry.db"
    ledger = Ledger(ledger_file, Registry(registry_file))
    stack.callback(ledger.close)
    ledger.open(now_ms())

    mailbox = Mailbox(config.ingest.queue_mb << 20, lane_bytes=(config.ingest.queue_mb << 20) // 8)
    password = secret(config.broker.password_file, "broker.password_file", config_file)
    link = BrokerLink(config.broker, password or None, mailbox, metrics)
    bell = Bell()
    disk = DiskWatch((config.data_dir, config.registry_dir), config.ingest.reserve_mb, metrics)
    wal = WalWatch(ledger_file, config.ingest.wal_mb, metrics)
    post = Watchpost(signer, signer.public, ledger.registry.generation(), lambda: intake.rise(), link, metrics, now_ms)
    link.listen(post.topic, post.hear)
    directives = DirectiveDesk(ledger.registry.directives, directories.current, Rules.of(config.time_scale), signer, link,
                               config.data_dir / "pictures", metrics, now_ms)  # fmt: skip
    intake = Intake(ledger, directories.current, signer, config.ingest.credit, disk.look, post.alone, directives)
    suspects = Suspects(config.data_dir)
    suspects.open()
    stack.callback(suspects.close)
    ingest = IngestLoop(
        mailbox, intake, link, suspects, metrics, config.ingest.group_messages, now_ms, bell.ring,
        turns=(post.turn, disk.look, wal.look, directives.turn),
    )  # fmt: skip
    metrics.ingest_age.set_function(ingest.age_s)

    series = SqliteSeries(config.data_dir / "series.db", metrics)
    stack.callback(series.close)
    series.open()
    series_runner = Runner(series, SqliteLedgerReader(ledger_file), bell, metrics, now_ms)

    alarms_file = config.data_dir / "alarms.db"
    letterhead = Letterhead.of(config.sms)
    reader, told = SqliteLedgerReader(ledger_file), Bell()
    alarms = AlarmProjection(
        alarms_file,
        directories.current,
        config.time_scale,
        letterhead,
        metrics,
        reader,
        config.delivery_s,
        told.ring,
        link.connected.is_set,
    )
    stack.callback(alarms.close)
    alarms.open()
    driver, *backups = drivers_of(config.sms, config_file)
    sender = NoticeSender(alarms_file, driver, config.sms, letterhead, metrics, now_ms, config.time_scale, bell=told,
                          backups=backups, tidy=partial(prune_journals, config.sms),
                          pulse=PulseDriver(config.pulse.file).hand_over)  # fmt: skip
    chats = chats_of(config.notify, config_file)
    talk = ChatDesk(alarms_file, chats, directories.current, config.sms, metrics, now_ms, told)
    replies = (
        ReplyDesk(
            alarms_file,
            GammuInbox(config.sms.gammu_config),
            directories.current,
            letterhead,
            metrics,
            now_ms,
            told.ring,
        )
        if config.sms.gammu_config is not None and "gammu-smsd" in config.sms.drivers
        else None
    )
    alarms_runner = Runner(alarms, reader, bell, metrics, now_ms, rows_at_once=ALARM_ROWS_AT_ONCE, hurry=alarms.hurry,
                           meanwhile=alarms.meanwhile)  # fmt: skip

    for name, runner in (("series", series_runner), ("alarms", alarms_runner)):
        metrics.lag.labels(name).set_function(partial(lag, ledger, runner))

    watchers = Watchers(config.pulse.watchers, config.pulse.silent_min * 60_000 / config.time_scale, now_ms())

    token = secret(config.web.operator_token_file, "web.operator_token_file", config_file)
    silence = SILENCE.model_copy(update={"delivery_s": config.delivery_s})

    def desk() -> AccountDesk:  # one for each thread that asks
        sources = Sources(directories.registered, AccountBook(ledger_file).streams, Witness(ledger_file), series)
        return AccountDesk(sources, now_ms, silence.scaled(config.time_scale))

    gauges = AccountGauges(desk(), metrics)
    services = Services(
        directory=lambda: without_pulse(directories.current()),
        series=series,
        alarms=SqliteAlarmBook(alarms_file),
        shelves=SqliteShelves(alarms_file, directories.current, Rules.of(config.time_scale)),
        account=desk().report,
        metrics=metrics.registry,
        now_ms=now_ms,
        time_scale=config.time_scale,
        silence=silence,
        requests=lambda: read_requests(registry_file),
        wishes=lambda: read_wishes(registry_file),
        orders=lambda most: read_orders(registry_file, most),
        ailments=lambda: [*ailments(link, disk, wal, ingest), *missed(watchers, now_ms())],
        phones=SqlitePhones(alarms_file),
        duty_phone=config.web.duty_phone,
        pulse=PulseDesk(PulseState(ledger_file, alarms_file, directories.current), watchers, link.connected.is_set),
        operator_token=token,
        allowed_hosts=config.web.allowed_hosts,
    )
    web = WebServer(
        build_web(services), config.web.host, config.web.port, has_token=bool(token), config_file=config_file
    )
    stack.callback(web.close)
    port = web.bind()
    work = {
        "ingest": ingest.run,
        "series": series_runner.run,
        "alarms": alarms_runner.run,
        "notices": sender.run,
        "chats": talk.run,
        **({} if replies is None else {"replies": replies.run}),
        "account": gauges.run,
        "web": web.run,
    }
    if config.influx is not None:
        influx_token = secret(config.influx.token_file, "influx.token_file", config_file)
        server = server_of(config.influx, influx_token, config_file)
        shared = Shared(directories.current, series, desk(), metrics, now_ms, bell)
        export = export_of(config, config.influx, server, shared, stack)
        metrics.lag.labels(export.name).set_function(lambda: max(0, ledger.head - export.stands))
        work["influx"] = export.run
    return Hub(metrics, port, work, link, mailbox)


def lag(ledger: Ledger, runner: Runner) -> int:
    """Rows that a projection is behind, also while it stands still: asked from outside of it."""
    return max(0, ledger.head - runner.stands)


def serve(config: HubConfig, config_file: Path) -> int:
    """Run until SIGTERM or SIGINT; the exit status."""
    tasks = Tasks()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: tasks.stop.set())
    try:
        with ExitStack() as stack:
            hub = build(config, config_file, stack)
            log.info("hub runs data=%s web=http://%s:%s", config.data_dir, config.web.host, hub.port)
            if config.time_scale != 1:
                log.warning("simulated time: the delays of limit profiles are divided by %g", config.time_scale)
            gc.freeze()
            hub.run(tasks)
    except FileFailed as error:
        log.critical("%s", error)
        return DISK_FAILED
    return tasks.code
