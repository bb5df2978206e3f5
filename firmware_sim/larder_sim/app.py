"""One run of the simulator, wired in a straight line."""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from larder_sim.clock import SimClock
from larder_sim.endpoints import FILE_NAME, Endpoints, Listener, write_endpoints
from larder_sim.hardware import Hardware
from larder_sim.orders import Orders
from larder_sim.plant import Plant
from larder_sim.scenario import Scenario
from larder_sim.steps import Step
from larder_sim.truth import Truth
from larder_sim.uplinks import Uplink
from larder_sim.world import World

TRUTH_FILE = "truth.jsonl"
_TICK_S = 0.05  # wall seconds between moves of the plant: registers are never older
_ONEWIRE_TICKS = 3  # a 1-wire file every 150 ms; a real DS18B20 takes 750 ms to convert


@dataclass(frozen=True)
class Settings:
    """How to run: `folder` is made when missing; a `base_port` of 0 takes free ports."""

    folder: Path
    scale: float
    base_port: int
    seed: int
    log_served: bool
    uplink: tuple[str, int] | None = None  # the broker behind the links of the counties; None: there are no links
    host: str = "127.0.0.1"


def wall_ms() -> int:
    """Milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


def local_start(world: World, scenario: Scenario) -> str:
    """Local date and time at simulated second 0, as `2026-11-23T11:00`."""
    hours, minutes = divmod(world.local_start_s // 60, 60)
    return f"{scenario.start.isoformat()}T{hours:02d}:{minutes:02d}"


async def simulate(
    world: World, scenario: Scenario, settings: Settings, stop: asyncio.Event, started: Callable[[Endpoints], None]
) -> None:
    """Run until `stop` is set. `started` is called once, when all listens. Raises PortTaken, OSError for the folder."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    (settings.folder / FILE_NAME).unlink(missing_ok=True)
    async with AsyncExitStack() as stack:
        sink = stack.enter_context((settings.folder / TRUTH_FILE).open("a", encoding="utf-8"))
        truth = Truth(sink, wall_ms, settings.log_served)
        plant = Plant(world, scenario, settings.seed)
        hardware = Hardware(world, plant, truth, settings.folder.resolve(), time.monotonic)
        stack.push_async_callback(hardware.stop)
        modbus, rtsp = await hardware.start(settings.host, settings.base_port)
        links = {county.code: Uplink(settings.uplink) for county in world.counties} if settings.uplink else {}
        for link in links.values():
            stack.push_async_callback(link.stop)
        orders = Orders(settings.folder, world)
        orders.begin()
        clock = SimClock(settings.scale, time.monotonic(), time.monotonic)
        endpoints = Endpoints(
            pid=os.getpid(),
            started_ms=wall_ms(),
            scale=settings.scale,
            seed=settings.seed,
            modbus=modbus,
            onewire={device: str(path) for device, path in hardware.folders.items()},
            rtsp=rtsp,
            links={code: Listener(settings.host, await link.start(settings.host, 0)) for code, link in links.items()},
        )
        truth.started(settings.scale, settings.seed, str(world.file), str(scenario.file), local_start(world, scenario))
        file = write_endpoints(settings.folder, endpoints)
        stack.callback(file.unlink, missing_ok=True)
        started(endpoints)
        await _run(clock, plant, hardware, truth, orders, _Network(world, plant, links), stop)
        for happening in plant.end():
            truth.happened(happening)


class _Network:
    """A county's link is cut while every one of its sites is cut off; a single site's cut is in the record only."""

    def __init__(self, world: World, plant: Plant, links: Mapping[str, Uplink]) -> None:
        self._plant, self._links = plant, links
        self._sites = {code: [site.id for site in world.sites if site.county == code] for code in links}

    async def settle(self) -> None:
        for code, link in self._links.items():
            await link.set_cut(not any(self._plant.linked(site) for site in self._sites[code]))


async def _run(
    clock: SimClock,
    plant: Plant,
    hardware: Hardware,
    truth: Truth,
    orders: Orders,
    network: _Network,
    stop: asyncio.Event,
) -> None:
    ticks = 0
    while not await _is_set_within(stop, _TICK_S):
        for order in orders.new(plant.now_s):
            if isinstance(order, Step):
                plant.order(order)
            else:
                print(order, file=sys.stderr, flush=True)
        for happening in plant.advance(clock.elapsed_s()):
            truth.happened(happening)
        await hardware.settle()
        await network.settle()
        ticks += 1
        if ticks % _ONEWIRE_TICKS == 0:
            hardware.write_onewire()


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True
