"""Whom nobody would tell: sites without any duty, medicines with fewer people than must hear. Pure."""

from collections.abc import Iterator

from larder_hub.register.directory import Directory, Site
from larder_hub.register.route import LEVELS, Level

MEDICINES, LEAST = "drug.cold", 3
"""Of a medicine store that is beyond its limits at least three people hear (GSP)."""

NEAR: tuple[Level, ...] = ("site", "grid", "county")


def shortfalls(directory: Directory) -> Iterator[str]:
    """One line for each, for whoever imports the register."""
    medicines = {
        directory.devices[point.device].site for point in directory.points.values() if point.profile == MEDICINES
    }
    for site in directory.sites.values():
        if not _people(directory, site, NEAR):
            yield (
                f"site {site.id}: 单位、网格、县都没有值班人，报警只能发到州 / "
                "nobody on duty for the site, its grid cell or its county; add a [[duty]]"
            )
        count = len(_people(directory, site, LEVELS))
        if site.id in medicines and count < LEAST:
            yield (
                f"site {site.id}: 药品冷藏的报警要有 {LEAST} 人收到，现有 {count} 人 / "
                f"{LEAST} people must hear of medicines, {count} would; add a [[duty]]"
            )


def _people(directory: Directory, site: Site, levels: tuple[Level, ...]) -> set[str]:
    scopes = {"site": site.id, "grid": site.grid, "county": site.county}
    places = {(level, scopes.get(level, "")) for level in levels if level != "grid" or site.grid}
    return {duty.person for duty in directory.duties if (duty.level, duty.scope) in places}
