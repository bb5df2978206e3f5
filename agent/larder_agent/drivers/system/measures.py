"""Each quantity of the machine: unit, decimal places, and how it is read."""

import os
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from larder_agent.clock import Discipline
from larder_agent.drivers.files import NoValue, number, text

LOADAVG = re.compile(r"([0-9]{1,6}\.[0-9]{2}) [0-9.]+ [0-9.]+ [0-9]+/[0-9]+ [0-9]+")
UPTIME = re.compile(r"([0-9]{1,10}\.[0-9]{2}) [0-9.]+")
UP_OR_NOT = MappingProxyType({"up": 1, "down": 0, "dormant": 0, "lowerlayerdown": 0, "notpresent": 0, "testing": 0})
"""RFC 2863 as the kernel spells it. `unknown` (a tunnel, a loopback) says nothing."""


class Machine(NamedTuple):
    """Where to look: `root` is / except in tests; `clock` asks the kernel how good its clock is."""

    root: Path
    clock: Callable[[], Discipline]


class Measure(NamedTuple):
    """`subject`: the setting that says of what, empty if there is but one."""

    unit: str
    scale: int
    subject: str
    read: Callable[[Machine, str], Decimal]


def _disk_free(machine: Machine, path: str) -> Decimal:
    """What an unprivileged program may still use, in percent of the whole."""
    try:
        found = os.statvfs(machine.root / path.lstrip("/"))
    except OSError as error:
        raise NoValue("missing" if isinstance(error, FileNotFoundError) else "unreadable") from None
    if not found.f_blocks:
        raise NoValue("unreadable")
    return Decimal(100 * found.f_bavail) / found.f_blocks


def _cpu_temp(machine: Machine, zone: str) -> Decimal:
    return number(machine.root / "sys/class/thermal" / zone / "temp") / 1000


def _link(machine: Machine, interface: str) -> Decimal:
    state = UP_OR_NOT.get(text(machine.root / "sys/class/net" / interface / "operstate"))
    if state is None:
        raise NoValue("unreadable")
    return Decimal(state)


def _load(machine: Machine, _: str) -> Decimal:
    return _matched(LOADAVG, machine.root / "proc/loadavg")


def _uptime(machine: Machine, _: str) -> Decimal:
    return _matched(UPTIME, machine.root / "proc/uptime")


def _memory_free(machine: Machine, _: str) -> Decimal:
    found = dict(re.findall(r"^(Mem\w+): +([0-9]+) kB$", text(machine.root / "proc/meminfo"), re.MULTILINE))
    total, available = Decimal(found.get("MemTotal", 0)), found.get("MemAvailable")
    if not total or available is None:
        raise NoValue("unreadable")
    return 100 * Decimal(available) / total


def _clock_synced(machine: Machine, _: str) -> Decimal:
    return Decimal(machine.clock().synced)


def _clock_error(machine: Machine, _: str) -> Decimal:
    now = machine.clock()
    if not now.synced:
        raise NoValue("clock-unsynced")
    return Decimal(now.max_error_us) / 1000


def _matched(pattern: re.Pattern[str], path: Path) -> Decimal:
    match = pattern.fullmatch(text(path))
    if match is None:
        raise NoValue("unreadable")
    return Decimal(match[1])


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "disk-free": Measure("%", -1, "path", _disk_free),
        "memory-free": Measure("%", -1, "", _memory_free),
        "cpu-temp": Measure("Cel", -1, "zone", _cpu_temp),
        "load": Measure("count", -2, "", _load),
        "uptime": Measure("s", 0, "", _uptime),
        "link": Measure("/", 0, "interface", _link),
        "clock-synced": Measure("/", 0, "", _clock_synced),
        "clock-error": Measure("ms", 0, "", _clock_error),
    }
)
