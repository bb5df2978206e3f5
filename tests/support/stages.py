"""A stage of real programs for a test, over either broker, and what can be asked of it."""

import json
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import tomli_w

from larder_cli.demo.plan import BrokerAddress, Pace
from larder_cli.demo.stage import Stage
from larder_cli.reconcile.balance import Balance
from larder_sim.world_file import load_world
from tests.support.brokers import broker_of
from tests.support.waiting import wait_for

WORLDS = Path(__file__).parent / "worlds"
BRISK = Pace(seal_after_s=0.3, heartbeat_s=0.5, resend_after_s=1.0)


@contextmanager
def staged(
    folder: Path, kind: str, *, world: Path = WORLDS / "load.toml", scenario: str = "quiet", scale: float = 60.0,
    sms: dict[str, str] | None = None, pace: Pace = BRISK, prefix: Mapping[str, Sequence[str]] | None = None,
    env: Mapping[str, Mapping[str, str]] | None = None, roots: Mapping[str, Path] | None = None,
    broker_for: Mapping[str, BrokerAddress] | None = None,
    settings: Mapping[str, Mapping[str, object]] | None = None, arrange: Callable[[Stage], None] = lambda stage: None,
) -> Iterator[Stage]:  # fmt: skip
    """Everything started over a broker of this kind; whatever the test does, nothing is left running. The rest as in Stage."""
    stage = Stage(load_world(world), scenario, folder, scale=scale, pace=pace, log_served=True, sms=sms or {},
                  prefix=prefix, env=env, roots=roots, broker_for=broker_for, settings=settings, arrange=arrange,
                  make_broker=lambda dir, port, users: broker_of(kind, dir, users))  # fmt: skip
    try:
        stage.start()
        yield stage
    finally:
        for name in ("agent", "hub", "broker", "sim"):
            stage.kill(name)


def keep_nothing(stage: Stage) -> None:
    """Agents delete at once what is safe, instead of a week after: nothing but `safe` holds them back."""
    stage.stop_program("agent")
    config = tomllib.loads(stage.plan.agent_file.read_text())
    for device in config["device"]:
        device["keep_days"] = 0.0
    stage.plan.agent_file.write_text(tomli_w.dumps(config))
    stage.start_agent()


def stored(stage: Stage) -> int:
    """Readings in the ledger by the hub's own account; 0 while it does not answer."""
    account = stage.ask("account")
    return sum(one["readings_stored"] for one in account["streams"]) if account else 0


def grows(stage: Stage, by: int, deadline_s: float = 60.0) -> None:
    """Wait until the hub has stored `by` readings more than now: the whole way works."""
    before = stored(stage)
    wait_for(lambda: stored(stage) >= before + by, f"{by} more readings stored\n{logs(stage)}", deadline_s)


def drained(stage: Stage, deadline_s: float = 90.0) -> Balance:
    """Stop the agent in order, so that it seals what it holds, start it once more to send the rest, and balance the books."""
    stage.stop_program("sim")
    stage.stop_program("agent")
    stage.start_agent()
    wait_for(lambda: stage.balance().held == 0, f"agents hold nothing back\n{logs(stage)}", deadline_s)
    stage.stop_program("agent")
    wait_for(lambda: stage.balance().held == 0, f"agents hold nothing back\n{logs(stage)}", deadline_s)
    stage.stop_program("hub")
    return stage.balance()


def logs(stage: Stage) -> str:
    return "\n".join(f"--- {name}\n{stage.last_lines(name)}" for name in ("sim", "agent", "hub"))


def served(stage: Stage) -> Counter[tuple[str, str, int]]:
    """How often the simulator gave out each (place, quantity, value in thousandths), from its own record."""
    found: Counter[tuple[str, str, int]] = Counter()
    for line in (stage.plan.sim_dir / "truth.jsonl").read_text("utf-8").splitlines():
        one = json.loads(line)
        if one["kind"] == "served":
            found[one["place"], one["quantity"], one["value"] * 10 ** (one["scale"] + 3)] += 1
    return found
