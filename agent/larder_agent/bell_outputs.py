"""What may sound at a site: a GPIO line, a coil of a Modbus TCP relay, or the log alone."""

import logging
import socket
import struct
from contextlib import suppress

from larder_agent.bell import Output
from larder_agent.config import AlarmConfig
from larder_agent.drivers.gpio.lines import KernelLines, KernelOutput, Line

log = logging.getLogger("larder.agent.bell")

TIMEOUT_S = 3.0
WRITE_COIL = 5
"""Modbus function 05, Write Single Coil: 0xFF00 is on, 0x0000 off (MODBUS Application Protocol V1.1b3, 6.5)."""


class LogOutput:
    """For a site without a buzzer: whoever watches the log is told."""

    def put(self, on: bool) -> None:
        log.warning("本地告警 local alarm: %s", "响 on" if on else "停 off")

    def pressed(self) -> bool:
        return False

    def close(self) -> None: ...


class GpioOutput:
    """`line` drives a buzzer or a relay; `button`, where there is one, is an input that silences it."""

    def __init__(self, line: KernelOutput, button: KernelLines | None) -> None:
        self._line, self._button = line, button

    def put(self, on: bool) -> None:
        self._line.put(on)

    def pressed(self) -> bool:
        return self._button is not None and self._button.levels()[0]

    def close(self) -> None:
        self._line.close()
        if self._button is not None:
            self._button.close()


class CoilOutput:
    """A relay behind Modbus TCP; a connection for each act, as relays allow few."""

    def __init__(self, host: str, port: int, unit: int, coil: int) -> None:
        self._address, self._unit, self._coil = (host, port), unit, coil

    def put(self, on: bool) -> None:
        asked = coil_request(self._unit, self._coil, on)
        with socket.create_connection(self._address, TIMEOUT_S) as peer:
            peer.settimeout(TIMEOUT_S)
            peer.sendall(asked)
            told = b""
            while len(told) < len(asked) and (more := peer.recv(len(asked) - len(told))):
                told += more
                if len(told) >= 8 and told[7] & 0x80:
                    raise OSError(f"the relay answers with Modbus exception {told[8] if len(told) > 8 else '?'}")
            with suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)
        if told != asked:  # a coil's answer repeats the question
            raise OSError(f"the relay answers {told.hex() or 'nothing'}, {asked.hex()} was expected")

    def pressed(self) -> bool:
        return False

    def close(self) -> None: ...


def coil_request(unit: int, coil: int, on: bool) -> bytes:
    """MBAP header (transaction 1, protocol 0, length 6, unit) and the request."""
    return struct.pack(">HHHBBHH", 1, 0, 6, unit, WRITE_COIL, coil, 0xFF00 if on else 0)


def output_of(config: AlarmConfig | None) -> Output | None:
    """Opens nothing yet."""
    if config is None:
        return None
    if config.output == "gpio":
        button = None
        if config.button_line is not None:
            button = KernelLines(config.chip, (Line(config.button_line, config.button_inverted, "pull-up"),))
        return GpioOutput(KernelOutput(config.chip, config.line or 0, inverted=config.inverted), button)
    if config.output == "modbus-tcp":
        return CoilOutput(config.host, config.port, config.unit_id, config.coil)
    return LogOutput()
