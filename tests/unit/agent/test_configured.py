"""The hub's configuration: taken once, whole, told, and still there after a restart. [D1] to [D5]."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from larder_agent import applied
from larder_agent.clock import moment
from larder_agent.drivers.port import Sample
from larder_agent.sealing import add
from larder_agent.staging import Group
from larder_core.desired import Calibration
from larder_core.digest import line_hash
from tests.unit.agent.governed import POINTS, STRANGER, Governed, point, wanted

CERTIFIED = Calibration(offset=-0.3, certificate="QH-17", expires=1_800_000_000_000, judged=True)


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Governed]:
    made = Governed(tmp_path)
    yield made
    made.close()


def test_it_is_applied_told_and_survives_a_restart(device: Governed) -> None:
    """[D3]"""
    payload = wanted(4)
    assert device.configured.receive(payload)
    assert device.configured.version == 4
    assert [source.tempo.period_ms for source in device.sources] == [60_000, 30_000]
    assert device.record.periods_ms == [60_000, 60_000, 30_000]
    assert device.events() == [("config-applied", {"version": 4, "hash": line_hash(payload)})]
    device.close()
    again = Governed(device.folder, device.clock)
    assert again.configured.version == 4
    assert again.sources[0].tempo.period_ms == 60_000
    assert len(again.events("config-applied")) == 1, "what was told is not told again"
    again.close()


def test_the_same_again_changes_nothing_and_is_no_refusal(device: Governed) -> None:
    """[D3]"""
    payload = wanted(4)
    assert device.configured.receive(payload)
    assert not device.configured.receive(payload)
    assert len(device.events()) == 1
    assert not device.configured.receive(b""), "a retained message that was taken away"


@pytest.mark.parametrize(
    ("payload", "reason", "version"),
    [
        (wanted(9, key=STRANGER), "bad-signature", None),
        (wanted(9, device="box-2"), "wrong-device", 9),
        (wanted(4, fast=(2_000, 2_000)), "stale", 4),
        (wanted(3), "stale", 3),
        (wanted(9, points=[point("fridge-9")]), "unknown-point", 9),
        (wanted(9, points=[point("h", profile="fridge")]), "wrong-unit", 9),
        (wanted(9).replace(b'"fast"', b'"slow"'), "bad-signature", None),
        (b"\xff" * 70_000, "too-large", None),
    ],
)
def test_what_is_not_for_this_device_is_refused_once_and_the_old_stays(
    device: Governed, payload: bytes, reason: str, version: int | None
) -> None:
    """[D2] [D3]"""
    assert device.configured.receive(wanted(4))
    assert not device.configured.receive(payload)
    assert not device.configured.receive(payload)
    assert device.configured.version == 4
    assert device.events("config-refused") == [("config-refused", {"version": version, "reason": reason})]
    assert device.metrics.counts()[f"configs_refused.{reason}"] == 2
    device.close()
    again = Governed(device.folder, device.clock)
    assert not again.configured.receive(payload)
    assert len(again.events("config-refused")) == 1, "a retained one comes at each connection"
    again.close()


def test_a_process_that_died_between_disk_and_record_tells_it_after_the_restart(device: Governed) -> None:
    """[D3]"""
    applied.keep(device.folder, applied.FILE, wanted(5))
    device.close()
    again = Governed(device.folder, device.clock)
    assert [word for word, _ in again.events()] == ["config-applied"]
    again.close()


@pytest.mark.parametrize("damage", [b"", b"{}", wanted(4)[:-9] + b'AAAAAAA"}'])
def test_a_damaged_file_is_no_configuration_and_no_end(device: Governed, damage: bytes) -> None:
    """The broker tells the retained one again."""
    device.configured.receive(wanted(4))
    (device.folder / applied.FILE).write_bytes(damage)
    device.close()
    again = Governed(device.folder, device.clock)
    assert again.configured.version == 0
    assert again.configured.receive(wanted(4))
    again.close()


def test_calibrations_are_facts_beside_values_that_stay_as_they_were(device: Governed) -> None:
    """[D5]"""
    fact = {"point": "t", "offset": "-0.3", "certificate": "QH-17", "expires": 1_800_000_000_000, "judged": True}
    device.configured.receive(wanted(1, points=[point("t", profile="fridge", calibration=CERTIFIED)]))
    device.configured.receive(wanted(2, points=[point("t", profile="fridge", calibration=CERTIFIED)]))
    device.configured.receive(wanted(3))
    told = device.events("calibration")
    assert told == [("calibration", fact), ("calibration", {"point": "t", "certificate": None})]


@pytest.mark.parametrize(("judged", "out"), [(True, False), (False, True)])
def test_a_limit_is_held_against_the_corrected_value_only_where_that_is_said(
    device: Governed, judged: bool, out: bool
) -> None:
    """[D5] 8.2 - 0.3 is within 8."""
    calibration = CERTIFIED.model_copy(update={"judged": judged})
    device.configured.receive(wanted(1, points=[point("t", profile="fridge", calibration=calibration)]))
    device.read("t", 82)
    assert bool(device.configured.out) is out


def test_out_of_limits_it_reads_and_seals_faster_until_it_is_safely_back(device: Governed) -> None:
    """[D4]"""
    device.configured.receive(wanted(1, points=[point("t", period=120_000, profile="fridge")]))
    assert not device.read("t", 40)
    assert (device.sources[0].tempo.period_ms, device.configured.seal_ms) == (120_000, None)
    device.clock.pass_ms(120_000)
    assert device.read("t", 85), "the reading that leaves a limit is sealed at once"
    assert (device.sources[0].tempo.period_ms, device.configured.seal_ms) == (10_000, 20_000)
    assert device.sources[1].tempo.period_ms == 30_000, "the other source goes on as it did"
    device.clock.pass_ms(10_000)
    assert not device.read("t", 70)
    assert (device.sources[0].tempo.period_ms, device.configured.seal_ms) == (120_000, None)


def test_the_alarm_of_the_site_is_raised_worsens_and_clears_with_the_hub_away(device: Governed) -> None:
    """[D4] The readings that it follows from are sealed before it."""
    device.configured.receive(wanted(1))
    for value in [85] * 14 + [70] * 8:
        device.read("t", value)
        device.clock.pass_ms(10_000)
    told = [(detail["state"], detail["severity"]) for _, detail in device.events("local-alarm")]
    assert told == [("raised", "warning"), ("worsened", "alarm"), ("cleared", "alarm")]
    assert device.outbox.books.produced > 14


def test_a_bad_reading_neither_raises_nor_clears(device: Governed) -> None:
    """[D4]"""
    device.configured.receive(wanted(1))
    for _ in range(20):
        device.read("t", 850, "crc")
        device.read("t", None, "no-answer")
        device.clock.pass_ms(10_000)
    assert not device.configured.out
    assert not device.events("local-alarm")


def test_a_new_version_is_no_way_out_of_an_alarm(device: Governed) -> None:
    """[D4]"""
    device.configured.receive(wanted(1))
    for _ in range(10):
        device.read("t", 85)
        device.clock.pass_ms(10_000)
    device.configured.receive(wanted(2))
    assert device.configured.out == {"t"}
    assert device.sources[0].tempo.period_ms == 10_000


@pytest.mark.parametrize("sealed", [True, False])
def test_a_killed_process_costs_no_time_beyond_a_limit(tmp_path: Path, sealed: bool) -> None:
    """[D4] The alarm comes two minutes after the value left its limit, whoever was there to see it; it is told once."""
    before = Governed(tmp_path)
    before.configured.receive(wanted(1))
    left = before.clock.up
    for _ in range(7):
        before.read("t", 85)
        before.clock.pass_ms(10_000)
    if sealed:
        before.seal_now()
    before.outbox.close()  # and nothing else: what waits is in the staging file
    after = Governed(tmp_path, before.clock)
    assert (after.configured.out, after.sources[0].tempo.period_ms) == ({"t"}, 10_000)
    while len(after.events("local-alarm")) < 2:
        assert after.clock.up < left + 200_000
        after.read("t", 85)
        after.clock.pass_ms(10_000)
    assert after.clock.up - 10_000 - left == 120_000
    assert [detail["state"] for _, detail in after.events("local-alarm")] == ["raised", "worsened"]
    after.close()


@pytest.mark.parametrize("sealed", [True, False])
def test_an_alarm_that_fell_into_a_kill_is_told_once_after_it(tmp_path: Path, sealed: bool) -> None:
    """[D4] Between the reading and the event that tells of it, or between its seal and the event."""
    before = Governed(tmp_path)
    before.configured.receive(wanted(1))
    before.read("t", 85)
    for _ in range(12):
        before.clock.pass_ms(10_000)
        last = Group(moment(before.clock), (Sample("t", 85, ""),))
        before.record.staging.add(last)
        before.waiting = add(before.waiting, last, POINTS)
    if sealed:
        before.seal_now()
    before.outbox.close()
    for _ in range(3):
        after = Governed(tmp_path, before.clock)
        told = [(detail["state"], detail["severity"]) for _, detail in after.events("local-alarm")]
        assert told == [("raised", "warning"), ("worsened", "alarm")]
        after.outbox.close()
        before.clock.pass_ms(1_000)


def test_where_the_record_begins_beyond_a_limit_no_alarm_is_told_anew(tmp_path: Path) -> None:
    """[D4] An alarm that stands for longer than is looked back was told then."""
    before = Governed(tmp_path)
    before.configured.receive(wanted(1))
    for turn in range(3_000):
        before.read("t", 85)
        before.clock.pass_ms(10_000)
        if turn % 100 == 0:
            before.seal_now()
    before.outbox.close()
    after = Governed(tmp_path, before.clock)
    assert after.configured.out == {"t"}
    assert [detail["state"] for _, detail in after.events("local-alarm")] == ["raised", "worsened"]
    after.close()


def test_readings_of_an_earlier_boot_prove_no_time(tmp_path: Path) -> None:
    """[D4] Nobody knows how long the machine was off."""
    before = Governed(tmp_path)
    before.configured.receive(wanted(1))
    for _ in range(7):
        before.read("t", 85)
        before.clock.pass_ms(10_000)
    before.outbox.close()
    before.clock.boot_id, before.clock.up = "ffff0000", 1_000
    after = Governed(tmp_path, before.clock)
    assert not after.configured.out
    after.close()
