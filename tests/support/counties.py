"""A register of several counties, and mains that fail, for incidents that are greater than one site."""

from dataclasses import replace

from larder_core.limits.words import Severity
from larder_hub.alarms.episodes import Subject
from larder_hub.alarms.journal import Cause
from larder_hub.alarms.judge import Happened, What
from larder_hub.alarms.schema import transaction
from larder_hub.alarms.turn import Turn
from larder_hub.notices.texts import Letterhead
from larder_hub.register.directory import Device, Directory, Duty, Person, Place, Point, Site
from tests.support.incidents import FRIDGE, Box, County

MENYUAN, QILIAN, HAIYAN, GANGCHA = "632221", "632222", "632223", "632224"
COOKS = 200


def counties(sites: dict[str, int], *, devices: int = 1, period_s: float = 60.0) -> Directory:
    """So many sites in each county, one cook each, `devices` of one fridge each (box1, box2, ... through all counties, or box101,
    box102 where a site has several), an officer for each county and one for the prefecture."""
    homes = [county for county, count in sites.items() for _ in range(count)]
    at = {
        f"box{n}" if devices == 1 else f"box{n}{m:02d}": n
        for n in range(1, len(homes) + 1)
        for m in range(1, devices + 1)
    }
    officers = {
        f"officer-{county}": Person(f"officer-{county}", "李某", f"1390000{county[-4:]}", "zh") for county in sites
    }
    cooks = {f"cook{n}": Person(f"cook{n}", "张某", f"13800{n:06d}", "zh") for n in range(1, len(homes) + 1)}
    return Directory(
        sites={f"site{n}": Site(f"site{n}", county, "canteen", f"第{n}食堂", f"Canteen {n}") for n, county in enumerate(homes, 1)},
        places={(f"site{n}", FRIDGE): Place(f"site{n}", FRIDGE, "冷藏柜", "Fridge") for n in range(1, len(homes) + 1)},
        devices={box: Device(box, homes[n - 1], f"site{n}", "", in_service=True) for box, n in at.items()},
        points={(box, FRIDGE): Point(box, FRIDGE, FRIDGE, "temperature", "Cel", period_s, "fridge.food") for box in at},
        people={**cooks, **officers, "chief": Person("chief", "王某", "13700000000", "zh")},
        duties=(
            *(Duty(f"cook{n}", "site", f"site{n}") for n in range(1, len(homes) + 1)),
            *(Duty(f"officer-{county}", "county", county) for county in sites),
            Duty("chief", "prefecture", ""),
        ),
    )  # fmt: skip


def fridges_only(county: County) -> County:
    """Every box of `counties` reads its one fridge."""
    county.boxes = {id: Box(id, {FRIDGE: 5.0}) for id in county.directory.devices}
    return county


def mains(county: County, box: str, what: What = "raised", severity: Severity = Severity.ALARM) -> None:
    """The mains of a device's site, as judging would tell of them."""
    now_ms = county.now_ms()
    turn = Turn(county.projection._db, county.directory, county.projection._rules, Letterhead())
    with transaction(county.projection._db):
        happened = Happened("power", "low", what, severity, now_ms, now_ms, 0.0, 0.0, None, "")
        turn.episodes.take(Subject(county.directory.devices[box], "mains"), happened, Cause(now_ms))


def with_mains(directory: Directory) -> Directory:
    """The same with a point for the mains, which only `mains` moves."""
    more = {(box, "mains"): Point(box, "mains", FRIDGE, "power", "/", 86_400.0, "") for box in directory.devices}
    return replace(directory, points={**directory.points, **more})
