"""The wiring of the program: `build(config)` is its map; `run` starts the threads and waits for the end."""

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import TYPE_CHECKING, NamedTuple

from larder_agent import exits, watchdog
from larder_agent.alone import alone
from larder_agent.bell import Bell
from larder_agent.clock import Clock, KernelClock
from larder_agent.commanded import Commanded
from larder_agent.config import AgentConfig, DeviceConfig, SourceConfig, read_secret
from larder_agent.configured import Configured, Reading
from larder_agent.device import Device, Pace
from larder_agent.drivers.loading import GROUP, SHIPPED, open_driver
from larder_agent.drivers.port import Driver, PointSpec, SecretReader, SettingsError
from larder_agent.drivers.secret_files import FileSecrets
from larder_agent.failures import AgentStopped, ConfigError, DiskFailed
from larder_agent.inbox import Inbox, Silenced, Wake
from larder_agent.key import load_key
from larder_agent.metrics import Metrics
from larder_agent.mqtt import BrokerLink, Endpoint
from larder_agent.orders_book import OrdersBook
from larder_agent.outbox import Outbox
from larder_agent.record import Record
from larder_agent.sampler import Sampler
from larder_agent.screening import Limits, Rule, rule_for
from larder_agent.sealing import SealRule
from larder_agent.tasks import Tasks
from larder_agent.tempo import Tempo
from larder_agent.uplink import Uplink
from larder_agent.voice import Voice
from larder_agent.words import Identity
from larder_core import __version__
from larder_core.names import Address
from larder_core.signing import PublicKey
from larder_core.sizes import MAX_COLUMNS

if TYPE_CHECKING:
    from larder_agent.trust import Trust

log = logging.getLogger("larder.agent")

DAY_MS = 86_400_000
JOIN_S = 15.0

LAST_LOOK_S = 3.0
"""At a clean end: how long readings that are being taken are waited for, so that they are sealed too. A camera may hang longer."""

OpenDriver = Callable[[str, Mapping[str, object], SecretReader], Driver]


class Running(NamedTuple):
    """One device with its threads' work."""

    name: str
    device: Device
    link: BrokerLink
    samplers: tuple[Sampler, ...]
    inbox: Inbox
    metrics: Metrics
    bell: Bell


class Source(NamedTuple):
    driver: Driver
    name: str
    period_ms: int
    rules: Mapping[str, Rule]


@contextmanager
def build(config: AgentConfig, file: Path, open_driver: OpenDriver = open_driver) -> Iterator[list[Running]]:
    """Every device, its disk opened and checked, no thread started. `file` is where the configuration came from, for errors and for
    relative paths of drivers. Raises AgentStopped."""
    with ExitStack() as stack:
        clock = KernelClock()
        ca_file = config.broker.ca_file
        trust = None if ca_file is None else _trust(ca_file, clock, file)
        yield [_device(stack, config, place, file, trust, clock, open_driver) for place in range(len(config.device))]


def _device(
    stack: ExitStack,
    config: AgentConfig,
    place: int,
    file: Path,
    trust: "Trust | None",
    clock: Clock,
    open_driver: OpenDriver,
) -> Running:
    device = config.device[place]
    table = f"device[{place + 1}]"
    key = load_key(device.state_dir)
    stack.enter_context(alone(device.state_dir))
    sources = [_source(stack, device, one, f"{table}.source[{at}]", file, open_driver)
               for at, one in enumerate(device.source, 1)]  # fmt: skip
    points = _points(sources, table, file)
    metrics = Metrics(device.state_dir)
    outbox = Outbox(device.state_dir, device.id, device.outbox_mb << 20, round(device.keep_days * DAY_MS), _new_id)
    periods_ms = [source.period_ms for source in sources for _ in source.driver.points]
    record = Record(device.state_dir, device.id, outbox, points, clock, periods_ms)
    stack.callback(record.close)
    hub = PublicKey(config.hub.public_key)
    bell = _bell(device, metrics)
    tempos = [Tempo(source.period_ms) for source in sources]
    readings = [
        Reading(tuple(point.id for point in source.driver.points), tempo, source.period_ms)
        for source, tempo in zip(sources, tempos, strict=True)
    ]
    book = OrdersBook(device.state_dir)
    configured = Configured(device.id, hub, record, points, readings, book, bell, metrics)
    commanded = Commanded(device.id, hub, key, record, readings, configured, book, bell, clock, metrics)
    _open(record, book, configured, commanded, metrics)
    resend_ms = round(device.resend_after_s * 1000)
    who = Identity(device.id, __version__, _driver_versions(sources),
                   [(point, source.period_ms) for source in sources for point in source.driver.points])  # fmt: skip
    voice = Voice(who, key, clock, record.standing(Uplink(resend_ms)))
    inbox = Inbox(metrics)
    address = Address(device.county, device.site, device.id)
    endpoint = _endpoint(config, device, table, file, trust)
    link = BrokerLink(endpoint, address, voice.will, inbox.put, Random())
    rule = SealRule(round(device.seal_after_s * 1000), device.seal_readings)
    pace = Pace(rule, round(device.heartbeat_s * 1000), resend_ms)
    run = Device(
        address, record, points, pace, inbox, voice, link, key, hub, clock, metrics, Random(), configured, commanded
    )
    bell.on_silenced = lambda: inbox.put(Silenced())
    run.take_config()
    samplers = tuple(
        Sampler(one.driver, tempo, clock, inbox.put, one.rules, record.paused.is_set)
        for one, tempo in zip(sources, tempos, strict=True)
    )
    return Running(device.id, run, link, samplers, inbox, metrics, bell)


def run(devices: list[Running], tasks: Tasks) -> int:
    """Start every thread, wait for SIGTERM, SIGINT or a failure; the exit code. If it is not 0, threads may still be at work: end the
    process without closing anything under them."""
    devices_stop, links_stop = Event(), Event()
    sources: list[Thread] = []
    for each in devices:
        failed = _count_failures(each.metrics.path.parent, each.metrics)
        each.device.end_all = tasks.stop.set
        tasks.start(f"{each.name}/device", partial(each.device.run, devices_stop), failed)
        for at, sampler in enumerate(each.samplers, 1):
            sources.append(tasks.start(f"{each.name}/source[{at}]", partial(sampler.run, tasks.stop), failed))
        tasks.start(f"{each.name}/link", partial(each.link.run, links_stop), failed)
        if each.bell.kind != "none":
            tasks.start(f"{each.name}/bell", partial(each.bell.run, tasks.stop), failed)
    log.info("running devices=%s", ",".join(each.name for each in devices))
    _watched(devices, tasks.stop)
    for each in devices:
        each.bell.wake()
        for sampler in each.samplers:
            sampler.tempo.wake()
    if tasks.code:
        return tasks.code  # no goodbye: the broker tells the will, and the disk is as the last commit left it
    until = time.monotonic() + LAST_LOOK_S
    for source in sources:
        source.join(max(0.0, until - time.monotonic()))
    devices_stop.set()
    for each in devices:
        each.inbox.put(Wake())
    for each in devices:
        each.device.left.wait(JOIN_S)
    links_stop.set()
    tasks.join(JOIN_S)
    return tasks.code


def _watched(devices: list[Running], stop: Event) -> None:
    """Wait for `stop`; meanwhile systemd's watchdog is fed as long as every device's thread comes round."""
    beats = [lambda device=each.device: device.beat_up for each in devices]
    allowed_ms = watchdog.HUNG_MS + max(each.device.heartbeat_ms for each in devices)
    watchdog.feed(watchdog.Notifier(), beats, allowed_ms, KernelClock().up_ms, stop)


def stop_on_signals(tasks: Tasks) -> None:
    """SIGTERM and SIGINT ask for a clean end; a second one ends at once."""

    def asked(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        tasks.stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, asked)


# ---------------------------------------------------------------- parts


def _source(
    stack: ExitStack, device: DeviceConfig, source: SourceConfig, key: str, file: Path, open_driver: OpenDriver
) -> Source:
    try:
        driver = open_driver(source.driver, source.settings, FileSecrets(source.settings, file.resolve().parent))
    except SettingsError as error:
        raise ConfigError(file, f"{key}.{error.key}", error.problem, error.hint) from error
    stack.callback(driver.close)
    period_ms = round(device.period_of(source) * 1000)
    return Source(driver, source.driver, period_ms, _rules(driver, source, period_ms, key, file))


def _rules(driver: Driver, source: SourceConfig, period_ms: int, key: str, file: Path) -> dict[str, Rule]:
    points = {point.id: point for point in driver.points}
    for name in source.screen:
        if name not in points:
            raise ConfigError(
                file, f"{key}.screen.{name}", "this source has no such point", f"it has {', '.join(points)}"
            )
    return {
        id_: rule_for(point, period_ms, Limits(**source.screen[id_].model_dump()) if id_ in source.screen else Limits())
        for id_, point in points.items()
    }


def _points(sources: list[Source], table: str, file: Path) -> dict[str, PointSpec]:
    points = [point for source in sources for point in source.driver.points]
    named = {point.id: point for point in points}
    if len(named) != len(points):
        twice = sorted(id_ for id_ in named if sum(1 for point in points if point.id == id_) > 1)
        raise ConfigError(
            file, f"{table}.source", f"points named twice: {', '.join(twice)}", "each point has an id of its own"
        )
    if len(points) > MAX_COLUMNS:
        hint = "share them between two devices"
        raise ConfigError(file, f"{table}.source", f"{len(points)} points, at most {MAX_COLUMNS} on a device", hint)
    return named


def _trust(ca_file: Path, clock: Clock, file: Path) -> "Trust":
    from larder_agent.trust import Trust  # TLS only where it is used

    return Trust(ca_file, clock).load(file)


def _endpoint(config: AgentConfig, device: DeviceConfig, table: str, file: Path, trust: "Trust | None") -> Endpoint:
    own = device.password_file is not None
    secret, key = (
        (device.password_file, f"{table}.password_file")
        if own
        else (config.broker.password_file, "broker.password_file")
    )
    password = None if secret is None else read_secret(secret, file, key)
    at = config.broker
    return Endpoint(at.host, at.port, at.keepalive_s, at.username or device.id, password, trust)


def _count_failures(folder: Path, metrics: Metrics) -> Callable[[str, Exception], None]:
    def failed(task: str, error: Exception) -> None:
        if isinstance(error, DiskFailed):
            exits.count(folder)
        elif not isinstance(error, AgentStopped):
            metrics.count("task_failures", reason=task)

    return failed


def _open(record: Record, book: OrdersBook, configured: Configured, commanded: Commanded, metrics: Metrics) -> None:
    """An end at the very start is counted too."""
    try:
        metrics.count("io_error_exits", exits.read(record.folder))
        book.open()
        record.open(metrics)
        configured.open()
        commanded.open()
    except DiskFailed:
        exits.count(record.folder)
        raise


def _bell(device: DeviceConfig, metrics: Metrics) -> Bell:
    if device.alarm is None:
        return Bell(None, "none", "alarm", metrics)
    from larder_agent.bell_outputs import output_of  # only where there is something to sound

    at = device.alarm
    return Bell(output_of(at), at.output, at.least, metrics, button=at.button_line is not None)


def _new_id() -> str:
    return os.urandom(16).hex()


def _driver_versions(sources: list[Source]) -> dict[str, str]:
    """The version of the package that each driver comes from."""
    used = {source.name for source in sources}
    found = dict.fromkeys(used & SHIPPED.keys(), __version__)
    if others := used - SHIPPED.keys():
        from importlib.metadata import entry_points  # costs memory: only where a third party's driver is at work

        found |= {
            one.name: one.dist.version[:64] for one in entry_points(group=GROUP) if one.name in others and one.dist
        }
    return {name: found.get(name, "?") for name in sorted(used)}
