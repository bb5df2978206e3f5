"""One reading of one driver, in words."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from larder_agent.drivers.loading import open_driver
from larder_agent.drivers.port import PointSpec, Sample
from larder_agent.drivers.secret_files import FileSecrets
from larder_agent.drivers.words import meaning
from larder_agent.sampler import checked


def probe(driver: str, settings: Mapping[str, object], folder: Path, times: int) -> Iterator[tuple[PointSpec, Sample]]:
    """Every point of each reading. Raises SettingsError, and BrokenDriver for a driver that does not keep its promise."""
    with closing(open_driver(driver, settings, FileSecrets(settings, folder))) as opened:
        for _ in range(times):
            yield from zip(opened.points, checked(opened.points, opened.read()), strict=True)


def lines(found: Sequence[tuple[PointSpec, Sample]]) -> Iterator[str]:
    width = max(len(point.id) for point, _ in found)
    for point, sample in found:
        said = meaning(sample.quality)
        word = f"{sample.quality}: " if sample.quality else ""
        yield f"{point.id:<{width}}  {shown(point, sample):>14}  {word}{said.zh} / {said.en}"


def shown(point: PointSpec, sample: Sample) -> str:
    """The number with as many places as it was measured to: -12.30 Cel; — where there is none."""
    if sample.value is None:
        return "—"
    if point.scale >= 0:
        return f"{sample.value * 10**point.scale} {point.unit}"
    sign, digits = "-" if sample.value < 0 else "", f"{abs(sample.value):0{1 - point.scale}d}"
    return f"{sign}{digits[: point.scale]}.{digits[point.scale :]} {point.unit}"
