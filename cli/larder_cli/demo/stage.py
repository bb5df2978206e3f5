"""Starts, stops, kills and restarts the real programs of one world: simulator, broker, hub, agent.

Each is a child process with its own log in `<folder>/logs`; every start waits for a sign of life with a deadline, never for a time.
"""

import json
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import tomli_w

from larder_cli.broker.nats_server import NatsBroker, write_private
from larder_cli.broker.users import HUB, WATCH, BrokerUser
from larder_cli.child import await_child, kill_child, signal_child, start_child
from larder_cli.demo import plan as planning
from larder_cli.demo.plan import BrokerAddress, Pace, Plan
from larder_cli.reconcile.balance import Balance, balance
from larder_cli.reconcile.outboxes import read_produced
from larder_sim.endpoints import Endpoints, read_endpoints
from larder_sim.world import World


class StageFailed(RuntimeError):
    """A program did not start or did not answer; the text ends with the last lines of its log."""


class Broker(Protocol):
    """A broker that the stage can start and kill: the embedded one, or Mosquitto in the tests."""

    host: str
    port: int
    ca_file: Path | None

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def kill(self) -> None: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...


BrokerMaker = Callable[[Path, int, Sequence[BrokerUser]], Broker]
Child = subprocess.Popen[bytes]
_POLL_S = 0.05


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Stage:
    """`scale` is how many times faster than the wall clock the world runs; `sms` is the `[sms]` table of the hub.

    What is unusual around the programs `sim`, `hub` and `agent` is said by name, and may be changed before a restart: `prefix` is the
    command put before one (`ip netns exec X`), `env` what is added to its environment, `broker_for` the address at which it
    finds the broker, `settings` what its configuration says beside (`{"agent": {"broker": {"keepalive_s": 5}}}`). `roots` moves
    what a program (or `broker`) writes below another folder than `folder`. `arrange` is called when the broker runs and before
    anything refers to it.
    """

    def __init__(
        self,
        world: World,
        scenario: str,
        folder: Path,
        *,
        scale: float,
        web_port: int = 0,
        seed: int = 7,
        pace: Pace | None = None,
        sms: Mapping[str, str] | None = None,
        make_broker: BrokerMaker = NatsBroker,
        log_served: bool = False,
        prefix: Mapping[str, Sequence[str]] | None = None,
        env: Mapping[str, Mapping[str, str]] | None = None,
        roots: Mapping[str, Path] | None = None,
        broker_for: Mapping[str, BrokerAddress] | None = None,
        settings: Mapping[str, Mapping[str, object]] | None = None,
        arrange: Callable[["Stage"], None] = lambda stage: None,
    ) -> None:
        moved = {program: root.resolve() for program, root in (roots or {}).items()}
        self.plan = Plan(world, folder.resolve(), moved)
        self.prefix, self.env, self.broker_for = dict(prefix or {}), dict(env or {}), dict(broker_for or {})
        self.settings = dict(settings or {})
        self._arrange = arrange
        self.scenario, self.scale, self.seed, self.log_served = scenario, scale, seed, log_served
        self.pace, self.sms = pace or Pace(), dict(sms or {})
        self._make_broker = make_broker
        self._web_port = web_port
        self._children: dict[str, Child] = {}

    # ---------------------------------------------------------------- all of it

    def start(self, said: Callable[[str], None] = lambda text: None) -> None:
        """Everything, in the order in which each needs the one before. `said` hears what is being done."""
        self.prepare()
        said("启动代理 / starting the MQTT broker")
        self.broker.start()
        self._arrange(self)
        said("启动模拟硬件 / starting the simulated hardware")
        self.start_sim()
        said("生成密钥与登记 / making keys and the register")
        self.configure()
        said("启动中心 / starting the hub")
        self.start_hub()
        said("启动边缘端 / starting the agent")
        self.start_agent()

    def prepare(self) -> None:
        """Folders, passwords, and a broker that is not started yet."""
        for folder in (self.plan.folder / "logs", self.plan.folder / "secrets", self.plan.broker_dir, self.plan.sim_dir,
                       self.plan.root("agent") / "devices"):  # fmt: skip
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        users = [BrokerUser(name, self._secret(name)) for name in (HUB, WATCH)]
        users += [BrokerUser(device, self._secret(device), site.county, site.id) for site, device in self.plan.devices]
        self.broker: Broker = self._make_broker(self.plan.broker_dir, free_port(), users)
        for file, password in planning.camera_passwords(self.plan).items():
            write_private(file, password)

    def configure(self) -> None:
        """Keys of agent and hub, and the files that refer to them."""
        self._web_port = self._web_port or free_port()
        hub = planning.hub_config(
            self.plan, self.broker_address("hub"), self.plan.secret(HUB), self._web_port, self.scale, self.sms
        )
        self.plan.hub_file.write_text(tomli_w.dumps(self._with_settings("hub", hub)))
        key = json.loads(self._call("larder_hub", "init", "--config", str(self.plan.hub_file), "--json"))["public_key"]
        passwords = {device: self.plan.secret(device) for _, device in self.plan.devices}
        keys: dict[str, str] = {}
        for group in self.plan.groups:
            agent = planning.agent_config(
                self.plan, group, self._way(group), key, passwords, self.endpoints, self.pace, self.scale
            )
            file = self.plan.group_file(group)
            file.write_text(tomli_w.dumps(self._with_settings("agent", agent)))
            keys |= json.loads(self._call("larder_agent", "init", "--config", str(file), "--json"))
        self.plan.register_file.write_text(tomli_w.dumps(planning.register(self.plan, keys)))
        self._call(
            "larder_hub", "register", "import", str(self.plan.register_file), "--config", str(self.plan.hub_file)
        )

    def _way(self, group: str) -> BrokerAddress:
        """Where the agents of a group find the broker: through their county's network where the simulator has one."""
        link = self.endpoints.links.get(group.removeprefix("agent-"))
        at = self.broker_address("agent")
        return at if link is None else at._replace(host=link.host, port=link.port)

    def broker_address(self, program: str) -> BrokerAddress:
        """Where `hub` or `agent` finds the broker."""
        own = BrokerAddress(self.broker.host, self.broker.port, self.broker.ca_file)
        return self.broker_for.get(program, own)

    def _with_settings(self, program: str, config: dict[str, Any]) -> dict[str, Any]:
        """`settings` laid over the configuration, the tables in it key by key."""
        over = self.settings.get(program, {})
        return config | {
            key: {**config.get(key, {}), **value} if isinstance(value, Mapping) else value
            for key, value in over.items()
        }

    def stop(self) -> None:
        """In the order in which nothing is left on its way: agent, hub, broker, simulator."""
        for name in ("agent", "hub"):
            self.stop_program(name)
        if hasattr(self, "broker"):
            self.broker.stop()
        self.stop_program("sim")

    # ---------------------------------------------------------------- one by one

    def start_sim(self) -> None:
        words = ["--world", str(self.plan.world.file), "--scenario", self.scenario, "--dir", str(self.plan.sim_dir),
                 "--scale", str(self.scale), "--base-port", "0", "--seed", str(self.seed)]  # fmt: skip
        if len(self.plan.world.counties) > 1:
            at = self.broker_address("agent")
            words += ["--uplink", f"{at.host}:{at.port}"]
        self._begin("sim", "larder_sim", *words, *(["--log-served"] if self.log_served else []))
        self.endpoints: Endpoints = self._await("sim", lambda: read_endpoints(self.plan.sim_dir))

    def start_hub(self) -> None:
        self._begin("hub", "larder_hub", "run", "--config", str(self.plan.hub_file))
        self._await("hub", lambda: self.ask("health") is not None)

    def start_agent(self) -> None:
        for group in self.plan.groups:
            file = str(self.plan.group_file(group))
            self._begin(group, "larder_agent", "run", "--config", file, settings_of="agent")
        for group in self.plan.groups:
            self._await(group, lambda: self._opened() == len(self.plan.devices), 30.0 + len(self.plan.devices))

    def _opened(self) -> int:
        """How many devices have their outbox open."""
        return sum(1 for _, device in self.plan.devices if _count_of(self.plan.state_dir(device)) is not None)

    def order(self, **step: object) -> None:
        """Make the simulator do something at once; the keys are those of a step of a scenario."""
        with (self.plan.sim_dir / "orders.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(step) + "\n")

    def _named(self, name: str) -> list[str]:
        """The children of this name that run; `agent` means all groups of agents."""
        names = self.plan.groups if name == "agent" else (name,)
        return [one for one in names if one in self._children]

    def stop_program(self, name: str) -> None:
        """SIGTERM; a program that does not end in time is killed."""
        children = [self._children.pop(one) for one in self._named(name)]
        for child in children:
            signal_child(child, signal.SIGTERM)
        for child in children:
            await_child(child, grace_s=20.0)

    def kill(self, name: str) -> None:
        """SIGKILL at this very moment; `broker` too."""
        if name == "broker":
            self.broker.kill()
        else:
            for one in self._named(name):
                kill_child(self._children.pop(one))

    def pause(self, name: str) -> None:
        """SIGSTOP: what it holds open stays open, and nothing answers."""
        if name == "broker":
            self.broker.pause()
        else:
            for one in self._named(name):
                signal_child(self._children[one], signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """SIGCONT."""
        if name == "broker":
            self.broker.resume()
        else:
            for one in self._named(name):
                signal_child(self._children[one], signal.SIGCONT)

    def restart(self, name: str) -> None:
        {"sim": self.start_sim, "hub": self.start_hub, "agent": self.start_agent, "broker": self.broker.start}[name]()

    def pid(self, name: str) -> int:
        return self._children[name].pid

    @property
    def pids(self) -> list[int]:
        """Of the programs that run, without the broker."""
        return [child.pid for child in self._children.values()]

    def ended(self) -> str | None:
        """The name of a program that ended by itself, with the end of its log; None while all run."""
        for name, child in self._children.items():
            if child.poll() is not None:
                return f"{name} ended with code {child.returncode}\n{self.last_lines(name)}"
        return None

    # ---------------------------------------------------------------- asking

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._web_port}"

    def ask(self, path: str) -> Any:
        """The hub's answer to GET /api/v1/<path>, None while it does not answer."""
        try:
            with urllib.request.urlopen(f"{self.url}/api/v1/{path}", timeout=5) as answer:
                return json.load(answer)
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return None

    def sealed(self) -> dict[str, int]:
        """Readings that each device has sealed, by its own outbox; 0 where it is not made yet."""
        return {device: _count_of(self.plan.state_dir(device)) or 0 for _, device in self.plan.devices}

    def produced(self) -> int | None:
        """Readings that the agents have sealed, by their own outboxes; None while one of them is not made yet."""
        counts = [_count_of(self.plan.state_dir(device)) for _, device in self.plan.devices]
        return None if None in counts else sum(count for count in counts if count is not None)

    def balance(self) -> Balance:
        return balance([self.plan.state_dir(device) for _, device in self.plan.devices], self.plan.data_dir)

    def last_lines(self, name: str, count: int = 8) -> str:
        file = self.plan.folder / "logs" / f"{name}.log"
        lines = file.read_text("utf-8", errors="replace").splitlines() if file.exists() else []
        return "\n".join(f"  {line}" for line in lines[-count:]) + f"\n  (log: {file})"

    # ---------------------------------------------------------------- children

    def _begin(self, name: str, module: str, *words: str, settings_of: str = "") -> None:
        known = settings_of or name
        argv = [*self.prefix.get(known, ()), sys.executable, "-m", module, *words]
        env = {**os.environ, **self.env[known]} if known in self.env else None
        self._children[name] = start_child(argv, log=self.plan.folder / "logs" / f"{name}.log", env=env)

    def _await(self, name: str, sign: Callable[[], Any], deadline_s: float = 30.0) -> Any:
        child, until = self._children[name], time.monotonic() + deadline_s
        while time.monotonic() < until:
            if found := sign():
                return found
            try:
                code = child.wait(timeout=_POLL_S)
            except subprocess.TimeoutExpired:
                continue
            raise StageFailed(f"{name} ended with code {code} while starting:\n{self.last_lines(name)}")
        raise StageFailed(f"{name} gave no sign of life in {deadline_s:g} s:\n{self.last_lines(name)}")

    def _call(self, module: str, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", module, *words], capture_output=True, text=True, timeout=60, check=False
        )
        if done.returncode:
            raise StageFailed(
                f"{module} {' '.join(words)} ended with code {done.returncode}:\n{done.stderr or done.stdout}"
            )
        return done.stdout

    def _secret(self, name: str) -> str:
        file = self.plan.secret(name)
        if not file.exists():
            write_private(file, secrets.token_urlsafe(24))
        return file.read_text()


def _count_of(state_dir: Path) -> int | None:
    """Readings that a device has sealed, None while its outbox is not made yet."""
    try:
        return read_produced(state_dir)
    except sqlite3.OperationalError:
        return None
