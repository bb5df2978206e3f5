"""What the register says of a device, in the words of the wire. Pure. PROTOCOL.md [D1]."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from larder_core.desired import Calibration, Desired, DesiredPoint, DesiredProfile
from larder_core.limits.profile import LimitProfile
from larder_core.limits.table import milliseconds
from larder_hub.alarms.rules import Rules
from larder_hub.register.directory import Device, Directory, Point

FAST_MS = 60_000
"""Between two records of a point that is out of its limits: half of the two minutes that GSP allows (药品经营质量管理规范附录 3)."""

LEAST_MS, LEAST_PERIOD_MS = 1_000, 50
LOCAL = ZoneInfo("Asia/Shanghai")


def wanted(directory: Directory, device: Device, rules: Rules) -> Desired:
    """The configuration of one device, not numbered or dated yet. Times are in this hub's world."""
    points = directory.points_of(device.id)
    profiles = {profile.key: profile for point in points if (profile := _told(directory, point, rules)) is not None}
    fast = max(LEAST_MS, round(FAST_MS / rules.time_scale))
    return Desired(
        config=1, device=device.id, version=1, issued=0, fast=(fast, fast),
        profiles=[_profile(profile) for _, profile in sorted(profiles.items())],
        points=[_point(directory, point, rules) for point in points],
    )  # fmt: skip


def _told(directory: Directory, point: Point, rules: Rules) -> LimitProfile | None:
    """What a device can judge by itself: limits and durations. It knows no hours and no cycles, so profiles that need them are not
    for it. One with figures changed for the place has a key of its own."""
    profile = rules.profile(point, directory)
    if profile is None or profile.service is not None or profile.cycle is not None:
        return None
    if directory.changed_for(point) is None:
        return profile
    return profile.model_copy(update={"key": f"{profile.key}.{point.place}"[:64].rstrip(".-")})


def body_of(desired: Desired) -> str:
    """What is compared: everything but the version and when it was issued."""
    return json.dumps(desired.model_dump(mode="json", exclude={"version", "issued"}), ensure_ascii=False)


def expires_ms(date: str) -> int:
    """The end of a certificate's last day, by the clock of the prefecture."""
    day = datetime.fromisoformat(date)
    return round(datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=LOCAL).timestamp() * 1000)


def _point(directory: Directory, point: Point, rules: Rules) -> DesiredPoint:
    place, profile = directory.place_of(point), _told(directory, point, rules)
    names = (place.name_zh[:64], place.name_en[:64]) if place else ("", "")
    period = max(LEAST_PERIOD_MS, round(point.sample_s * 1000 / rules.time_scale)) if point.sample_s else None
    calibration = None
    if point.certificate:
        calibration = Calibration(offset=point.offset, certificate=point.certificate, judged=point.judge_corrected,
                                  expires=expires_ms(point.certificate_until))  # fmt: skip
    return DesiredPoint(
        id=point.id, name=names, period=period, profile=profile.key if profile else "", calibration=calibration
    )


def _profile(profile: LimitProfile) -> DesiredProfile:
    rules = [
        (str(rule.severity), str(rule.side), rule.limit, rule.inclusive, milliseconds(rule.hold_s),
         None if rule.window_s is None else milliseconds(rule.window_s))
        for rule in profile.rules
    ]  # fmt: skip
    clear = (profile.clear.high, profile.clear.low, milliseconds(profile.clear.hold_s))
    return DesiredProfile(key=profile.key, version=profile.version, title=(profile.title_zh[:64], profile.title_en[:64]),
                          unit=profile.unit, rules=rules, clear=clear, source=profile.source[:400])  # type: ignore[arg-type] # fmt: skip
