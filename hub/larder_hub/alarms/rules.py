"""The figures of `larder_core.limits`, and this package's own, in the time of this hub's world: its `time_scale` divides
every duration."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from larder_core.limits.faulty import FaultFigures
from larder_core.limits.override import Figures, overridden
from larder_core.limits.profile import LimitProfile, scaled
from larder_core.limits.profiles import CAMERA_FAULT, CLOCK, PROFILES, SENSOR_FAULT, SILENCE, SILENCE_STRICT
from larder_core.limits.pulse import PULSE
from larder_core.limits.silence import SilenceFigures
from larder_core.limits.watching import Terms
from larder_hub.register.directory import Changed, Directory, Point, PointKey
from larder_hub.register.limits import hours

MINUTE_MS = 60_000

STRICT_PROFILES = frozenset({"drug.cold", "fridge.sample", "vaccine"})
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
    clock: LimitProfile
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
    _base: Mapping[str, LimitProfile]
    _made: dict[tuple[str, str], LimitProfile] = field(default_factory=dict, compare=False)
    """Profiles with changed figures, made once."""

    @classmethod
    def of(cls, time_scale: float, delivery_s: float = 0.0, profiles: Mapping[str, LimitProfile] = PROFILES) -> "Rules":
        def minutes(count: float) -> float:
            return count * MINUTE_MS / time_scale

        delivery = {"delivery_s": delivery_s}
        return cls(
            time_scale=time_scale,
            profiles={key: scaled(profile, time_scale) for key, profile in {**profiles, PULSE.key: PULSE}.items()},
            clock=scaled(CLOCK, time_scale),
            _base=profiles,
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
            gather_ms=minutes(0.6),
            cut_ms=minutes(2),
            deaf_ms=minutes(5),
            patience_ms=minutes(24 * 60),
        )

    def profile(self, point: Point, directory: Directory | None = None) -> LimitProfile | None:
        """What a point is judged by; with the figures that `directory` changes for its place."""
        profile = self.profiles.get(point.profile) if point.quantity != "camera" else None
        changed = None if profile is None or directory is None else directory.changed_for(point)
        return profile if changed is None else self._changed(changed)

    def _changed(self, changed: Changed) -> LimitProfile:
        key = (changed.profile, changed.figures)
        if key not in self._made:
            figures = Figures.model_validate_json(changed.figures)
            self._made[key] = scaled(overridden(self._base[changed.profile], figures), self.time_scale)
        return self._made[key]

    def terms(self, point: Point, directory: Directory | None = None) -> Terms | None:
        """The profile with the hours of the point's place. Hours are of the clock on the wall, in a faster world too."""
        profile = self.profile(point, directory)
        if profile is None:
            return None
        max_gap_ms = self.silent(point).stale_after_ms(point.period_s)
        served = defrosts = None
        if directory is not None and profile.service is not None:
            served = hours(*directory.opens_of(point, profile.service.use))
        if directory is not None and profile.mask is not None:
            thaws, days = directory.opens_of(point, "defrost")
            defrosts = hours(thaws, days) if thaws else None
        return Terms(profile, max_gap_ms, served, defrosts)

    def judged_by(self, point: Point, directory: Directory | None = None) -> str:
        """Profile and version, and the override where there is one: `fridge.food/2 +minzu/fridge-1 2026-11-24`."""
        profile = self.profile(point, directory)
        if profile is None:
            return ""
        changed = None if directory is None else directory.changed_for(point)
        mark = "" if changed is None else f" +{changed.site}/{changed.place or '*'} {changed.date} {changed.author}"
        return f"{profile.key}/{profile.version}{mark}"

    def board_only(self, key: PointKey, side: str, directory: Directory) -> bool:
        """True for a side of which the profile says that it is shown and never sent."""
        point = directory.points.get(key)
        profile = None if point is None else self.profile(point, directory)
        return profile is not None and side in profile.board_only

    def says_early(self, key: PointKey, directory: Directory) -> bool:
        """True if the profile has a message sent of a fast rise."""
        point = directory.points.get(key)
        profile = None if point is None else self.profile(point, directory)
        return profile is not None and profile.early is not None and profile.early.message

    def fault(self, point: Point) -> FaultFigures:
        return self.camera if point.quantity == "camera" else self.sensor

    def silent(self, point: Point) -> SilenceFigures:
        return self.strict if point.profile in STRICT_PROFILES else self.silence
