"""The settings of the Modbus RTU driver: `sample.toml` beside this file explains each key."""

from collections.abc import Mapping
from typing import NamedTuple

from larder_agent.drivers.address import HOST, HOST_HINT
from larder_agent.drivers.modbus.points import RegisterPoint, read_points
from larder_agent.drivers.modbus_rtu.wire import PARITIES, SPEEDS, SerialFormat
from larder_agent.drivers.settings import SettingsReader

UNITS = range(1, 248)
"""Addresses on a line: 0 is for everybody and answers nothing, 248 to 255 are reserved (V1.02, 2.2)."""


class LineSettings(NamedTuple):
    """A serial port with its format, or a converter's host and port."""

    device: str
    form: SerialFormat
    host: str
    port: int
    timeout_s: float
    points: tuple[RegisterPoint, ...]


def read_settings(settings: Mapping[str, object]) -> LineSettings:
    """Raises SettingsError."""
    reader = SettingsReader(settings)
    host, port, device = "", 0, ""
    if reader.has("host"):
        if reader.has("device"):
            reader.refuse("host", "stands beside device", "a serial port or a converter, not both")
        host = reader.text("host", pattern=HOST, hint=HOST_HINT, echo=False)
        port = reader.integer("port", 1, 65535)
    else:
        device = reader.text(
            "device", pattern=r"/[^\x00-\x1f\x7f]{0,255}", hint="the full path of a port: ls /dev/serial/by-id"
        )
    baud = reader.integer("baud", 1200, 115_200, 9600)
    if baud not in SPEEDS:
        reader.refuse("baud", f"{baud} is no usual speed", "one of " + ", ".join(map(str, SPEEDS)))
    form = SerialFormat(baud, reader.choice("parity", tuple(PARITIES), "none"), reader.integer("stop_bits", 1, 2, 1))
    timeout_s = reader.number("timeout_s", 0.05, 30, 0.5)
    points = read_points(reader)
    for point in points:
        if point.unit_id not in UNITS:
            reader.refuse("unit_id", f"{point.unit_id} of {point.spec.id} is no address on a line", "from 1 to 247")
    return LineSettings(device, form, host, port, timeout_s, points)
