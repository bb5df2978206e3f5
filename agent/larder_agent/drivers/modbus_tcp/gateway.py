"""The settings of the Modbus TCP driver: `sample.toml` beside this file explains each key."""

from collections.abc import Mapping
from typing import NamedTuple

from larder_agent.drivers.address import HOST, HOST_HINT
from larder_agent.drivers.modbus.points import RegisterPoint, read_points
from larder_agent.drivers.settings import SettingsReader


class Gateway(NamedTuple):
    host: str
    port: int
    timeout_s: float
    points: tuple[RegisterPoint, ...]


def read_settings(settings: Mapping[str, object]) -> Gateway:
    """Raises SettingsError."""
    reader = SettingsReader(settings)
    host = reader.text("host", pattern=HOST, hint=HOST_HINT, echo=False)
    port = reader.integer("port", 1, 65535, 502)
    timeout_s = reader.number("timeout_s", 0.05, 30, 1.0)
    return Gateway(host, port, timeout_s, read_points(reader))
