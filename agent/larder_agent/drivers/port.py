"""What the agent demands of a driver, and what a driver may ask of the agent. No other module of the agent is needed
to write one; `tests/contract/test_drivers.py` says in code what is promised here in words."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol, runtime_checkable


class PointSpec(NamedTuple):
    """One quantity at a place, as a driver gives it."""

    id: str
    """`[a-z0-9-]{1,32}`, unique on the device."""
    unit: str
    """One of `larder_core.units.UNITS`."""
    scale: int
    """value = number * 10**scale: -1 keeps tenths."""


class Sample(NamedTuple):
    """What a driver has to say of one point, once."""

    point: str
    value: int | None
    """The number, scaled; None where there is none."""
    quality: str = ""
    """"" is good; otherwise the reason, `[a-z0-9-]{1,32}`. A value with a reason is kept and shown, but judged by nobody."""


class Driver(Protocol):
    """A source of readings. Used by one thread; `close` may be called twice."""

    points: tuple[PointSpec, ...]

    def read(self) -> list[Sample]:
        """One Sample for each point, in the order of `points`; bounded in time; a fault of the device is a quality."""
        ...

    def close(self) -> None: ...


class NoStill(Exception):
    """There is no picture now; `reason` is `[a-z0-9-]{1,32}`, as a quality would say it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@runtime_checkable
class StillTaker(Protocol):
    """What a camera's driver may offer beside `Driver`; called by the same thread as `read`."""

    def still(self, point: str) -> bytes:
        """A picture of now from the camera of one of its points, as a JPEG; bounded in time. Raises NoStill."""
        ...


class SecretReader(Protocol):
    """Gives a driver its secrets, which stand in files and never in the settings."""

    def read(self, name: str) -> str:
        """The content of the file that the setting `<name>_file` names. Raises SettingsError when it cannot be read."""
        ...


Opener = Callable[[Mapping[str, object], SecretReader], Driver]
"""Checks the settings and makes a driver. Opens no socket and no device: that is left to the first `read`."""


class SettingsError(ValueError):
    """A setting that cannot be right: the key, what is wrong with it, and what to write instead."""

    def __init__(self, key: str, problem: str, hint: str) -> None:
        super().__init__(f"{key}: {problem} ({hint})")
        self.key = key
        self.problem = problem
        self.hint = hint
