"""What the device says of itself: birth and status. PROTOCOL.md [W-ANNOUNCE], [W-BIRTH], [W-STATUS]. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from larder_agent.chain import Link
from larder_agent.clock import Moment
from larder_agent.drivers.port import PointSpec
from larder_core.statement import Backlog, Birth, Disk, Status


class Standing(NamedTuple):
    """What the device answers for, after a commit: numbers `first..head.n`, and what waits for a receipt."""

    stream: str
    first: int
    head: Link
    backlog: Backlog
    disk: Disk
    produced: int


class Identity(NamedTuple):
    """Who speaks: device, version of the agent, drivers with their versions, points with their periods in ms, and the configuration's
    version."""

    device: str
    agent: str
    drivers: Mapping[str, str]
    points: Sequence[tuple[PointSpec, int]]
    config: int = 0


def birth(who: Identity, standing: Standing, moment: Moment) -> Birth:
    points = [(point.id, point.unit, point.scale, period_ms) for point, period_ms in who.points]
    return Birth(
        birth=1, device=who.device, stream=standing.stream, first=standing.first, n=standing.head.n, hash=standing.head.hash,
        boot=moment.boot, at=moment.at, up=moment.up, clock=moment.clock,
        agent=who.agent, drivers=dict(who.drivers), config=who.config, points=points,
    )  # fmt: skip


def status(who: Identity, standing: Standing, moment: Moment, *, online: bool) -> Status:
    return Status(
        status=1, device=who.device, stream=standing.stream, first=standing.first, n=standing.head.n, hash=standing.head.hash,
        boot=moment.boot, at=moment.at, up=moment.up, clock=moment.clock,
        online=online, backlog=standing.backlog, disk=standing.disk, produced=standing.produced,
        config=who.config,
    )  # fmt: skip
