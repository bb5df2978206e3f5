"""When each point last gave a good value, and what it says since: for status, doctor and self-test."""

from larder_agent.staging import Group


class Health:
    """Owned by the device's thread; bounded by the number of points."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[str, int, int | None]] = {}

    def take(self, group: Group) -> None:
        for sample in group.samples:
            good = self._seen.get(sample.point, ("", 0, None))[2] if sample.quality else group.moment.up
            self._seen[sample.point] = (sample.quality, group.moment.up, good)

    def told(self, now_up: int) -> dict[str, list[object]]:
        """By point: [what is wrong with its last reading ("" for nothing), ms since it, ms since its last good one or None]."""
        return {
            point: [quality, now_up - up, None if good is None else now_up - good]
            for point, (quality, up, good) in sorted(self._seen.items())
        }
