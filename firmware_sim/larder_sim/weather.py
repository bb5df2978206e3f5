"""The air outside over simulated time, for every county of a world."""

from datetime import date, timedelta

from larder_sim.climate import outdoor_c

AIR_S = 600
"""Simulated seconds for which the air outside counts as constant."""
_DAY_S = 86_400


class Weather:
    """From local date and time at simulated second 0. One temperature is kept for each county."""

    def __init__(self, start: date, local_start_s: int, seed: int) -> None:
        self._start, self._local_start_s, self._seed = start, local_start_s, seed
        self._kept: dict[str, tuple[int, float]] = {}

    def outdoor_c(self, county: str, at_s: int) -> float:
        """°C outside at the beginning of the ten minutes in which this second lies."""
        bucket = at_s // AIR_S
        kept = self._kept.get(county)
        if kept is None or kept[0] != bucket:
            days, time_of_day_s = divmod(self._local_start_s + bucket * AIR_S, _DAY_S)
            kept = (bucket, outdoor_c(county, self._start + timedelta(days=days), time_of_day_s, self._seed))
            self._kept[county] = kept
        return kept[1]

    def time_of_day_s(self, at_s: int) -> int:
        """Local seconds since midnight."""
        return (self._local_start_s + at_s) % _DAY_S

    def day_of_year(self, at_s: int) -> float:
        """Local days since New Year, as a fraction too."""
        days, rest = divmod(self._local_start_s + at_s, _DAY_S)
        return (self._start + timedelta(days=days)).timetuple().tm_yday + rest / _DAY_S
