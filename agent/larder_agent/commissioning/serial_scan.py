"""Modbus units on a serial line: each address at each speed, by asking for one register."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from larder_agent.commissioning.scanning import Found, Progress
from larder_agent.drivers.address import Clock
from larder_agent.drivers.modbus.blocks import Block
from larder_agent.drivers.modbus.failure import Failure, Reach
from larder_agent.drivers.modbus_rtu.driver import LEAST_SILENCE_S, SILENCE_CHARACTERS
from larder_agent.drivers.modbus_rtu.line import RtuLine
from larder_agent.drivers.modbus_rtu.wire import SerialFormat, SerialPort, Wire

PORTS = ("serial/by-id/*", "ttyUSB*", "ttyACM*", "ttyAMA*", "ttyRS485*")
"""Where adapters show up. ttyS* are left out: a PC has four of them with nothing behind."""

USUAL = (9600, 4800, 19200)
"""The speeds that transmitters leave the factory with."""

KINDS = ("holding", "input")


class SerialScan(NamedTuple):
    port: str
    units: range
    speeds: tuple[int, ...] = USUAL
    parity: str = "none"
    timeout_s: float = 0.15
    """A transmitter answers within 50 ms; the frames take 30 ms at 4800 baud."""


OpenWire = Callable[[str, SerialFormat, Clock], Wire]


def ports(dev: Path = Path("/dev")) -> list[str]:
    """Full paths, names that stay when an adapter is put into another socket first."""
    return [str(path) for pattern in PORTS for path in sorted(dev.glob(pattern))]


def scan_line(
    scan: SerialScan, progress: Progress, wire: OpenWire = SerialPort, clock: Clock = time.monotonic
) -> Iterator[Found]:
    """Raises Failure when the port itself cannot be used."""
    total = len(scan.speeds) * len(scan.units)
    for place, speed in enumerate(scan.speeds):
        form = SerialFormat(speed, scan.parity, 1)
        silence_s = max(LEAST_SILENCE_S, SILENCE_CHARACTERS * form.character_s)
        with closing(RtuLine(wire(scan.port, form, clock), scan.timeout_s, silence_s, clock)) as line:
            for at, unit in enumerate(scan.units):
                progress(place * len(scan.units) + at + 1, total, f"{scan.port} {speed} unit {unit}")
                heard = _heard(line, unit)
                if heard:
                    settings = f"device={scan.port} baud={speed} parity={scan.parity}"
                    yield Found("modbus-rtu", f"{scan.port} {speed} {scan.parity} 地址 unit {unit}: {heard}",
                                f"{settings} unit.id=x unit.map=xy-md02 unit.unit_id={unit}")  # fmt: skip


def _heard(line: RtuLine, unit: int) -> str:
    """What the unit says for itself, empty when it says nothing. An exception is an answer too: somebody is there."""
    said: list[str] = []
    for kind in KINDS:
        try:
            (word,) = line.ask(Block(unit, kind, 0, 1, ()))
        except Failure as failure:
            if failure.reach is Reach.GATEWAY:
                raise
            if failure.quality == "no-answer":
                return ", ".join(said)
            said.append(f"{kind} 0: {failure.quality}")
        else:
            said.append(f"{kind} 0 = {word}")
    return ", ".join(said)
