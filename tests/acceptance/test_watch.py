"""The dead-man's pulse with real processes: whatever stands, the watcher says so once, and says once that it is over."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from tests.support.pulse_rig import PulseRig
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[PulseRig]:
    one = PulseRig(tmp_path)
    try:
        one.start()
        yield one
    finally:
        one.stop()


def lost(rig: PulseRig, what: str) -> str:
    wait_for(rig.messages, f"a message about {what}\n{rig.logs()}", 30.0)
    assert len(rig.messages()) == 1
    assert "失联：平台自" in rig.messages()[0]
    return rig.messages()[0]


def well_again(rig: PulseRig) -> None:
    wait_for(lambda: len(rig.messages()) == 2, f"the end is said\n{rig.logs()}", 40.0)
    assert "恢复：平台" in rig.messages()[1]
    wait_for(lambda: rig.check()[0] == 0, f"the watcher sees it beat\n{rig.logs()}", 20.0)
    assert len(rig.messages()) == 2


def test_the_hub_is_killed_and_the_watcher_too(rig: PulseRig) -> None:
    assert rig.check()[0] == 0
    rig.kill("hub")
    assert "无心跳" in lost(rig, "the dead hub")
    rig.kill("watch")
    rig.begin("watch")
    code, seen = rig.check()
    assert code == 1 and "失联，已告知" in seen
    rig.begin("hub")
    well_again(rig)


def test_only_the_alarms_stand(rig: PulseRig) -> None:
    """Somebody holds alarms.db: the hub takes entries and answers, and nobody would be told of anything."""
    with closing(apsw.Connection(str(rig.folder / "hub" / "alarms.db"))) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert "停在报警环节" in lost(rig, "the standing alarms")
        holder.execute("ROLLBACK")
    well_again(rig)


def test_the_broker_dies(rig: PulseRig) -> None:
    rig.broker.kill()
    assert "停在消息代理环节" in lost(rig, "the dead broker")
    rig.broker.start()
    well_again(rig)


def test_a_restart_in_time_is_no_news_and_a_pulse_is_no_alarm(tmp_path: Path) -> None:
    """A hub of this fast world needs some of its minutes to start; so it may miss more of them here."""
    rig = PulseRig(tmp_path, missed=30)
    try:
        rig.start()
        _restarted(rig)
    finally:
        rig.stop()


def _restarted(rig: PulseRig) -> None:
    rig.kill("hub")
    rig.begin("hub")
    wait_for(lambda: (ages := rig.ages()) and ages["notices"] < 1000, f"it beats again\n{rig.logs()}", 30.0)
    wait_for(lambda: rig.check()[0] == 0, f"the watcher sees it beat\n{rig.logs()}", 20.0)
    assert rig.messages() == []
    alarms = rig.ask("/api/v1/alarms?state=all")["alarms"]
    assert [one for one in alarms if one["kind"] != "broker"] == [], (
        "in this fast world a restart is long enough for that one"
    )
    assert rig.ask("/api/v1/notices")["notices"] == []
    assert [site for site in rig.ask("/api/v1/now")["sites"] if site["places"]] == []


def test_the_hub_misses_its_watcher(rig: PulseRig) -> None:
    def missed() -> bool:
        return "watcher-silent" in {one["reason"] for one in rig.ask("/api/v1/health")["ailments"]}

    assert not missed()
    rig.end("watch")
    wait_for(missed, "the hub misses the watcher", 20.0)
    rig.begin("watch")
    wait_for(lambda: not missed(), "it is back", 20.0)
