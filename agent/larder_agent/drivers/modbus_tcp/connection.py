"""One request, one answer, over one TCP connection, with one deadline for a whole answer."""

import socket

from larder_agent.drivers.address import Clock, NameLookup, Unresolved, connect
from larder_agent.drivers.modbus.blocks import Block
from larder_agent.drivers.modbus.failure import Failure, Reach, refusal
from larder_agent.drivers.modbus.pdu import Answer
from larder_agent.drivers.modbus_tcp.frames import NoFrame, find_answer, request

LONGEST_ANSWER = 4096  # bytes; a frame has at most 260, the rest is room for late answers of other units


class Connection:
    """Asks for blocks. Kept open between reads, and opened again when that turns out to be needed."""

    def __init__(self, host: str, port: int, timeout_s: float, clock: Clock) -> None:
        self._lookup = NameLookup(host, port)
        self._timeout_s = timeout_s
        self._clock = clock
        self._socket: socket.socket | None = None
        self._transaction = 0
        self._kept = False  # the connection is from an earlier read: worth a second try, once
        self._late = False  # a unit did not answer: its answer may still come, and belong to nobody

    @property
    def is_open(self) -> bool:
        return self._socket is not None

    def begin(self) -> None:
        """To be called at the start of each read."""
        if self._late:
            self.close()
        self._kept = self._socket is not None

    def ask(self, block: Block) -> list[int]:
        """The block's registers. Raises Failure. Takes at most twice the timeout: to connect, and to wait."""
        try:
            return self._exchange(block)
        except OSError:
            self.close()
            if not self._kept:
                raise Failure("no-answer", Reach.GATEWAY) from None
        # Gateways close a connection that was idle for some seconds or minutes. That is no fault of any sensor.
        self._kept = False
        try:
            return self._exchange(block)
        except OSError:
            self.close()
            raise Failure("no-answer", Reach.GATEWAY) from None

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._late = False

    def _exchange(self, block: Block) -> list[int]:
        peer = self._opened()
        deadline = self._clock() + self._timeout_s
        self._transaction = self._transaction % 0xFFFF + 1
        peer.settimeout(self._timeout_s)
        peer.sendall(request(self._transaction, block))
        answer = self._heard(peer, deadline, block)
        if answer.exception:
            raise refusal(answer.exception)
        return list(answer.words)

    def _heard(self, peer: socket.socket, deadline: float, block: Block) -> Answer:
        """The answer; a byte now and then stretches no deadline. Raises Failure, OSError."""
        heard = b""
        while (left := deadline - self._clock()) > 0 and len(heard) < LONGEST_ANSWER:
            peer.settimeout(left)
            try:
                octets = peer.recv(512)
            except TimeoutError:
                break
            if not octets:
                raise ConnectionResetError("the peer closed the connection")
            heard += octets
            try:
                answer = find_answer(heard, self._transaction, block)
            except NoFrame:
                raise self._bad_frame() from None
            if answer is not None:
                return answer
        if heard:
            raise self._bad_frame()
        self._late = True
        raise Failure("no-answer", Reach.UNIT)

    def _bad_frame(self) -> Failure:
        """After a frame that cannot be read, nobody knows where the next one begins: start afresh."""
        self.close()
        return Failure("bad-frame", Reach.UNIT)

    def _opened(self) -> socket.socket:
        if self._socket is None:
            deadline = self._clock() + self._timeout_s
            try:
                addresses = self._lookup.addresses(self._timeout_s)
                opened = connect(addresses, deadline, self._clock)
            except ConnectionRefusedError:
                raise Failure("refused", Reach.GATEWAY) from None
            except (Unresolved, OSError):
                raise Failure("no-answer", Reach.GATEWAY) from None
            self._kept = False
            self._socket, self._transaction = opened, 0
        return self._socket
