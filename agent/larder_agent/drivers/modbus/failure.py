"""No registers: the quality word, and how far the failure reaches."""

from enum import Enum

GATEWAY_EXCEPTIONS = (0x0A, 0x0B)
"""Path unavailable, target did not respond: Modbus Application Protocol V1.1b3, section 7."""


class Reach(Enum):
    """Which other points a failure speaks for, so that nobody waits for what is known to be dead."""

    BLOCK = "the registers asked for"
    UNIT = "every point of the unit"
    GATEWAY = "everything behind the connection"


class Failure(Exception):
    """No registers, with the quality word for the points that go without."""

    def __init__(self, quality: str, reach: Reach) -> None:
        super().__init__(quality)
        self.quality = quality
        self.reach = reach


def refusal(code: int) -> Failure:
    """A Modbus exception code as a Failure."""
    if code in GATEWAY_EXCEPTIONS:
        return Failure("gateway", Reach.UNIT)
    return Failure(f"exception-{code}", Reach.BLOCK)
