"""read(): every block once, in bounded time."""

import time
from collections.abc import Mapping
from itertools import chain

from larder_agent.drivers.address import Clock
from larder_agent.drivers.modbus_tcp.blocks import Block, alone, blocks
from larder_agent.drivers.modbus_tcp.connection import Connection, Failure, Reach
from larder_agent.drivers.modbus_tcp.points import Gateway, read_settings
from larder_agent.drivers.modbus_tcp.registers import sample
from larder_agent.drivers.port import Sample, SecretReader

QUALITIES = ("no-answer", "refused", "gateway", "bad-frame", "no-sensor", "out-of-range")
"""What `read` may say beside `exception-<n>`, n being the Modbus exception code."""

WRONG_REQUEST = ("exception-2", "exception-3")  # illegal address, illegal count: V1.1b3, section 7


class ModbusTcp:
    """A Driver. `read` takes at most timeout_s to connect, timeout_s for each unit that is silent (twice that for one whose
    frames cannot be read: it costs a new connection), and for each block that answers what it needs, at most timeout_s.
    A dead gateway costs one timeout_s in all."""

    def __init__(self, gateway: Gateway, clock: Clock = time.monotonic) -> None:
        self.points = tuple(point.spec for point in gateway.points)
        self._gateway = gateway
        self._connection = Connection(gateway.host, gateway.port, gateway.timeout_s, clock)
        self._blocks = blocks(gateway.points)

    def read(self) -> list[Sample]:
        self._connection.begin()
        samples: dict[int, Sample] = {}
        unit_faults: dict[int, str] = {}
        gateway_fault = ""
        for block in tuple(self._blocks):
            known = gateway_fault or unit_faults.get(block.unit_id, "")
            try:
                if known:
                    raise Failure(known, Reach.BLOCK)
                samples |= self._ask(block)
            except Failure as failure:
                samples |= {place: Sample(self.points[place].id, None, failure.quality) for place in block.places}
                if failure.reach is Reach.UNIT:
                    unit_faults[block.unit_id] = failure.quality
                elif failure.reach is Reach.GATEWAY:
                    gateway_fault = failure.quality
        return [samples[place] for place in range(len(self.points))]

    def close(self) -> None:
        self._connection.close()

    def _ask(self, block: Block) -> dict[int, Sample]:
        try:
            words = self._connection.ask(block)
        except Failure as failure:
            if failure.quality in WRONG_REQUEST and len(block.places) > 1:
                return self._ask_apart(block)
            raise
        return {place: self._sample(place, block, words) for place in block.places}

    def _ask_apart(self, block: Block) -> dict[int, Sample]:
        """One register that the device does not have must not hide its neighbours: from now on each is asked alone."""
        apart = [alone(self._gateway.points, place) for place in block.places]
        self._blocks = tuple(chain.from_iterable(apart if one == block else [one] for one in self._blocks))
        samples: dict[int, Sample] = {}
        for single in apart:
            try:
                samples |= self._ask(single)
            except Failure as failure:
                if failure.reach is not Reach.BLOCK:
                    raise
                (place,) = single.places
                samples[place] = Sample(self.points[place].id, None, failure.quality)
        return samples

    def _sample(self, place: int, block: Block, words: list[int]) -> Sample:
        point = self._gateway.points[place]
        first = point.register - block.start
        return sample(point, words[first : first + point.words])


def open_driver(settings: Mapping[str, object], secrets: SecretReader) -> ModbusTcp:
    """Raises SettingsError. Connects to nothing; has no secrets."""
    return ModbusTcp(read_settings(settings))
