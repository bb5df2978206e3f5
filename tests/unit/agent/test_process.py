"""A real agent process over real brokers: every reading once, whatever is killed. [A4], [A5], [A7], [W-BIRTH], [W-STATUS], [W-QOS]."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from larder_cli.broker import BrokerUser
from larder_core.absence import read_absence
from larder_core.content import Event
from larder_core.names import Address
from larder_core.signing import Key
from tests.support.brokers import KINDS, Broker
from tests.support.fixtures import BrokerFactory
from tests.support.waiting import wait_for
from tests.unit.agent.fake_hub import FakeHub

pytestmark = pytest.mark.process

REPOSITORY = Path(__file__).resolve().parents[3]
SOURCES = ("core", "agent", ".")
ADDRESS = Address("632221", "school-1", "box-1")
USERS = (BrokerUser("hub", "h" * 12), BrokerUser("box-1", "d" * 12, "632221", "school-1"))
HUB_KEY = Key(b"h" * 32)
POINTS = 5

CONFIG = """
[broker]
host = "{host}"
port = {port}
{trust}
password_file = "password"
keepalive_s = 5
[hub]
public_key = "{hub}"
[[device]]
county = "632221"
site = "school-1"
id = "box-1"
state_dir = "state"
period_s = 0.05
seal_after_s = 0.2
heartbeat_s = 0.5
resend_after_s = 1
outbox_mb = 1
[[device.source]]
driver = "counting"
count = {points}
"""


class Site:
    """A folder with a configuration, and the agent that runs over it."""

    def __init__(self, folder: Path, broker: Broker) -> None:
        self.folder, self.broker = folder, broker
        self.file = folder / "agent.toml"
        self.log = folder / "agent.log"
        trust = f'ca_file = "{broker.ca_file}"' if broker.ca_file else ""
        self.file.write_text(
            CONFIG.format(host=broker.host, port=broker.port, trust=trust, hub=HUB_KEY.public, points=POINTS)
        )
        (folder / "password").write_text(broker.password("box-1") + "\n")
        self.public = json.loads(self.larder("init", "--json").stdout)["box-1"]
        self.child: subprocess.Popen[bytes] | None = None

    def larder(self, command: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "larder_agent", command, "--config", str(self.file), *words],
            env=environment(),
            capture_output=True,
            text=True,
        )

    def start(self, room: int | None = None) -> None:
        """`room`: no file grows beyond so many bytes."""
        limit = [] if room is None else ["prlimit", f"--fsize={room}"]
        with self.log.open("ab") as out:
            self.child = subprocess.Popen(
                [*limit, sys.executable, "-m", "tests.unit.agent.counting", str(self.file)],
                env=environment(),
                cwd=REPOSITORY,
                stderr=out,
            )

    def end(self, number: int = signal.SIGTERM) -> int:
        assert self.child is not None
        self.child.send_signal(number)
        code = self.child.wait(30)
        self.child = None
        return code

    def served(self) -> list[int]:
        file = self.folder / "served"
        return [int(line) for line in file.read_text().split("\n")[:-1]] if file.exists() else []

    def account(self) -> dict[str, object]:
        told = self.larder("account", "--json")
        assert told.returncode == 0, told.stderr
        return dict(json.loads(told.stdout)["box-1"])


def environment() -> dict[str, str]:
    path = os.pathsep.join(str(REPOSITORY / folder) for folder in SOURCES)
    return os.environ | {"PYTHONPATH": path + os.pathsep + os.environ.get("PYTHONPATH", "")}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def broker(start_broker: BrokerFactory, kind: str) -> Broker:
    return start_broker(kind, USERS)


@pytest.fixture
def site(tmp_path: Path, broker: Broker) -> Iterator[Site]:
    made = Site(tmp_path, broker)
    yield made
    if made.child is not None:
        made.child.kill()
        made.child.wait()


@pytest.fixture
def hub(site: Site) -> Iterator[FakeHub]:
    with FakeHub(site.broker, ADDRESS, site.public, HUB_KEY) as running:
        yield running


def settled(hub: FakeHub, stream: str, head: int) -> Callable[[], bool]:
    return lambda: stream in hub.streams and hub.streams[stream].upto >= head


def test_every_reading_arrives_once_and_is_then_deleted(site: Site, hub: FakeHub, kind: str) -> None:
    site.start()
    wait_for(lambda: len(hub.values()) > 100, "a hundred readings at the hub")
    assert site.end() == 0
    account = site.account()
    wait_for(settled(hub, str(account["stream"]), int(str(account["head"]))), "the head at the hub")
    assert sorted(hub.values(), key=str) == sorted(site.served(), key=str)
    assert account["produced"] == len(site.served())
    assert (account["staged"], account["declared_lost"]) == (0, 0)
    assert hub.refused == []
    version = {"nats": "MQTT 3.1.1", "mosquitto": "MQTT 5"}[kind]
    assert version in site.log.read_text()
    assert f"{len(site.served()):,}" in site.larder("account").stdout


def test_birth_and_heartbeat_say_who_and_how(site: Site, hub: FakeHub) -> None:
    """A clean end says goodbye: the last status is the device's own, not the will's."""
    site.start()
    wait_for(lambda: len(hub.statuses) > 3, "heartbeats")
    wait_for(lambda: hub.statuses[-1].n > 2, "a heartbeat that announces entries")
    assert site.end() == 0
    wait_for(lambda: not hub.statuses[-1].online, "the goodbye")
    (birth,) = hub.births
    assert [point[:3] for point in birth.points] == [(f"p{at}", "Cel", -1) for at in range(POINTS)]
    assert birth.points[0][3] == 50
    assert birth.drivers == {"counting": "?"}, "a driver of this test, that no package installed"
    last = hub.statuses[-1]
    assert last.produced == len(site.served())
    assert last.disk.bound == 1 << 20
    assert last.disk.free > 0
    shown = site.larder("status").stdout
    assert "box-1" in shown
    assert birth.stream in shown


def test_a_killed_process_loses_no_staged_reading_and_seals_none_twice(site: Site, hub: FakeHub) -> None:
    """kill -9 at any moment. The driver writes down what it serves before the agent has it, so each kill may take the one group
    that the process had not staged yet."""
    kills = 8
    for _ in range(kills):
        before = len(site.served())
        site.start()
        wait_for(lambda before=before: len(site.served()) > before + 8 * POINTS, "readings served")  # type: ignore[misc]
        site.end(signal.SIGKILL)
    last = site.served()[-1]
    site.start()
    wait_for(lambda: last + 5 * POINTS in hub.values(), "readings of the last process")
    assert site.end() == 0
    account = site.account()
    wait_for(settled(hub, str(account["stream"]), int(str(account["head"]))), "the head at the hub")
    arrived = [value for value in hub.values() if value is not None]
    assert len(arrived) == len(set(arrived)) == account["produced"]
    missing = set(site.served()) - set(arrived)
    assert len(missing) <= kills * 2 * POINTS
    assert not set(arrived) - set(site.served())
    assert len(hub.streams) == 1
    assert [status.online for status in hub.statuses].count(False) >= kills, "each kill made the broker tell the will"


def test_a_broker_that_dies_costs_nothing(site: Site, hub: FakeHub) -> None:
    """The hub's connection dies with it; a new hub connects to the new broker."""
    site.start()
    wait_for(lambda: len(hub.values()) > 20, "readings")
    site.broker.kill()
    served = len(site.served())
    wait_for(lambda: len(site.served()) > served + 50, "readings while there is no broker")
    site.broker.start()
    with FakeHub(site.broker, ADDRESS, site.public, HUB_KEY) as after:
        # no birth is waited for: an agent that was back before this hub had subscribed spoke it to nobody
        after.streams = hub.streams
        wait_for(lambda: after.statuses, "a heartbeat on the new connection", deadline_s=30)
        wait_for(lambda: len(after.values()) > served + 50, "what was kept meanwhile")
        assert site.end() == 0
        account = site.account()
        wait_for(settled(after, str(account["stream"]), int(str(account["head"]))), "the head")
        assert sorted(after.values(), key=str) == sorted(site.served(), key=str)


def test_without_receipts_everything_is_kept(site: Site, hub: FakeHub) -> None:
    """[A5] The broker's acknowledgements prove nothing."""
    hub.answering = False
    site.start()
    wait_for(lambda: len(hub.values()) > 50, "readings at the hub")
    assert site.end() == 0
    account = site.account()
    assert account["held_readings"] == account["produced"] == len(site.served())
    # Without a receipt one entry is under way at a time [A4].
    (stream,) = hub.streams.values()
    assert len(stream.lines) < int(str(account["head"]))


def test_a_frozen_stream_is_adopted_by_a_new_one(site: Site, hub: FakeHub) -> None:
    """[A7], [A8]"""
    hub.answering = False
    site.start()
    wait_for(lambda: len(hub.values()) > 20, "readings")
    (old,) = hub.streams
    hub.answer(hub.receipt(old).model_copy(update={"frozen": True}))
    wait_for(lambda: len({birth.stream for birth in hub.births}) == 2, "a birth of the new stream")
    hub.answering = True
    new = hub.births[-1].stream
    assert site.end() == 0
    account = site.account()
    assert account["stream"] == new
    wait_for(settled(hub, new, int(str(account["head"]))), "the new stream at the hub")
    kinds = [content.kind for content in hub.contents(new)]
    assert kinds[0] == "adoption"
    assert "event" in kinds


def test_a_receipt_that_nobody_signed_is_ignored(site: Site, hub: FakeHub) -> None:
    """[A5] As is garbage, and a receipt for another device."""
    hub.answering = False
    site.start()
    wait_for(lambda: len(hub.values()) > 20, "readings")
    (stream,) = hub.streams
    receipt = hub.receipt(stream)
    hub.key = Key(b"x" * 32)
    hub.answer(receipt)
    hub.key = HUB_KEY
    hub.answer(receipt.model_copy(update={"device": "box-2"}))
    hub._client.send(ADDRESS.topic("receipt"), b"\xff" * 100)
    hub._client.send(ADDRESS.topic("receipt"), b"")
    ignored = {"receipts_ignored.bad-signature": 3, "receipts_ignored.wrong-device": 1}

    def counted() -> bool:
        counts = json.loads((site.folder / "state" / "metrics.json").read_text())["counts"]
        return {name: counts.get(name) for name in ignored} == ignored

    wait_for(counted, "four receipts ignored")
    assert site.end() == 0
    assert site.account()["held_readings"] == site.account()["produced"]
    assert "hub.public_key" in site.log.read_text()


def test_a_pause_is_an_absence_and_not_a_silence(site: Site, hub: FakeHub) -> None:
    """[A11] Told in the chain as it begins and ends, and nothing is asked meanwhile."""
    site.start()
    wait_for(lambda: len(hub.values()) > 20, "readings")
    assert site.larder("maintenance", "begin", "--reason", "defrosting").returncode == 0

    def events() -> list[str]:
        """But what a machine under load was late for."""
        told = [content for content in hub.contents() if isinstance(content, Event)]
        return [one.event for one in told if one.detail.get("reason") != "overrun"]

    wait_for(lambda: "maintenance-begun" in events(), "the beginning at the hub")
    wait_for(lambda: site.larder("status").stdout.count("defrosting"), "the pause in the status")
    served = len(site.served())
    heard = len(hub.statuses)
    wait_for(lambda: len(hub.statuses) > heard + 2, "heartbeats while paused")
    assert len(site.served()) <= served + POINTS, "at most the reading that was under way"
    assert site.larder("maintenance", "end").returncode == 0
    wait_for(lambda: len(site.served()) > served + 20, "readings again")
    assert site.end() == 0
    account = site.account()
    wait_for(settled(hub, str(account["stream"]), int(str(account["head"]))), "the head at the hub")
    assert events() == ["maintenance-begun", "absence", "maintenance-ended", "stopped"]
    absences = [read_absence(one) for one in hub.contents() if isinstance(one, Event) and one.event == "absence"]
    (said,) = [one for one in absences if one and one.reason != "overrun"]
    assert (said.reason, said.note) == ("maintenance", "defrosting")
    assert said.missed is not None and said.missed > 5 * POINTS


class TestEndings:
    """Exit codes and hints; one broker is enough."""

    @pytest.fixture
    def kind(self) -> str:
        return "nats"

    def test_a_disk_that_fails_ends_the_process_with_its_own_code(self, site: Site) -> None:
        """[A2] The file turns into something else under the running agent."""
        site.start()
        wait_for(lambda: len(site.served()) > 20, "readings")
        assert site.child is not None
        (site.folder / "state").rename(site.folder / "gone")
        assert site.child.wait(20) == 74
        assert "df -h" in site.log.read_text()
        site.child = None

    def test_ends_because_of_the_disk_are_counted_over_all_processes(self, site: Site) -> None:
        """Two at the start and one under way, on a disk that takes no more: the count is written where its bytes already are."""
        state = site.folder / "state"
        site.start()
        wait_for(lambda: len(site.served()) > 20, "readings")
        assert site.end() == 0
        for expected in (1, 2):
            site.start(room=30_000)
            assert site.child is not None
            assert site.child.wait(20) == 74
            assert (state / "io_error_exits").read_text().split() == [str(expected)]
        before = len(site.served())
        site.start(room=400_000)
        assert site.child.wait(30) == 74
        assert len(site.served()) > before
        assert (state / "io_error_exits").read_text().split() == ["3"]
        site.start()
        wait_for(lambda: len(site.served()) > before + 20, "readings again")
        wait_for(lambda: '"io_error_exits": 3' in (state / "metrics.json").read_text(), "the count in the metrics")
        assert site.end() == 0
        account = site.account()
        assert account["produced"] == account["held_readings"]

    def test_a_driver_that_raises_stops_the_process_and_is_counted(self, site: Site) -> None:
        site.start()
        wait_for(lambda: len(site.served()) > 20, "readings")
        (site.folder / "fault").write_text("raise")
        assert site.child is not None
        assert site.child.wait(20) == 70
        assert "a bug in a driver" in site.log.read_text()
        assert len(site.log.read_text().splitlines()) < 20, "a traceback stays on its line"
        site.child = None

    def test_two_agents_on_one_disk_are_refused(self, site: Site) -> None:
        site.start()
        wait_for(lambda: len(site.served()) > 5, "readings")
        second = site.larder("run")
        assert second.returncode == 78
        assert "another agent works here" in second.stderr
        assert site.end() == 0

    def test_a_device_without_a_key_is_told_how_to_get_one(self, site: Site) -> None:
        (site.folder / "state" / "device.key").unlink()
        told = site.larder("run")
        assert told.returncode == 78
        assert "larder agent init" in told.stderr

    def test_a_key_that_others_can_read_is_refused(self, site: Site) -> None:
        (site.folder / "state" / "device.key").chmod(0o644)
        told = site.larder("run")
        assert told.returncode == 78
        assert "chmod 600" in told.stderr

    def test_init_keeps_the_key_that_is_there(self, site: Site) -> None:
        assert site.larder("init").stdout == f"box-1 {site.public}\n"
        assert (site.folder / "state" / "device.key").stat().st_mode & 0o777 == 0o600

    def test_an_unknown_driver_is_named_with_its_key(self, site: Site) -> None:
        told = site.larder("run")
        assert told.returncode == 78
        assert "device[1].source[1].driver: there is no driver counting" in told.stderr

    def test_what_an_operator_discards_shows(self, site: Site) -> None:
        """[A10] Nobody was there to take it."""
        site.start()
        wait_for(lambda: len(site.served()) > 50, "readings")
        running = site.larder("discard", "--upto", "1", "--reason", "test-data", "--yes")
        assert (running.returncode, "another agent works here" in running.stderr) == (78, True)
        assert site.end() == 0
        before = site.account()
        asked = site.larder("discard", "--upto", "2", "--reason", "test-data")
        assert (asked.returncode, site.account()) == (2, before), "nobody said yes"
        done = site.larder("discard", "--upto", "2", "--reason", "test-data", "--yes")
        assert done.returncode == 0, done.stderr
        after = site.account()
        assert int(str(after["declared_lost"])) > 0
        assert (
            after["produced"]
            == before["produced"]
            == int(str(after["declared_lost"])) + int(str(after["held_readings"]))
        )
        assert site.larder("discard", "--upto", "2", "--reason", "x", "--yes").stdout.count("nothing to discard")
        assert site.larder("discard", "--upto", "2", "--reason", "No Word").returncode == 2

    def test_there_is_no_account_before_the_first_run(self, site: Site) -> None:
        told = site.larder("account")
        assert told.returncode == 78
        assert "start the agent once" in told.stderr
        assert "还没有运行过" in site.larder("status").stdout

    def test_the_account_and_the_outbox_agree_while_the_agent_runs(self, site: Site) -> None:
        """No broker user, no hub: everything is held."""
        site.start()
        wait_for(lambda: len(site.served()) > 50, "readings")
        account = site.account()
        assert account["produced"] == account["held_readings"]
        assert site.end(signal.SIGINT) == 0
