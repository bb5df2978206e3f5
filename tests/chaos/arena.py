"""Where a mix of faults runs: the real programs, two struck devices in one agent, a third in an agent of its own as the control.

The struck agent and the hub each reach the broker through a proxy of their own; the control goes straight to it. Where root is there
the struck agent's and the hub's files lie on small disks. The registry, the restore points and the simulator's record are elsewhere.
"""

import json
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from larder_cli.demo.plan import BrokerAddress
from larder_cli.demo.stage import Stage
from larder_cli.reconcile.balance import Balance
from larder_sim.world_file import load_world
from tests.chaos.disks import tmpfs
from tests.chaos.proxy import Proxy
from tests.chaos.records import Point
from tests.support.brokers import broker_of
from tests.support.stages import BRISK, WORLDS, logs
from tests.support.waiting import wait_for

CONTROL = "calm-box"
STRUCK = ("east-box", "west-box")
AGENT_DISK_MB, HUB_DISK_MB, RESERVE_MB = 24, 96, 24
SETTINGS = {"broker": {"keepalive_s": 5}}


def boot_ms() -> int:
    """The wall clock at which this machine's time since boot was 0."""
    return (time.time_ns() - time.clock_gettime_ns(time.CLOCK_BOOTTIME)) // 1_000_000


class SplitStage(Stage):
    """A stage whose control runs by itself, its files outside the struck agent's disk; the struck agent's clock can be set."""

    @property
    def clock_file(self) -> Path:
        return self.plan.folder / "clock-step"

    @property
    def control_file(self) -> Path:
        return self.plan.folder / "control.toml"

    def configure(self) -> None:
        super().configure()
        place = self.plan.state_dir(CONTROL)
        apart = self.plan.folder / CONTROL
        shutil.move(place, apart)
        place.symlink_to(apart)
        whole = tomllib.loads(self.plan.agent_file.read_text("utf-8"))
        devices = [one | {"keep_days": 0.0} for one in whole["device"]]
        straight = whole["broker"] | {"port": self.broker.port}
        self._write(self.plan.agent_file, whole, [one for one in devices if one["id"] != CONTROL])
        control = [one | {"state_dir": str(apart)} for one in devices if one["id"] == CONTROL]
        self._write(self.control_file, whole | {"broker": straight}, control)

    def _write(self, file: Path, whole: dict[str, Any], devices: list[dict[str, Any]]) -> None:
        file.write_text(tomli_w.dumps(whole | {"device": devices}))

    def start_agent(self) -> None:
        if "control" not in self._children:
            self.begin("control")
        self.begin("agent")
        self._await("agent", lambda: self.produced() is not None)

    def begin(self, name: str) -> None:
        """Start a program and wait for nothing: what it meets may not let it answer."""
        {
            "agent": lambda: self._begin(
                "agent", "tests.support.stepped_agent", "run", "--config", str(self.plan.agent_file)
            ),
            "control": lambda: self._begin("control", "larder_agent", "run", "--config", str(self.control_file)),
            "hub": lambda: self._begin("hub", "larder_hub", "run", "--config", str(self.plan.hub_file)),
            "broker": self.broker.start,
        }[name]()

    def begin_hub(self, module: str, *ways: str) -> None:
        self._begin("hub", module, *ways, "run", "--config", str(self.plan.hub_file))

    def running(self, name: str) -> bool:
        return name in self._children

    def code(self, name: str) -> int | None:
        """The exit code of a program that ended by itself; None while it runs, or where it was killed."""
        child = self._children.get(name)
        return child.poll() if child else None

    def forget(self, name: str) -> None:
        self._children.pop(name, None)

    def books(self) -> Balance:
        return self.balance()


@dataclass
class Arena:
    """`line` and `hub_line` are the proxies before the broker; `disks` where root is there."""

    stage: SplitStage
    folder: Path
    line: Proxy
    hub_line: Proxy
    disks: bool

    @property
    def points(self) -> dict[tuple[str, str], Point]:
        """By place and quantity, as the simulator names them: device and point."""
        found = {}
        for name, _, place in self.stage.plan.world.places():
            for point in place.points:
                found[name, point.quantity] = (place.device, point.id)
        return found

    def state_dirs(self) -> list[Path]:
        return [self.stage.plan.state_dir(device) for device in (*STRUCK, CONTROL)]


@contextmanager
def arena(folder: Path, kind: str, seed: int, *, disks: bool) -> Iterator[Arena]:
    """Everything started; nothing is left running or mounted."""
    with ExitStack() as stack:
        line, hub_line = (stack.enter_context(Proxy(("", 0), seed=seed)) for _ in range(2))
        roots = {"agent": folder / "card", "hub": folder / "hub-disk"} if disks else {}
        if disks:
            stack.enter_context(tmpfs(roots["agent"], AGENT_DISK_MB))
            stack.enter_context(tmpfs(roots["hub"], HUB_DISK_MB))

        def arrange(stage: Stage) -> None:
            for program, proxy in (("agent", line), ("hub", hub_line)):
                proxy.upstream = (stage.broker.host, stage.broker.port)
                stage.broker_for[program] = BrokerAddress(*proxy.address, stage.broker.ca_file)

        settings = {
            "agent": SETTINGS,
            "hub": SETTINGS | {"registry_dir": str(folder / "registry"), "ingest": {"reserve_mb": RESERVE_MB}},
        }
        stage = SplitStage(
            load_world(WORLDS / "mixes.toml"), "quiet", folder / "stage", scale=60.0, seed=seed, pace=BRISK, log_served=True,
            roots=roots, settings=settings, arrange=arrange,
            make_broker=lambda dir, port, users: broker_of(kind, dir, users),
        )  # fmt: skip
        stage.env["agent"] = {"LARDER_CLOCK_STEP": str(stage.clock_file)}
        try:
            stage.start()
            yield Arena(stage, folder, line, hub_line, disks)
        finally:
            for name in ("agent", "control", "hub", "broker", "sim"):
                if name == "broker":
                    stage.resume(name)
                stage.kill(name)


def larder(*words: str | Path, timeout_s: float = 60.0) -> "subprocess.CompletedProcess[str]":
    """A command as an operator types it."""
    argv = [sys.executable, "-m", "larder_cli.main", *map(str, words)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=timeout_s, check=False)


def account(stage: Stage) -> Any:
    """`larder account --json`, whether its exit code is 0 or 1."""
    done = larder("account", "--config", stage.plan.hub_file, "--json")
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def drain(arena: Arena, deadline_s: float = 90.0) -> Balance:
    """Every fault is over: stop the sensors, let agents seal and send what they hold, and read the books once nothing moves."""
    stage = arena.stage
    stage.stop_program("sim")
    _restart_agents(stage, ("agent", "control"))
    wait_for(lambda: stage.balance().held == 0, f"agents hold nothing back\n{_why(stage)}", deadline_s)
    for name in ("agent", "control"):
        stage.stop_program(name)
    wait_for(lambda: stage.balance().held == 0, f"agents hold nothing back\n{_why(stage)}", deadline_s)
    stage.stop_program("hub")
    return stage.balance()


def _restart_agents(stage: SplitStage, names: Sequence[str]) -> None:
    for name in names:
        stage.stop_program(name)
    stage.start_agent()


def _why(stage: SplitStage) -> str:
    return logs(stage) + "\n--- control\n" + stage.last_lines("control")
