"""The points of one camera, and their samples out of what probes brought."""

from typing import NamedTuple

from larder_agent.drivers.camera import pixels
from larder_agent.drivers.camera.life import Glimpse, Life, Look, Rules, Verdict, after
from larder_agent.drivers.port import PointSpec, Sample
from larder_agent.drivers.quality import round_to_scale

LUMA_SCALE, DIFFERENCE_SCALE = -1, -2
PICTURE_REASONS = ("dark", "covered", "frozen", "rebooting", "no-decoder", "no-picture", "first-picture")


class Points(NamedTuple):
    """Which points a camera has beside its heartbeat. `luma`: whether the driver sees pixels at all."""

    answer_time: bool = False
    state: bool = False
    picture: bool = False
    luma: bool = False

    def specs(self, camera: str) -> tuple[PointSpec, ...]:
        specs = [PointSpec(camera, "/", 0)]
        if self.answer_time:
            specs.append(PointSpec(f"{camera}-ms", "ms", 0))
        if self.state:
            specs.append(PointSpec(f"{camera}-state", "count", 0))
        if self.picture:
            specs += [PointSpec(f"{camera}-age", "s", 0), PointSpec(f"{camera}-size", "count", 0)]
        if self.picture and self.luma:
            specs += [
                PointSpec(f"{camera}-luma", "count", LUMA_SCALE),
                PointSpec(f"{camera}-diff", "count", DIFFERENCE_SCALE),
            ]
        return tuple(specs)


class Heartbeat:
    """Remembers a camera's life between probes; `reason` is why the last one was not good, "" if it was."""

    def __init__(self, camera: str, points: Points, rules: Rules) -> None:
        self.points = points.specs(camera)
        self.reason = ""
        self._camera, self._which, self._rules = camera, points, rules
        self._life = Life()
        self._grey: pixels.Grey | None = None

    def seen(self, jpeg: bytes, frame: str) -> Glimpse:
        """A probe that brought a whole JPEG. Without Pillow only its hash and size are looked at."""
        if not self._which.luma:
            return Glimpse("", frame, len(jpeg))
        try:
            now = pixels.grey(jpeg)
        except pixels.NoDecoder:
            return Glimpse("", frame, len(jpeg))
        except pixels.NoPicture:
            return Glimpse("no-picture", "", len(jpeg))
        look, self._grey = pixels.look(now, self._grey), now
        return Glimpse("", frame, len(jpeg), look)

    def samples(self, glimpse: Glimpse, took_ms: int, now_ms: int) -> list[Sample]:
        """One for each point. The heartbeat is 1 or 0 without a reason: a 0 is a good statement about a dead camera. The state
        carries the reason as its quality; what there is no number for carries it too."""
        self._life, verdict = after(self._life, glimpse, now_ms, self._rules)
        self.reason = verdict.reason
        said = {self._camera: Sample(self._camera, int(verdict.alive))}
        self._say(said, "ms", None if glimpse.reason else took_ms, glimpse.reason)
        self._say(said, "state", int(verdict.state), verdict.reason)
        self._say_picture(said, glimpse, verdict)
        return [said[point.id] for point in self.points]

    def _say_picture(self, said: dict[str, Sample], glimpse: Glimpse, verdict: Verdict) -> None:
        age_s = None if verdict.age_ms is None else verdict.age_ms // 1000
        self._say(said, "age", age_s, "" if age_s is not None else glimpse.reason or "no-picture")
        size = glimpse.octets if glimpse.octets and not glimpse.reason else None
        self._say(said, "size", size, "" if size is not None else glimpse.reason or "no-picture")
        look = glimpse.look or Look(0.0, 0.0, None)
        seen = glimpse.look is not None
        why = glimpse.reason or "no-decoder"
        self._say(said, "luma", round_to_scale(look.luma, LUMA_SCALE) if seen else None, "" if seen else why)
        first = look.difference is None
        difference = None if look.difference is None else round_to_scale(look.difference, DIFFERENCE_SCALE)
        self._say(said, "diff", difference, "" if not first else why if not seen else "first-picture")

    def _say(self, said: dict[str, Sample], what: str, value: int | None, quality: str) -> None:
        name = f"{self._camera}-{what}"
        said[name] = Sample(name, value, quality)
