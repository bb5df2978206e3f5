"""The boards, each module one: `make(tongue)` gives its Board."""

from collections.abc import Callable

from larder_grafana.boards import alarms, cameras, county, depot, devices, pipeline, place, prefecture, quality, site
from larder_grafana.frame import Board
from larder_grafana.words import Tongue

BOARDS: tuple[Callable[[Tongue], Board], ...] = (
    prefecture.make,
    county.make,
    site.make,
    place.make,
    depot.make,
    cameras.make,
    devices.make,
    alarms.make,
    quality.make,
    pipeline.make,
)
