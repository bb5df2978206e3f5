"""One request, one answer, on a line where one may speak at a time."""

from larder_agent.drivers.address import Clock
from larder_agent.drivers.modbus.blocks import Block
from larder_agent.drivers.modbus.failure import Failure, Reach, refusal
from larder_agent.drivers.modbus_rtu.frames import find_answer, request, without_echo
from larder_agent.drivers.modbus_rtu.wire import Wire

LONGEST_ANSWER = 4096
"""Bytes; a frame has at most 256, the rest is room for noise and for late answers of other units."""


class RtuLine:
    """Asks for blocks. `silence_s`: how long the line must be still before a request, at least 3.5 characters (V1.02, 2.5.1.1)."""

    def __init__(self, wire: Wire, timeout_s: float, silence_s: float, clock: Clock) -> None:
        self._wire, self._timeout_s, self._silence_s, self._clock = wire, timeout_s, silence_s, clock
        self._kept = False  # the wire was open before this read: worth a second try, once

    def begin(self) -> None:
        """To be called at the start of each read."""

    def ask(self, block: Block) -> list[int]:
        """The block's registers. Raises Failure. Takes at most three times the timeout: to open, for silence, and to wait."""
        kept = self._kept
        try:
            return self._exchange(block)
        except OSError:
            self.close()
            if not kept:
                raise Failure("no-answer", Reach.GATEWAY) from None
        # An adapter that was pulled and put back, or a converter that closes what is idle: no fault of any sensor.
        try:
            return self._exchange(block)
        except OSError:
            self.close()
            raise Failure("no-answer", Reach.GATEWAY) from None

    def close(self) -> None:
        self._wire.close()
        self._kept = False

    def _exchange(self, block: Block) -> list[int]:
        self._wire.open(self._clock() + self._timeout_s)
        self._quieten()
        sent = request(block)
        deadline = self._clock() + self._timeout_s
        self._wire.write(sent, deadline)
        heard = self._hear(block, sent, deadline)
        self._kept = True
        answer = find_answer(heard, block)
        if answer is None:
            raise Failure("bad-frame" if heard else "no-answer", Reach.UNIT)
        if answer.exception:
            raise refusal(answer.exception)
        return list(answer.words)

    def _quieten(self) -> None:
        """Hears the line out: what comes now answers nobody, and a request on top of it would be lost."""
        deadline = self._clock() + self._timeout_s
        while self._wire.read(self._silence_s):
            if self._clock() >= deadline:
                raise Failure("line-busy", Reach.GATEWAY)

    def _hear(self, block: Block, sent: bytes, deadline: float) -> bytes:
        """Until the answer is whole or the time is over; without the echo of the request."""
        heard = b""
        while (left := deadline - self._clock()) > 0 and len(heard) < LONGEST_ANSWER:
            heard += self._wire.read(left)
            if find_answer(without_echo(heard, sent), block):
                break
        return without_echo(heard, sent)
