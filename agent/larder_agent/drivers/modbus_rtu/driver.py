"""The Modbus RTU driver: polling over a line."""

import time
from collections.abc import Mapping

from larder_agent.drivers.address import Clock
from larder_agent.drivers.modbus.polling import Polling
from larder_agent.drivers.modbus_rtu.line import RtuLine
from larder_agent.drivers.modbus_rtu.line_settings import LineSettings, read_settings
from larder_agent.drivers.modbus_rtu.wire import SerialPort, TcpBytes, Wire
from larder_agent.drivers.port import SecretReader

QUALITIES = (
    "no-answer", "no-port", "port-denied", "port-busy", "line-busy", "refused", "gateway", "bad-frame", "no-sensor", "out-of-range",
)  # fmt: skip
"""What `read` may say beside `exception-<n>`, n being the Modbus exception code."""

SILENCE_CHARACTERS = 3.5
LEAST_SILENCE_S = 0.00175
"""Above 19200 baud the silence no longer shrinks: V1.02, 2.5.1.1."""


class ModbusRtu(Polling):
    """A Driver. `read` takes at most timeout_s for each unit that is silent, and for each block that answers what it needs, at most
    timeout_s; a port that is gone costs one timeout_s in all."""

    def __init__(self, line: LineSettings, clock: Clock = time.monotonic) -> None:
        wire: Wire = TcpBytes(line.host, line.port, clock) if line.host else SerialPort(line.device, line.form, clock)
        silence_s = max(LEAST_SILENCE_S, SILENCE_CHARACTERS * line.form.character_s)
        super().__init__(line.points, RtuLine(wire, line.timeout_s, silence_s, clock))


def open_driver(settings: Mapping[str, object], secrets: SecretReader) -> ModbusRtu:
    """Raises SettingsError. Opens no port; has no secrets."""
    return ModbusRtu(read_settings(settings))
