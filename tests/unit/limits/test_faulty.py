"""Sensors and cameras that answer without a good value."""

import pytest

from larder_core.limits.faulty import FaultFigures, FaultState, failure, fault_step
from larder_core.limits.profiles import CAMERA_FAULT, SENSOR_FAULT
from tests.unit.limits.incident import MINUTE, series


def story(figures, notation, every_min=1, state=None):
    lines = []
    state = state or FaultState()
    for reading in series(notation, every_ms=every_min * MINUTE):
        state = FaultState.from_json(state.to_json())
        state, happened = fault_step(state, figures, *reading)
        lines += [f"{t.at_ms // MINUTE} {t.kind} {t.severity} since {t.t0_ms // MINUTE} {t.reason}" for t in happened]
    return lines


INCIDENTS = {
    "one bad answer": (SENSOR_FAULT, 1, "4.0x5 bad(crc)x1 4.0x5", []),
    "two": (
        SENSOR_FAULT,
        1,
        "4.0x5 bad(crc)x2 4.0x5",
        ["6 raised warning since 5 crc", "8 cleared warning since 5 crc"],
    ),
    "every second answer": (SENSOR_FAULT, 1, " ".join(["4.0x1 bad(crc)x1"] * 60), []),
    "one good answer does not end it": (
        SENSOR_FAULT,
        1,
        "bad(crc)x2 4.0x1 bad(power-on)x1 4.0x1",
        ["1 raised warning since 0 crc"],
    ),
    "two in a row do, and the last reason is told": (
        SENSOR_FAULT,
        1,
        "bad(crc)x2 4.0x1 bad(power-on)x1 4.0x2",
        ["1 raised warning since 0 crc", "5 cleared warning since 0 power-on"],
    ),
    "half an hour": (
        SENSOR_FAULT,
        1,
        "4.0x5 bad(disconnected)x31 4.0x2",
        [
            "6 raised warning since 5 disconnected",
            "35 worsened alarm since 5 disconnected",
            "37 cleared alarm since 5 disconnected",
        ],
    ),
    "a minute less": (SENSOR_FAULT, 1, "4.0x5 bad(crc)x30", ["6 raised warning since 5 crc"]),
    "a sensor fault is never critical": (
        SENSOR_FAULT,
        1,
        "bad(crc)x3000",
        ["1 raised warning since 0 crc", "30 worsened alarm since 0 crc"],
    ),
    "a good answer in between does not stop the half hour": (
        SENSOR_FAULT,
        1,
        "bad(crc)x20 4.0x1 bad(crc)x10",
        ["1 raised warning since 0 crc", "30 worsened alarm since 0 crc"],
    ),
    "a fault that came back is a new one": (
        SENSOR_FAULT,
        1,
        "bad(crc)x2 4.0x2 bad(crc)x2",
        ["1 raised warning since 0 crc", "3 cleared warning since 0 crc", "5 raised warning since 4 crc"],
    ),
    "a zero is a temperature": (SENSOR_FAULT, 1, "0.0x60", []),
    "a camera that fails one probe": (CAMERA_FAULT, 10, "1x3 0x1 1x3", []),
    "a camera that fails two": (
        CAMERA_FAULT,
        10,
        "1x3 0x2 1x1",
        ["40 raised warning since 30 failed-probe", "50 cleared warning since 30 failed-probe"],
    ),
    "a camera that is dead for a day": (
        CAMERA_FAULT,
        10,
        "0x145",
        [
            "10 raised warning since 0 failed-probe",
            "30 worsened alarm since 0 failed-probe",
            "1440 worsened critical since 0 failed-probe",
        ],
    ),
    "ten minutes less": (
        CAMERA_FAULT,
        10,
        "0x144",
        ["10 raised warning since 0 failed-probe", "30 worsened alarm since 0 failed-probe"],
    ),
    "a camera asked each half hour is an alarm at once": (
        CAMERA_FAULT,
        30,
        "bad(timeout)x2 1x1",
        ["30 raised alarm since 0 timeout", "60 cleared alarm since 0 timeout"],
    ),
    "the demo": (
        CAMERA_FAULT.scaled(10),
        1,
        "0x145",
        [
            "1 raised warning since 0 failed-probe",
            "3 worsened alarm since 0 failed-probe",
            "144 worsened critical since 0 failed-probe",
        ],
    ),
}


@pytest.mark.parametrize("figures, every_min, notation, expected", INCIDENTS.values(), ids=INCIDENTS)
def test_incident(figures, every_min, notation, expected):
    assert story(figures, notation, every_min) == expected


@pytest.mark.parametrize(
    "figures, value, quality, reason",
    [
        (SENSOR_FAULT, 4.0, "", ""),
        (SENSOR_FAULT, 4.0, "crc", "crc"),
        (SENSOR_FAULT, None, "", "no-value"),
        (SENSOR_FAULT, float("nan"), "", "not-finite"),
        (SENSOR_FAULT, 0, "", ""),
        (CAMERA_FAULT, 0, "", "failed-probe"),
        (CAMERA_FAULT, 0, "refused", "refused"),
        (CAMERA_FAULT, 1, "", ""),
        (CAMERA_FAULT, 1, "dark", "dark"),
    ],
)
def test_failure(figures, value, quality, reason):
    assert failure(value, quality, figures) == reason


@pytest.mark.parametrize("at_ms", [9, 10])
def test_a_late_or_repeated_reading_changes_nothing(at_ms):
    state, _ = fault_step(FaultState(), SENSOR_FAULT, 10, None, "crc")
    assert fault_step(state, SENSOR_FAULT, at_ms, None, "crc") == (state, ())


def test_a_recovered_sensor_has_forgotten():
    state, _ = fault_step(FaultState(), SENSOR_FAULT, 10, None, "crc")
    assert fault_step(state, SENSOR_FAULT, 20, 4.0, "")[0] == FaultState(last_ms=20)


@pytest.mark.parametrize("critical_s", [10, 20])
def test_critical_not_after_alarm_is_refused(critical_s):
    with pytest.raises(ValueError, match=f"critical_s {critical_s} is not after alarm_s 20"):
        FaultFigures(warning_readings=2, alarm_s=20, critical_s=critical_s, recovery_readings=1)


def test_scaled_keeps_counts():
    fast = CAMERA_FAULT.scaled(60)
    assert (fast.warning_readings, fast.alarm_s, fast.critical_s) == (2, 30, 1440)
    assert (fast.recovery_readings, fast.zero_fails) == (1, True)
    assert SENSOR_FAULT.scaled(60).critical_s is None
    with pytest.raises(ValueError, match="time_scale"):
        SENSOR_FAULT.scaled(-1)


def test_json_is_strict():
    with pytest.raises(ValueError, match="failed"):
        FaultState.from_json('{"failed": "2"}')
