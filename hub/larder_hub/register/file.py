"""A register file, TOML, strictly: `read_register` and `write_register` are each other's inverse."""

import tomllib
from collections.abc import Hashable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path

import tomli_w
from pydantic import ValidationError

from larder_core.sizes import MAX_COLUMNS
from larder_hub.register.contents import County, Register
from larder_hub.register.directory import Device, Directory, Duty, Grid, Person, Place, Point, Site
from larder_hub.register.limits import (
    changed_row,
    changed_table,
    day_rows,
    hours_problems,
    limit_problems,
    open_rows,
    unserved,
)
from larder_hub.register.refusal import RegisterError
from larder_hub.register.route import Route
from larder_hub.register.shapes import PointTable, RegisterTable, SiteTable

EXAMPLE = "see deploy/register.example.toml"
UNIT_OF: Mapping[str, str] = {"temperature": "Cel", "humidity": "%RH", "camera": "/", "door": "/"}
"""The unit of a quantity that has only one."""

Problem = tuple[str, str, str]
"""(key, what is wrong, what to do)"""


def read_register(file: Path, profiles: Mapping[str, str]) -> Register:
    """`profiles` gives the unit of each limit profile by its key. Raises RegisterError naming the file, the key and what to do."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise RegisterError(file, "", f"is not TOML: {error}", "correct the line named") from error
    except (OSError, UnicodeDecodeError) as error:
        raise RegisterError(file, "", f"cannot be read: {error}", "give the path of a file in UTF-8") from error
    try:
        tables = RegisterTable.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        hint = EXAMPLE if first["type"] in ("extra_forbidden", "missing") else ""
        said = _SAID.get(first["type"], first["msg"].removeprefix("Value error, "))
        if first["loc"][-1] == "phone":
            said = "is not +86 and the 11 digits of a mobile number"
        raise RegisterError(file, _path(document, first["loc"]), said, hint) from error
    for problem in _problems(tables, profiles):
        raise RegisterError(file, *problem)
    return _register(tables)


_SAID = {
    "extra_forbidden": "is not a key of the register",
    "missing": "is missing",
    "string_pattern_mismatch": "has the wrong form (identifiers are 1 to 32 of a-z, 0-9 and -; a county code is six digits)",
}


def _path(document: object, steps: tuple[int | str, ...]) -> str:
    """`site[minzhong].device[box].unit` says more than numbers; a table without an id is counted from 1."""
    path = ""
    for step in steps:
        if isinstance(step, int):
            document = document[step] if isinstance(document, list) else None
            label = document.get("id") or document.get("code") if isinstance(document, dict) else None
            path += f"[{label if isinstance(label, str) else step + 1}]"
        else:
            document = document.get(step) if isinstance(document, dict) else None
            path += f".{step}" if path else step
    return path


# -------------------------------------------------------------------------------------------------- what refers to what


def _problems(tables: RegisterTable, profiles: Mapping[str, str]) -> Iterator[Problem]:
    codes = [county.code for county in tables.county]
    yield from _twins("county", "code", codes, codes)
    yield from _twins("site", "id", [site.id for site in tables.site], [site.id for site in tables.site])
    for site in tables.site:
        if site.county not in codes:
            yield (
                f"site[{site.id}].county",
                f"there is no county {site.county}",
                _meant(site.county, codes, "[[county]]"),
            )
        yield from _site_problems(site, profiles)
    yield from _grid_problems(tables, codes)
    yield from _device_twins(tables)
    yield from _duty_problems(tables)
    yield from limit_problems(tables.limit, {site.id: [place.id for place in site.place] for site in tables.site})
    named = [(one.site, one.place, one.profile) for one in tables.limit]
    numbered = [f"limit[{number}]" for number in range(1, len(named) + 1)]
    yield from _repeated(numbered, "", named, "changes what another changes already; remove one")


def _grid_problems(tables: RegisterTable, codes: list[str]) -> Iterator[Problem]:
    ids = [grid.id for grid in tables.grid]
    yield from _twins("grid", "id", ids, ids)
    for grid in tables.grid:
        if grid.county not in codes:
            hint = _meant(grid.county, codes, "[[county]]")
            yield f"grid[{grid.id}].county", f"there is no county {grid.county}", hint
    counties = {grid.id: grid.county for grid in tables.grid}
    for site in tables.site:
        if not site.grid:
            continue
        if site.grid not in counties:
            hint = _meant(site.grid, ids, "[[grid]]")
            yield f"site[{site.id}].grid", f"there is no grid cell {site.grid!r}", hint
        elif counties[site.grid] != site.county:
            problem = f"the cell is in county {counties[site.grid]}, the site in {site.county}"
            yield f"site[{site.id}].grid", problem, "correct one of the two"
    keys = [(route.kind, route.severity, route.profile, route.side) for route in tables.route]
    numbered = [f"route[{place}]" for place in range(1, len(keys) + 1)]
    yield from _repeated(numbered, "", keys, "stands there twice; remove one")


def _site_problems(site: SiteTable, profiles: Mapping[str, str]) -> Iterator[Problem]:
    at = f"site[{site.id}]"
    places = [place.id for place in site.place]
    yield from _twins(f"{at}.place", "id", places, places)
    yield from hours_problems(at, site.hours, places)
    for device in site.device:
        points = [point.id for point in device.point]
        yield from _twins(f"{at}.device[{device.id}].point", "id", points, points)
        if len(points) > MAX_COLUMNS:
            problem = f"{len(points)} points; a device reads at most {MAX_COLUMNS}"
            yield f"{at}.device[{device.id}].point", problem, "give some to a second device of the site"
        for point in device.point:
            path = f"{at}.device[{device.id}].point[{point.id}]"
            if point.place not in places:
                hint = _meant(point.place, places, "[[site.place]]")
                yield f"{path}.place", f"the site has no place {point.place!r}", hint
            yield from _measure_problems(path, point, profiles)
            yield from unserved(path, point.profile, point.place, site.hours)


def _measure_problems(path: str, point: PointTable, profiles: Mapping[str, str]) -> Iterator[Problem]:
    if (unit := UNIT_OF.get(point.quantity, point.unit)) != point.unit:
        yield f"{path}.unit", f"{point.quantity} is not measured in {point.unit!r}", f'unit = "{unit}"'
    if not point.profile:
        return
    if point.profile not in profiles:
        hint = _meant(point.profile, profiles, "") or f"known: {', '.join(sorted(profiles))}"
        yield f"{path}.profile", f"there is no limit profile {point.profile!r}", hint
    elif profiles[point.profile] != point.unit:
        problem = f"limits of {point.profile!r} are in {profiles[point.profile]}, the point is in {point.unit}"
        yield f"{path}.profile", problem, 'choose another, or profile = "" for none'


def _device_twins(tables: RegisterTable) -> Iterator[Problem]:
    """A device's id is the name it signs in with, so it is unique over all sites; so is its key."""
    devices = [(site, device) for site in tables.site for device in site.device]
    keys = [f"site[{site.id}].device[{device.id}]" for site, device in devices]
    yield from _repeated(keys, "id", [device.id for _, device in devices], "stands at another site too; rename one")
    shown = [(key, device.public_key) for key, (_, device) in zip(keys, devices, strict=True) if device.public_key]
    yield from _repeated(
        [key for key, _ in shown], "public_key", [text for _, text in shown],
        "is the key of another device too; a copied card needs `larder agent init` again",
    )  # fmt: skip


def _duty_problems(tables: RegisterTable) -> Iterator[Problem]:
    people = [person.id for person in tables.person]
    yield from _twins("person", "id", people, people)
    scopes = {
        "site": [site.id for site in tables.site],
        "county": [county.code for county in tables.county],
        "grid": [grid.id for grid in tables.grid],
        "prefecture": [""],
        "leader": [""],
    }
    for place, duty in enumerate(tables.duty, 1):
        if duty.person not in people:
            hint = _meant(duty.person, people, "[[person]]")
            yield f"duty[{place}].person", f"there is no person {duty.person!r}", hint
        if duty.scope not in scopes[duty.level]:
            hint = _meant(duty.scope, scopes[duty.level], "") or (
                'scope = "" for the prefecture' if scopes[duty.level] == [""] else ""
            )
            yield f"duty[{place}].scope", f"there is no {duty.level} {duty.scope!r}", hint
    numbered = [f"duty[{place}]" for place in range(1, len(tables.duty) + 1)]
    yield from _repeated(numbered, "", list(tables.duty), "stands there twice; remove one")


def _twins(table: str, key: str, labels: list[str], values: list[str]) -> Iterator[Problem]:
    yield from _repeated([f"{table}[{label}]" for label in labels], key, values, "stands there twice; rename one")


def _repeated(paths: list[str], key: str, values: Iterable[Hashable], what: str) -> Iterator[Problem]:
    seen: set[Hashable] = set()
    problem, _, hint = what.partition("; ")
    for path, value in zip(paths, values, strict=True):
        if value in seen:
            yield f"{path}.{key}".rstrip("."), problem if not key else f"{value} {problem}", hint
        seen.add(value)


def _meant(word: str, known: Iterable[str], table: str) -> str:
    near = get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else f"add it as {table}" if table else ""


# ------------------------------------------------------------------------------------------------- tables <-> contents


def _register(tables: RegisterTable) -> Register:
    sites = tables.site
    devices = [(site, device) for site in sites for device in site.device]
    return Register(
        {one.code: County(one.code, one.name_zh, one.name_en) for one in tables.county},
        Directory(
            sites={one.id: Site(one.id, one.county, one.kind, one.name_zh, one.name_en, one.grid) for one in sites},
            places={
                (site.id, one.id): Place(site.id, one.id, one.name_zh, one.name_en)
                for site in sites
                for one in site.place
            },
            devices={
                one.id: Device(one.id, site.county, site.id, one.public_key, one.in_service) for site, one in devices
            },
            points={
                (device.id, one.id): Point(
                    device.id,
                    one.id,
                    one.place,
                    one.quantity,
                    one.unit,
                    one.period_s,
                    one.profile,
                    one.sample_s,
                    one.offset,
                    one.certificate,
                    one.certificate_until,
                    one.judge_corrected,
                )
                for _, device in devices
                for one in device.point
            },
            people={
                one.id: Person(one.id, one.name, one.phone, one.language, tuple(one.channels), one.quiet)
                for one in tables.person
            },
            duties=tuple(Duty(one.person, one.level, one.scope, one.days, one.hours, one.dates) for one in tables.duty),
            grids={one.id: Grid(one.id, one.county, one.name_zh, one.name_en) for one in tables.grid},
            routes=tuple(
                Route(**{**one.model_dump(), "to": tuple(one.to), "then": tuple(one.then)}) for one in tables.route
            ),
            opens=tuple(row for site in sites for row in open_rows(site.id, site.hours)),
            days=tuple(row for site in sites for row in day_rows(site.id, site.special)),
            changed=tuple(changed_row(one) for one in tables.limit),
        ),
    )


def write_register(register: Register) -> str:
    """The text of a register file that says the same."""
    directory = register.directory
    return tomli_w.dumps(
        {
            "county": [county._asdict() for county in register.counties.values()],
            "site": [_site_table(site, directory) for site in directory.sites.values()],
            "person": [person._asdict() for person in directory.people.values()],
            "duty": [duty._asdict() for duty in directory.duties],
            "grid": [grid._asdict() for grid in directory.grids.values()],
            "route": [route._asdict() for route in directory.routes],
            **({"limit": [changed_table(one) for one in directory.changed]} if directory.changed else {}),
        }
    )


def _site_table(site: Site, directory: Directory) -> dict[str, object]:
    places = [place for place in directory.places.values() if place.site == site.id]
    devices = [device for device in directory.devices.values() if device.site == site.id]
    hours = [_without(one._asdict(), "site") for one in directory.opens if one.site == site.id]
    days = [_without(one._asdict(), "site") for one in directory.days if one.site == site.id]
    return (
        site._asdict()
        | ({"hours": hours} if hours else {})
        | ({"special": days} if days else {})
        | {
            "place": [_without(place._asdict(), "site") for place in places],
            "device": [
                _without(device._asdict(), "county", "site")
                | {"point": [_without(point._asdict(), "device") for point in directory.points_of(device.id)]}
                for device in devices
            ],
        }
    )


def _without(table: dict[str, object], *keys: str) -> dict[str, object]:
    return {key: value for key, value in table.items() if key not in keys}
