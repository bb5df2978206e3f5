"""An agent process with ten points stays under 41 MB of resident memory, with limits of the hub at work. The goal is 40: measured are
39.8 to 40.2, as the allocator happens to lay things out."""

from pathlib import Path

import pytest

from larder_cli.demo.stage import Stage
from tests.support.stages import grows, staged
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process

LIMIT_MB = 41
WORLD = Path(__file__).resolve().parents[1] / "support" / "worlds" / "ten_points.toml"


def resident_mb(stage: Stage) -> float:
    """VmRSS: what the process holds, shared libraries and all."""
    status = Path(f"/proc/{agent_pid(stage)}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def agent_pid(stage: Stage) -> int:
    """The agent itself, not the program that holds its leash."""
    pid = stage.pid("agent")
    name = Path(f"/proc/{pid}/cmdline").read_bytes()
    assert b"larder_agent" in name
    return pid


@pytest.mark.parametrize("kind", ["nats", "mosquitto"])
def test_ten_points_under_41_mb(tmp_path: Path, kind: str) -> None:
    """Over TLS and MQTT 5 with Mosquitto, in the clear and 3.1.1 with the embedded broker; after a backlog was sent."""
    with staged(tmp_path, kind, world=WORLD) as stage:
        grows(stage, 200)
        stage.kill("hub")
        wait_for(lambda: stage.balance().held > 300, "a backlog")
        stage.restart("hub")
        grows(stage, 400)
        points = sum(len(site.points(device)) for site, device in stage.plan.devices)
        used = resident_mb(stage)
    assert points == 10
    assert used < LIMIT_MB, f"{used:.1f} MB"
