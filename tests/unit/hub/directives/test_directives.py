"""The hub's half of configurations and commands: computed, published, heard, kept. [D1] [D3] [D5] [D6] [D9] [D11]"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import larder_hub.directives.desk
from larder_core.command import Reply, read_command, write_reply
from larder_core.desired import Desired, limit_profile, read_config
from larder_core.limits.profiles import FRIDGE_FOOD
from larder_core.names import Address
from larder_core.signing import Key, PublicKey, to_text
from larder_hub.alarms.judge import Facing, PointState, Seen, judge
from larder_hub.alarms.rules import Rules
from larder_hub.directives.book import Order
from larder_hub.directives.desk import DirectiveDesk
from larder_hub.directives.orders import Asked, Boot, boot_of, order_for
from larder_hub.directives.wanted import expires_ms, wanted
from larder_hub.ingest.intake import Intake
from larder_hub.ingest.mailbox import Arrival
from larder_hub.metrics import Metrics
from larder_hub.register.directory import Device, Directory, Place, Point
from larder_hub.web.app import build_web
from tests.support.hubs import IntakeRig
from tests.support.speaker import Speaker
from tests.support.web_client import Caller
from tests.support.web_world import World

HOME = Address("632224", "minzhong", "minzhong-box")
HUB = Key(b"h" * 32)
RULES = Rules.of(1.0)
FRIDGE = Point(
    HOME.device, "t", "fridge", "temperature", "Cel", 60.0, "fridge.food", 30.0, -0.3, "QH-17", "2027-01-31", True
)


def directory(speaker: Speaker, *points: Point) -> Directory:
    return Directory(
        places={("minzhong", "fridge"): Place("minzhong", "fridge", "冷藏柜", "Fridge")},
        devices={HOME.device: Device(HOME.device, HOME.county, HOME.site, speaker.key.public, True)},
        points={(point.device, point.id): point for point in points},
    )


class Air:
    """The broker connection: what was said on it."""

    def __init__(self) -> None:
        self.number: int | None = 1
        self.retained: list[tuple[str, bytes]] = []
        self.sent: list[tuple[str, bytes]] = []

    def session(self) -> int | None:
        return self.number

    def retain(self, topic: str, payload: bytes) -> None:
        self.retained.append((topic, payload))

    def send(self, topic: str, payload: bytes) -> None:
        self.sent.append((topic, payload))


class Rig:
    def __init__(self, folder: Path) -> None:
        self.folder, self.speaker, self.air, self.metrics, self.now = (
            folder,
            Speaker(HOME),
            Air(),
            Metrics(),
            1_790_000_000_000,
        )
        self.hub = IntakeRig(folder, self.speaker)
        self.directory = directory(self.speaker, FRIDGE)
        self.book = self.hub.ledger.registry.directives
        self.begin()

    def begin(self) -> None:
        """A hub's process begins."""
        self.desk = DirectiveDesk(self.book, lambda: self.directory, RULES, HUB, self.air, self.folder / "pictures", self.metrics,
                                  lambda: self.now)  # fmt: skip
        self.intake = Intake(self.hub.ledger, lambda: self.directory, HUB, 64, hearing=self.desk)

    def hear(self, channel: str, payload: bytes) -> None:
        self.intake.settle([Arrival(HOME.topic(channel), payload, 0, 0, 0)], self.now)  # type: ignore[arg-type]

    def event(self, word: str, **detail: str | int | bool | None) -> None:
        self.speaker.event(word, detail)
        self.hear("entry", self.speaker.message(self.speaker.n))

    def order(self, number: int = 5, **args: object) -> Order:
        device = self.directory.devices[HOME.device]
        order = order_for(
            device, Asked("li", "inspection", "inspect-now", {"count": 1} | args), number, None, HUB, self.now
        )
        self.book.order(order)
        self.desk._version = -1  # another process has written the file
        return order

    def kept(self, number: int = 5) -> Order:
        found = self.book.find(HOME.device, number)
        assert found is not None
        return found


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.hub.ledger.close()


# ---------------------------------------------------------------- configurations


def test_many_configurations_wait_for_the_disk_once_and_are_said_once(rig: Rig) -> None:
    """A register of the whole prefecture must not hold up what devices send."""
    homes = [HOME._replace(device=f"box-{n}") for n in range(20)]
    rig.directory = Directory(
        devices={one.device: Device(one.device, one.county, one.site, rig.speaker.key.public, True) for one in homes}
    )
    commits: list[int] = []
    rig.hub.ledger.registry._db.set_commit_hook(lambda: bool(commits.append(1)))  # type: ignore[func-returns-value]
    rig.desk.turn()
    assert [topic for topic, _ in rig.air.retained] == [one.topic("config") for one in sorted(homes)]
    for one in homes:
        rig.desk._told[one.device] = 1
    rig.desk.settle(rig.now)
    assert len(commits) == 2
    rig.desk.settle(rig.now)
    rig.desk.turn()
    assert (len(commits), len(rig.air.retained)) == (2, 20)


def test_the_register_becomes_a_configuration_that_a_device_reads(rig: Rig) -> None:
    """[D1] [D5]"""
    rig.desk.turn()
    ((topic, payload),) = rig.air.retained[-1:]
    assert topic == HOME.topic("config")
    desired = read_config(payload, PublicKey(HUB.public), HOME.device)
    (point,) = desired.points
    assert (point.name, point.period, point.profile) == (("冷藏柜", "Fridge"), 30_000, "fridge.food")
    assert point.calibration is not None
    assert (point.calibration.offset, point.calibration.judged) == (-0.3, True)
    assert point.calibration.expires == expires_ms("2027-01-31")
    assert limit_profile(desired.profiles[0]).table == FRIDGE_FOOD.table
    assert desired.profiles[0].source == FRIDGE_FOOD.source
    assert max(desired.fast) <= 120_000


def test_in_a_faster_world_every_time_is_shorter(rig: Rig) -> None:
    desired = wanted(rig.directory, rig.directory.devices[HOME.device], Rules.of(60.0))
    assert desired.points[0].period == 500
    assert desired.profiles[0].rules[0][4] == 30_000
    assert desired.fast == (1_000, 1_000)


def test_only_a_change_makes_a_version_and_each_connection_hears_the_last(rig: Rig) -> None:
    """[D3]"""
    rig.desk.turn()
    rig.desk.turn()
    first = rig.air.retained[-1][1]
    rig.directory = directory(rig.speaker, FRIDGE)
    rig.desk.turn()
    assert {payload for _, payload in rig.air.retained} == {first}, "the same register again"
    rig.directory = directory(rig.speaker, FRIDGE._replace(profile=""))
    rig.desk.turn()
    (wish,) = rig.book.wishes()
    assert (wish.version, wish.standing) == (2, "waiting")
    assert rig.air.retained[-1][1] == wish.payload
    count = len(rig.air.retained)
    rig.air.number = 2
    rig.desk.turn()
    assert rig.air.retained[count:] == [(HOME.topic("config"), wish.payload)]
    rig.begin()
    rig.desk.turn()
    assert rig.book.wishes()[0].version == 2, "a new process wants what the old one wanted"


def test_what_the_device_says_is_shown(rig: Rig) -> None:
    """[D3]"""
    rig.desk.turn()
    rig.hear("status", rig.speaker.status(config=1))
    assert rig.book.wishes()[0].standing == "applied"
    rig.directory = directory(rig.speaker, FRIDGE._replace(profile=""))
    rig.desk.turn()
    rig.event("config-refused", version=2, reason="unknown-point")
    (wish,) = rig.book.wishes()
    assert (wish.standing, wish.refused) == ("refused", "unknown-point")


def test_a_late_refusal_of_an_older_version_hides_no_newer_one(rig: Rig) -> None:
    """[D3] A backlog brings old events."""
    rig.desk.turn()
    rig.directory = directory(rig.speaker, FRIDGE._replace(profile=""))
    rig.desk.turn()
    rig.event("config-refused", version=2, reason="unknown-point")
    rig.event("config-refused", version=1, reason="wrong-unit")
    (wish,) = rig.book.wishes()
    assert (wish.standing, wish.refused, wish.refused_version) == ("refused", "unknown-point", 2)


def test_a_device_that_follows_makes_nobody_compute_configurations_again(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A roll-out to a thousand devices brings a thousand such statuses."""
    computed: list[str] = []
    compute = larder_hub.directives.desk.wanted

    def counted(directory: Directory, device: Device, *rest: Any) -> Desired:
        computed.append(device.id)
        return compute(directory, device, *rest)

    monkeypatch.setattr(larder_hub.directives.desk, "wanted", counted)
    rig.desk.turn()
    assert computed
    computed.clear()
    rig.hear("status", rig.speaker.status(config=1))
    rig.desk.turn()
    assert rig.book.wishes()[0].standing == "applied"
    assert not computed


def test_a_device_ahead_of_a_registry_that_was_lost_gets_a_higher_version(rig: Rig) -> None:
    """[D3]"""
    rig.desk.turn()
    rig.hear("status", rig.speaker.status(config=9))
    rig.desk.turn()
    assert rig.book.wishes()[0].version == 10
    assert read_config(rig.air.retained[-1][1], PublicKey(HUB.public), HOME.device).version == 10


def test_the_hub_judges_the_corrected_value_only_where_the_register_says_so() -> None:
    """[D5] 8.2 - 0.3 is within 8; what is kept stays 8.2."""
    readings = [Seen(1_000 * at, 8.2, "") for at in range(1, 4)]
    for judged, pending in ((True, False), (False, True)):
        facing = Facing.of(FRIDGE._replace(judge_corrected=judged), RULES)
        state, _ = judge(PointState(), facing, readings)
        assert (state.excursion.high is not None) is pending
        assert state.last_value == 8.2


# ---------------------------------------------------------------- commands


def test_a_command_is_sent_once_and_again_when_the_device_comes_back(rig: Rig) -> None:
    """[D6] [D8]"""
    rig.desk.turn()
    order = rig.order()
    rig.desk.turn()
    rig.desk.turn()
    assert rig.air.sent == [(HOME.topic("command"), order.payload)]
    rig.hear("birth", rig.speaker.birth())
    rig.desk.turn()
    assert len(rig.air.sent) == 2, "its answer may be lost with the connection"
    rig.now += 600_001
    rig.hear("birth", rig.speaker.birth())
    rig.desk.turn()
    assert len(rig.air.sent) == 2, "it is over"


def test_a_command_waits_for_the_connection(rig: Rig) -> None:
    rig.air.number = None
    rig.order()
    rig.desk.turn()
    assert rig.air.sent == []
    rig.air.number = 7
    rig.desk.turn()
    assert len(rig.air.sent) == 1


def test_the_answer_comes_by_reply_and_stays_by_the_record(rig: Rig) -> None:
    """[D9] [D12]"""
    rig.order()
    rig.hear("reply", reply(rig, found={"first": 2, "last": 3}))
    kept = rig.kept()
    found = json.loads(kept.found)
    assert (kept.outcome, found, kept.answered_ms, kept.recorded_ms) == (
        "done",
        {"first": 2, "last": 3},
        rig.now,
        None,
    )
    rig.now += 5
    rig.event("command-done", number=5, name="inspect-now", outcome="done", first=2, last=3)
    kept = rig.kept()
    assert (kept.outcome, json.loads(kept.found)) == ("done", {"first": 2, "last": 3})
    assert (kept.answered_ms, kept.recorded_ms) == (rig.now - 5, rig.now)
    rig.event("command-refused", number=5, name="inspect-now", reason="replayed")
    assert rig.kept().outcome == "done", "a replay is no news of what was done"


def test_a_reply_that_the_device_did_not_sign_is_quarantined(rig: Rig) -> None:
    """[D12]"""
    rig.order()
    rig.hear("reply", reply(rig, key=Key(b"s" * 32)))
    assert rig.kept().outcome == ""


@pytest.mark.parametrize("asked", [True, False])
def test_a_picture_is_kept_where_it_was_asked_for(rig: Rig, asked: bool) -> None:
    """[D11]"""
    args: dict[str, object] = {"still": ["cam"], "picture": True, "authority": "warrant 17"}
    rig.order(**(args if asked else {}))
    rig.hear("reply", reply(rig, picture=to_text(b"jpeg!")))
    file = rig.folder / "pictures" / f"{HOME.device}-5.jpg"
    assert file.exists() is asked
    assert bool(rig.kept().picture) is asked
    assert not asked or file.read_bytes() == b"jpeg!"


def reply(
    rig: Rig, *, key: Key | None = None, picture: str | None = None, found: dict[str, int] | None = None
) -> bytes:
    said = Reply(reply=1, device=HOME.device, number=5, name="inspect-now", outcome="done", reason="", found=dict(found or {}),
                 picture=picture)  # fmt: skip
    return write_reply(said, key or rig.speaker.key)


def test_numbers_rise_and_a_boot_is_told_where_it_is_known(rig: Rig) -> None:
    """[D6] [D7]"""
    device = rig.directory.devices[HOME.device]
    assert boot_of(rig.folder / "no.db", device, rig.now) is None
    assert rig.book.next_number(HOME.device, rig.now) == rig.now
    rig.order(number=rig.now + 50)
    assert rig.book.next_number(HOME.device, rig.now) == rig.now + 51, "a clock that went back repeats no number"
    rig.hear("status", rig.speaker.status())
    boot = boot_of(rig.hub.file, device, rig.now + 1_000)
    assert boot is not None
    order = order_for(device, Asked("li", "why", "restart", {}, 60_000), 9, boot, HUB, rig.now)
    command = read_command(order.payload, PublicKey(HUB.public), HOME.device)
    assert (command.boot, command.up) == (boot.id, boot.up_ms + 60_000)
    with pytest.raises(ValueError, match="lives"):
        order_for(device, Asked("li", "why", "restart", {}, 600_001), 9, Boot("0" * 8, 1), HUB, rig.now)


def test_the_api_shows_configurations_and_commands(rig: Rig) -> None:
    rig.desk.turn()
    rig.order()
    ask = Caller(build_web(World().furnish().services(wishes=rig.book.wishes, orders=rig.book.orders)))
    (config,) = ask.json("/api/v1/configs")["configs"]
    assert (config["device"], config["wanted"], config["applied"], config["standing"]) == (HOME.device, 1, 0, "waiting")
    (command,) = ask.json("/api/v1/commands")["commands"]
    assert (command["name"], command["actor"], command["outcome"], command["picture"]) == (
        "inspect-now",
        "li",
        "",
        False,
    )
    assert "payload" not in command
    assert "下发配置未采用" in ask.get("/").text
