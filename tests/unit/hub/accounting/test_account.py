"""The account over real files: what devices say, what is registered, and what follows. PROTOCOL.md [H7] [W-ABSENCE]."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from larder_core.absence import Absence, write_absence
from larder_core.names import Address
from larder_hub.accounting.completeness import Completeness
from larder_hub.accounting.desk import GRID_MS
from larder_hub.accounting.gauges import OTHER, STRANGER, AccountGauges
from larder_hub.accounting.report import Report, Scope
from larder_hub.accounting.standing import State
from larder_hub.ledger.account import StreamState
from larder_hub.ledger.spans import LossOf
from larder_hub.metrics import Metrics
from tests.support.accounts import MINUTE_MS, AccountRig, register_of, resting
from tests.support.speaker import START_MS, Speaker

HOME = Address("632224", "minzhong", "minzhong-box")
OTHER_HOME = Address("632224", "shaliuhe", "shaliuhe-box")
FAR = Address("632221", "menyuan", "menyuan-box")


def minutes(count: float) -> int:
    return START_MS + int(count * MINUTE_MS)


@pytest.fixture
def speaker() -> Speaker:
    """Twelve entries of ten minutes each: readings at minutes 1 to 120."""
    one = Speaker(HOME)
    for _ in range(12):
        one.batch(*range(40, 50))
    return one


@pytest.fixture
def rig(tmp_path: Path, speaker: Speaker) -> Iterator[AccountRig]:
    made = AccountRig(
        tmp_path, speaker, Speaker(OTHER_HOME, seed=2, stream="e" * 32), Speaker(FAR, seed=3, stream="f" * 32)
    )
    made.now_ms = minutes(120.5)
    yield made
    made.close()


def test_all_that_was_due_is_here(rig: AccountRig, speaker: Speaker) -> None:
    rig.tell(speaker, 1, 12)
    found = rig.device(speaker)
    assert found.completeness == Completeness(due=120, good=120)
    assert (found.standing.state, found.standing.heard_ms) == (State.REPORTING, rig.now_ms)
    assert (found.balance.due, found.balance.stored, found.balance.readings_stored) == (12, 12, 120)


def test_what_is_announced_and_not_here_is_awaited(rig: AccountRig, speaker: Speaker) -> None:
    """Entries 5 to 8 are missing: minutes 41 to 80."""
    rig.tell(speaker, 1, 4)
    rig.tell(speaker, 9, 12)
    found = rig.device(speaker)
    assert found.completeness == Completeness(due=120, good=80, awaited=40)
    assert (found.balance.awaited, found.streams[0].ranges_awaited) == (4, ((5, 8),))


def test_the_end_that_was_announced_is_awaited_and_what_follows_is_unheard(rig: AccountRig, speaker: Speaker) -> None:
    """Heard at minute 100 that there are twelve entries, four of them here; nothing since, and 200 minutes were due."""
    rig.now_ms = minutes(100)
    rig.tell(speaker, 1, 4)
    rig.beat(speaker)
    rig.now_ms = minutes(200)
    found = rig.device(speaker)
    assert (found.completeness.due, found.completeness.good) == (200, 40)
    assert found.completeness.unexplained == 0
    assert found.completeness.awaited + found.completeness.unheard == 160
    assert found.completeness.awaited == pytest.approx(60, abs=2)
    assert (found.standing.state, found.standing.silent_since_ms) == (State.SILENT, minutes(100))


def test_a_loss_is_counted_by_its_reason(rig: AccountRig, speaker: Speaker) -> None:
    speaker.loss(5, 6, count=20, reason="outbox-full")
    speaker.loss(7, 8, count=20, reason="disk-worn")
    rig.tell(speaker, 1, 4)
    rig.tell(speaker, 9, 14)
    found = rig.device(speaker)
    assert found.completeness.declared_lost == {"outbox-full": 20, "disk-worn": 20}
    assert (found.completeness.good, found.completeness.unexplained) == (80, 0)
    assert found.balance.losses == (LossOf("disk-worn", 1, 2, 20), LossOf("outbox-full", 1, 2, 20))
    assert (found.balance.declared_lost, found.balance.readings_declared_lost) == (4, 40)


def test_what_was_declared_and_came_after_all_is_stored(rig: AccountRig, speaker: Speaker) -> None:
    speaker.loss(5, 8, count=40)
    rig.tell(speaker, 1, 4)
    rig.tell(speaker, 9, 13)
    rig.tell(speaker, 6)
    found = rig.device(speaker)
    assert found.balance.losses == (LossOf("outbox-full", 2, 3, 30),)
    assert found.completeness == Completeness(due=120, good=90, declared_lost={"outbox-full": 30})


def test_an_absence_that_the_device_told_of_is_no_gap(rig: AccountRig, tmp_path: Path) -> None:
    """Readings at minutes 1 to 10 and 41 to 120; the device says why there were none between."""
    one = rig.speakers[1]
    one.batch(*range(10))
    one.clock_ms = minutes(40)
    one.event("absence", write_absence(Absence(minutes(10), minutes(41), None, 30, "maintenance")))
    for _ in range(8):
        one.batch(*range(10))
    rig.tell(one, 1, 10)
    assert rig.device(one).completeness == Completeness(due=120, good=90, absent={"maintenance": 30})


def test_a_gap_that_nobody_explains_is_unexplained(rig: AccountRig) -> None:
    one = rig.speakers[1]
    one.batch(*range(10))
    one.clock_ms = minutes(40)
    for _ in range(8):
        one.batch(*range(10))
    rig.tell(one, 1, 9)
    found = rig.device(one)
    assert found.completeness == Completeness(due=120, good=90, unexplained=30)
    assert found.balance.unexplained == 0, "no number is missing: the readings were never taken"


def test_a_clock_that_was_set_wrong_fills_nothing(rig: AccountRig) -> None:
    one = rig.speakers[1]
    one.clock_ms = minutes(500_000)
    one.batch(*range(10))
    rig.tell(one, 1)
    found = rig.device(one)
    assert (found.balance.readings_stored, found.completeness.stored) == (10, 0)


def test_a_wiped_card_closes_a_stream_and_what_it_owed_is_unexplained(rig: AccountRig, speaker: Speaker) -> None:
    rig.tell(speaker, 1, 4)
    rig.beat(speaker)
    anew = Speaker(HOME, stream="a" * 32, clock_ms=minutes(110))
    anew.batch(*range(10))
    rig.tell(anew, 1)
    found = rig.device(speaker)
    closed, current = found.streams
    assert (closed.state, closed.unexplained, closed.ranges_unexplained) == (StreamState.CLOSED, 8, ((5, 12),))
    assert (current.state, current.unexplained) == (StreamState.CURRENT, 0)
    assert (found.standing.state, found.standing.closed, found.standing.forked) == (State.REPORTING, 1, 0)
    assert found.completeness == Completeness(due=120, good=50, unexplained=70)


def test_a_fork_freezes_and_keeps_its_evidence(rig: AccountRig, speaker: Speaker) -> None:
    clone = Speaker(HOME, lines=speaker.lines[:11])
    clone.batch(99)
    rig.tell(speaker, 1, 12)
    rig.tell(clone, 12)
    found = rig.device(speaker)
    assert (found.standing.state, found.standing.forked, found.balance.evidence) == (State.FORKED, 1, 1)
    assert found.streams[0].state == StreamState.FORKED


def test_a_restored_hub_does_not_know_since_when(rig: AccountRig, speaker: Speaker, tmp_path: Path) -> None:
    """The ledger is gone, the registry remembers: of unknown age, not of 1970."""
    rig.tell(speaker, 1, 12)
    rig.beat(speaker)
    rig.intake.ledger.close()
    for file in tmp_path.glob("ledger.db*"):
        file.unlink()
    rig.intake.restart()
    found = rig.device(speaker)
    assert (found.standing.state, found.standing.heard_ms) == (State.RESTORED, None)
    (stream,) = found.streams
    assert (stream.state, stream.first_heard_ms, stream.heard_ms) == (StreamState.RESTORED, None, None)
    assert (stream.head, stream.awaited) == (12, 12)
    rig.beat(speaker)
    stream = rig.device(speaker).streams[0]
    assert (stream.state, stream.first_heard_ms, stream.heard_ms) == (StreamState.CURRENT, None, rig.now_ms)


def test_what_the_broker_says_for_a_device_is_not_the_device(rig: AccountRig, speaker: Speaker) -> None:
    """A retained status comes again at every connection of the hub, a last will when the device has gone."""
    rig.tell(speaker, 1, 12)
    rig.beat(speaker)
    heard = rig.now_ms
    rig.now_ms = minutes(180)
    rig.beat(speaker)
    rig.beat(speaker, online=False)
    assert (rig.device(speaker).standing.state, rig.device(speaker).standing.heard_ms) == (State.SILENT, heard)
    speaker.clock_ms += 1
    rig.beat(speaker)
    assert rig.device(speaker).standing.heard_ms == minutes(180)


def test_never_heard_resting_and_unregistered_are_told_apart(rig: AccountRig, speaker: Speaker) -> None:
    rig.tell(speaker, 1, 12)
    never = rig.device(rig.speakers[1])
    assert (never.standing.state, never.completeness) == (State.NEVER_HEARD, Completeness(due=120, unheard=120))
    rig.register(resting(register_of(*rig.speakers)), minutes(60))
    rests = rig.device(rig.speakers[1])
    assert (rests.standing.state, rests.completeness) == (State.RESTING, Completeness(due=60, unheard=60))
    rig.register(register_of(*rig.speakers[1:]), minutes(61))
    gone = rig.device(speaker)
    assert (gone.standing.state, gone.site, gone.completeness.due) == (State.UNREGISTERED, "minzhong", 60)


def test_sums_of_sites_counties_and_the_whole(rig: AccountRig, speaker: Speaker) -> None:
    rig.tell(speaker, 1, 11)
    far = rig.speakers[2]
    far.batch(*range(10))
    rig.tell(far, 1)
    found = rig.report()
    assert [(one.id, one.county, one.balance.stored, one.completeness.good) for one in found.sites] == [
        ("minzhong", "632224", 11, 110), ("shaliuhe", "632224", 0, 0), ("menyuan", "632221", 1, 10),
    ]  # fmt: skip
    assert [(one.id, one.name_zh, one.completeness.due, one.completeness.good) for one in found.counties] == [
        ("632224", "县4", 240, 110), ("632221", "县1", 120, 10),
    ]  # fmt: skip
    assert found.counties[0].states == {State.REPORTING: 1, State.NEVER_HEARD: 1}
    assert (found.total.completeness.due, found.total.balance.stored) == (360, 12)


def test_a_scope_leaves_the_others_out(rig: AccountRig) -> None:
    def devices(scope: Scope) -> list[str]:
        return [one.device for one in rig.desk().report(START_MS, None, scope).devices]

    assert devices(Scope(county="632221")) == ["menyuan-box"]
    assert devices(Scope(site="shaliuhe")) == ["shaliuhe-box"]
    assert devices(Scope(device="minzhong-box")) == ["minzhong-box"]
    assert devices(Scope(county="632221", site="shaliuhe")) == []


def test_a_period_ends_where_readings_may_still_be_on_their_way(rig: AccountRig) -> None:
    late = rig.desk().report(START_MS, minutes(10_000))
    assert late.period == (START_MS, rig.now_ms)
    assert rig.desk().report(minutes(10_000), None).period == (rig.now_ms, rig.now_ms)
    usual = rig.desk().report().period
    assert (usual.to_ms, usual.to_ms - usual.from_ms) == (rig.now_ms - rig.now_ms % GRID_MS, 86_400_000)


def test_what_came_late_is_counted_though_the_same_period_is_asked_for_again(rig: AccountRig, speaker: Speaker) -> None:
    desk, end = rig.desk(), rig.now_ms

    def stored() -> tuple[int, int]:
        found = desk.report(START_MS, end).total
        return found.balance.readings_stored, found.completeness.stored

    assert stored() == (0, 0)
    rig.tell(speaker, 1, 3)
    rig.now_ms += GRID_MS
    readings, here = stored()
    assert here == readings > 0


def sample(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"larder_account_{name}", labels)


def test_the_account_stands_in_the_metrics(rig: AccountRig, speaker: Speaker) -> None:
    speaker.loss(5, 6, count=20, reason="outbox-full")
    speaker.loss(7, 7, count=10, reason="a-word-of-a-stranger")
    rig.tell(speaker, 1, 4)
    rig.tell(speaker, 9, 14)
    metrics = Metrics()
    gauges = AccountGauges(rig.desk(), metrics)
    gauges.refresh()
    at = {"county": "632224", "site": "minzhong", "device": "minzhong-box"}
    assert sample(metrics, "stored", **at) == 10
    assert sample(metrics, "awaited", **at) == 1
    assert sample(metrics, "declared_lost", **at, reason="outbox-full") == 2
    assert sample(metrics, "declared_lost", **at, reason=OTHER) == 1
    assert sample(metrics, "unexplained", **at) == 0
    assert sample(metrics, "completeness_ratio", **at) == pytest.approx(80 / 120)
    assert sample(metrics, "devices", county="632224", state="never-heard") == 1
    assert sample(metrics, "devices", county="632221", state="silent") == 0
    rig.register(register_of(*rig.speakers[1:]), minutes(121))
    gauges.refresh()
    assert sample(metrics, "stored", **at) is None, "a device that is gone leaves no gauge behind"
    assert sample(metrics, "stored", county="", site="", device=STRANGER) == 10


def test_parts_of_a_report_add_up(rig: AccountRig, speaker: Speaker) -> None:
    rig.tell(speaker, 1, 3)
    rig.tell(speaker, 7, 9)
    assert adds_up(rig.report())


def adds_up(report: Report) -> bool:
    return all(
        one.completeness.due
        == one.completeness.stored + one.completeness.awaited + one.completeness.unheard + one.completeness.unexplained
        + sum(one.completeness.declared_lost.values()) + sum(one.completeness.absent.values())
        and one.balance.difference == 0
        for one in (report.total, *report.counties, *report.sites)
    )  # fmt: skip


def test_a_report_that_did_not_add_up_would_be_seen(rig: AccountRig) -> None:
    found = rig.report()
    assert not adds_up(replace(found, total=replace(found.total, completeness=Completeness(due=1))))
