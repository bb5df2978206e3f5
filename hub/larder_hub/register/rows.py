"""The register's contents as rows of hub.db, and back."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from larder_hub.register.contents import County, Register
from larder_hub.register.directory import (
    Changed,
    Day,
    Device,
    Directory,
    Duty,
    Grid,
    Open,
    Person,
    Place,
    Point,
    Site,
)
from larder_hub.register.route import Route
from larder_hub.register.schema import TABLES

Row = dict[str, Any]
Rows = dict[str, list[Row]]
"""The rows of each table, in order."""


def rows_of(register: Register) -> Rows:
    directory = register.directory
    return {
        "county": [county._asdict() for county in register.counties.values()],
        "site": [site._asdict() for site in directory.sites.values()],
        "grid": [grid._asdict() for grid in directory.grids.values()],
        "place": [place._asdict() for place in directory.places.values()],
        "device": [_device_row(device) for device in directory.devices.values()],
        "point": [
            point._asdict() | {"judge_corrected": int(point.judge_corrected)} for point in directory.points.values()
        ],
        "person": [_person_row(person) for person in directory.people.values()],
        "duty": _duty_rows(directory.duties),
        "route": [_route_row(route, turn) for turn, route in enumerate(directory.routes, 1)],
        "hours": [one._asdict() for one in directory.opens],
        "special": [one._asdict() for one in directory.days],
        "limit_change": [one._asdict() for one in directory.changed],
    }


def register_of(rows: Rows) -> Register:
    """The inverse of `rows_of`, for rows that `rows_of` made."""
    sites = {row["id"]: Site(**row) for row in rows["site"]}
    return Register(
        {row["code"]: County(**row) for row in rows["county"]},
        Directory(
            sites=sites,
            places={(row["site"], row["id"]): Place(**row) for row in rows["place"]},
            devices={row["id"]: _device(row, sites) for row in rows["device"]},
            points={(row["device"], row["id"]): _point(row) for row in rows["point"]},
            people={row["id"]: _person(row) for row in rows["person"]},
            duties=tuple(Duty(**_without_turn(row)) for row in rows["duty"]),
            grids={row["id"]: Grid(**row) for row in rows["grid"]},
            routes=tuple(_route(row) for row in rows["route"]),
            opens=tuple(Open(**row) for row in rows["hours"]),
            days=tuple(Day(**row) for row in rows["special"]),
            changed=tuple(Changed(**row) for row in rows["limit_change"]),
        ),
    )


def key_of(table: str, row: Row) -> tuple[str, ...]:
    return tuple(row[column] for column in TABLES[table][1])


def _without_turn(row: Row) -> Row:
    return {column: value for column, value in row.items() if column != "turn"}


def _route_row(route: Route, turn: int) -> Row:
    """`turn`: the first route that fits counts, so that their order is content."""
    return {**route._asdict(), "to": " ".join(route.to), "then": " ".join(route.then), "turn": turn}


def _route(row: Row) -> Route:
    return Route(**{**_without_turn(row), "to": tuple(row["to"].split()), "then": tuple(row["then"].split())})


def _person_row(person: Person) -> Row:
    return {**person._asdict(), "channels": " ".join(person.channels)}


def _person(row: Row) -> Person:
    return Person(**{**row, "channels": tuple(row["channels"].split())})


def _point(row: Row) -> Point:
    return Point(**(row | {"judge_corrected": bool(row["judge_corrected"])}))


def _device_row(device: Device) -> Row:
    return {"id": device.id, "site": device.site, "public_key": device.public_key, "in_service": int(device.in_service)}


def _device(row: Row, sites: Mapping[str, Site]) -> Device:
    return Device(row["id"], sites[row["site"]].county, row["site"], row["public_key"], bool(row["in_service"]))


def _duty_rows(duties: tuple[Duty, ...]) -> list[Row]:
    """`turn` is the place among those who answer for the same: it decides who is told first, so a change of it is a change."""
    turns: Counter[tuple[str, str]] = Counter()
    rows = []
    for duty in duties:
        turns[duty.level, duty.scope] += 1
        rows.append({**duty._asdict(), "turn": turns[duty.level, duty.scope]})
    return rows
