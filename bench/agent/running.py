"""A real agent on a real broker (Mosquitto, TLS) and hub, with ten points: what it holds, how it starts, what it costs."""

import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bench.agent.day import DAY
from bench.agent.gateway import POINTS
from larder_cli.demo.stage import Stage
from tests.support.stages import grows, staged, stored
from tests.support.waiting import wait_for

WORLD = Path(__file__).resolve().parents[2] / "tests" / "support" / "worlds" / "ten_points.toml"
STARTS, BUSY_S = 5, 15.0
IMPORT = "from larder_agent import lean; lean.defer(); import larder_agent.app"


class Figures(NamedTuple):
    """`first_cpu_s`: what the start costs, whatever else the machine does."""

    resident_mb: float
    first_sample_s: float
    first_cpu_s: float
    cpu_us: float
    drain_s: float
    drained: int


def python_s(code: str) -> float:
    """Seconds of an interpreter that does this and ends: the best of some."""
    took = []
    for _ in range(STARTS):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        took.append(time.perf_counter() - began)
    return min(took)


def measured(folder: Path) -> Figures:
    with staged(folder, "mosquitto", world=WORLD) as stage:
        grows(stage, 400)
        resident, cpu_us = _resident_mb(stage), _cpu_us(stage)
        starts = [_first_sample_s(stage) for _ in range(STARTS)]
        drain_s, drained = _drain(stage)
    first_s, first_cpu_s = (median(column) for column in zip(*starts, strict=True))
    return Figures(resident, first_s, first_cpu_s, cpu_us, drain_s, drained)


def _resident_mb(stage: Stage) -> float:
    status = Path(f"/proc/{stage.pid('agent')}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def _cpu_us(stage: Stage) -> float:
    """Of everything that the agent does (drivers, seals, TLS, status), by what it seals meanwhile."""

    def ticks() -> int:
        fields = Path(f"/proc/{stage.pid('agent')}/stat").read_text().rpartition(") ")[2].split()
        return int(fields[11]) + int(fields[12])

    before, sealed, until = ticks(), sum(stage.sealed().values()), time.monotonic() + BUSY_S
    wait_for(lambda: time.monotonic() >= until, "some seconds of work", BUSY_S + 10)
    return (ticks() - before) * 10_000 / max(1, sum(stage.sealed().values()) - sealed)


def _first_sample_s(stage: Stage) -> tuple[float, float]:
    """From the start of the process to the first reading that would survive its end: on the wall clock, and of CPU until then."""
    stage.stop_program("agent")
    (folder,) = [stage.plan.state_dir(device) for _, device in stage.plan.devices]
    began = time.monotonic()
    stage.start_agent()
    while not list(folder.glob("staging-*.jsonl")):
        if time.monotonic() - began > 30:
            raise TimeoutError("no reading within 30 s")
    took_s = time.monotonic() - began
    threads = Path(f"/proc/{stage.pid('agent')}/task").glob("*/schedstat")
    return took_s, sum(int(one.read_text().split()[0]) for one in threads) / 1e9


def _drain(stage: Stage) -> tuple[float, int]:
    """Seconds from the start of the process until the hub has stored a day of the device, and how many readings that is."""
    stage.stop_program("agent")
    ((_, device),) = stage.plan.devices
    argv = [sys.executable, "-m", "bench.agent.day", str(stage.plan.state_dir(device)), device, POINTS, str(DAY), "0"]
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    before, want = stored(stage), DAY * 10
    began = time.monotonic()
    stage.start_agent()
    wait_for(lambda: stored(stage) - before >= want, "the day in the ledger", 120)
    return time.monotonic() - began, want
