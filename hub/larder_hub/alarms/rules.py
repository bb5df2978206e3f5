"""The figures of `larder_core.limits`, and this package's own, in the time of this hub's world: its `time_scale` divides
every duration."""

from collections.abc import Mapping
from dataclasses import dataclass

from larder_core.limits.faulty import FaultFigures
from larder_core.limits.profile import LimitProfile, scaled
from larder_core.limits.profiles import CAMERA_FAULT, PROFILES, SENSOR_FAULT, SILENCE, SILENCE_STRICT
from larder_core.limits.pulse import PULSE
from larder_core.limits.silence import SilenceFigures
from larder_hub.register.directory import Point

MINUTE_MS = 60_000

STRICT_PROFILES = frozenset({"drug.cold", "fridge.sample"})
"""Where an hour without a record breaks what must be proved."""


@dataclass(frozen=True)
class Rules:
    """Durations in ms of the hub's clock.

    `late`: a batch whose newest reading is older on arrival reports the past. `settle`: a backlog without news for so long is over.
    `flap`: a raise so soon after the point's clear sends nothing before this time is over. `unstable`: what comes three times
    within it comes and goes, until it has stayed away for as long.
    `storm`: devices that fell silent within it share a cause. `doubt`: for so long the
    hub doubts itself before it accuses sites. `gather`: so long the
    first sites without power wait for the others of their county. `cut`: the hub has been off its broker for so long
    that somebody must know. `deaf`: a hub without a tick for so long could not hear.
    `patience`: how long a hole in a stream is waited for without progress.
    """

    time_scale: float
    profiles: dict[str, LimitProfile]
    sensor: FaultFigures
    camera: FaultFigures
    silence: SilenceFigures
    strict: SilenceFigures
    late_ms: float
    settle_ms: float
    flap_ms: float
    unstable_ms: float
    storm_ms: float
    doubt_ms: float
    gather_ms: float
    cut_ms: float
    deaf_ms: float
    patience_ms: float

    @classmethod
    def of(cls, time_scale: float, delivery_s: float = 0.0, profiles: Mapping[str, LimitProfile] = PROFILES) -> "Rules":
        def minutes(count: float) -> float:
            return count * MINUTE_MS / time_scale

        delivery = {"delivery_s": delivery_s}
        return cls(
            time_scale=time_scale,
            profiles={
                key: scaled(profile, time_scale)
                for key, profile in {**profiles, PULSE.key: PULSE}.items()
                if profile.service is None and profile.cycle is None  # until the register says when they are in force
            },
            sensor=SENSOR_FAULT.scaled(time_scale),
            camera=CAMERA_FAULT.scaled(time_scale),
            silence=SILENCE.model_copy(update=delivery).scaled(time_scale),
            strict=SILENCE_STRICT.model_copy(update=delivery).scaled(time_scale),
            late_ms=minutes(15),
            settle_ms=minutes(2),
            flap_ms=minutes(10),
            unstable_ms=minutes(30),
            storm_ms=minutes(2),
            doubt_ms=minutes(10),
            gather_ms=minutes(0.75),
            cut_ms=minutes(2),
            deaf_ms=minutes(5),
            patience_ms=minutes(24 * 60),
        )

    def profile(self, point: Point) -> LimitProfile | None:
        return self.profiles.get(point.profile) if point.quantity != "camera" else None

    def fault(self, point: Point) -> FaultFigures:
        return self.camera if point.quantity == "camera" else self.sensor

    def silent(self, point: Point) -> SilenceFigures:
        return self.strict if point.profile in STRICT_PROFILES else self.silence
