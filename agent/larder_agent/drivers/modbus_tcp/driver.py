"""The Modbus TCP driver: polling over one TCP connection."""

import time
from collections.abc import Mapping

from larder_agent.drivers.address import Clock
from larder_agent.drivers.modbus.polling import Polling
from larder_agent.drivers.modbus_tcp.connection import Connection
from larder_agent.drivers.modbus_tcp.gateway import Gateway, read_settings
from larder_agent.drivers.port import SecretReader

QUALITIES = ("no-answer", "refused", "gateway", "bad-frame", "no-sensor", "out-of-range")
"""What `read` may say beside `exception-<n>`, n being the Modbus exception code."""


class ModbusTcp(Polling):
    """A Driver. `read` takes at most timeout_s to connect, timeout_s for each unit that is silent (twice that for one whose
    frames cannot be read: it costs a new connection), and for each block that answers what it needs, at most timeout_s.
    A dead gateway costs one timeout_s in all."""

    def __init__(self, gateway: Gateway, clock: Clock = time.monotonic) -> None:
        super().__init__(gateway.points, Connection(gateway.host, gateway.port, gateway.timeout_s, clock))


def open_driver(settings: Mapping[str, object], secrets: SecretReader) -> ModbusTcp:
    """Raises SettingsError. Connects to nothing; has no secrets."""
    return ModbusTcp(read_settings(settings))
