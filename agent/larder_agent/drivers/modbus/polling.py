"""read(): every block once, and what a failure says about the other points."""

from collections.abc import Sequence
from itertools import chain
from typing import Protocol

from larder_agent.drivers.modbus.blocks import Block, alone, blocks
from larder_agent.drivers.modbus.failure import Failure, Reach
from larder_agent.drivers.modbus.register import RegisterPoint
from larder_agent.drivers.modbus.registers import sample
from larder_agent.drivers.port import Sample

WRONG_REQUEST = ("exception-2", "exception-3")  # illegal address, illegal count: V1.1b3, section 7


class Line(Protocol):
    """Where requests go. `begin` is called at the start of each read; `ask` raises Failure and is bounded in time."""

    def begin(self) -> None: ...
    def ask(self, block: Block) -> list[int]: ...
    def close(self) -> None: ...


class Polling:
    """A Driver over a Line."""

    def __init__(self, points: Sequence[RegisterPoint], line: Line) -> None:
        self.points = tuple(point.spec for point in points)
        self._registers = tuple(points)
        self._line = line
        self._blocks = blocks(points)

    def read(self) -> list[Sample]:
        self._line.begin()
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
        self._line.close()

    def _ask(self, block: Block) -> dict[int, Sample]:
        try:
            words = self._line.ask(block)
        except Failure as failure:
            if failure.quality in WRONG_REQUEST and len(block.places) > 1:
                return self._ask_apart(block)
            raise
        return {place: self._sample(place, block, words) for place in block.places}

    def _ask_apart(self, block: Block) -> dict[int, Sample]:
        """One register that the device does not have must not hide its neighbours: from now on each is asked alone."""
        apart = [alone(self._registers, place) for place in block.places]
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
        point = self._registers[place]
        first = point.register - block.start
        return sample(point, words[first : first + point.words])
