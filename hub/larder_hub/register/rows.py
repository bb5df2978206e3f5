"""The register's contents as rows of hub.db, and back."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from larder_hub.register.contents import County, Register
from larder_hub.register.directory import Device, Directory, Duty, Person, Place, Point, Site
from larder_hub.register.schema import TABLES

Row = dict[str, Any]
Rows = dict[str, list[Row]]
"""The rows of each table, in order."""


def rows_of(register: Register) -> Rows:
    directory = register.directory
    return {
        "county": [county._asdict() for county in register.counties.values()],
        "site": [site._asdict() for site in directory.sites.values()],
        "place": [place._asdict() for place in directory.places.values()],
        "device": [_device_row(device) for device in directory.devices.values()],
        "point": [
            point._asdict() | {"judge_corrected": int(point.judge_corrected)} for point in directory.points.values()
        ],
        "person": [person._asdict() for person in directory.people.values()],
        "duty": _duty_rows(directory.duties),
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
            people={row["id"]: Person(**row) for row in rows["person"]},
            duties=tuple(Duty(row["person"], row["level"], row["scope"]) for row in rows["duty"]),
        ),
    )


def key_of(table: str, row: Row) -> tuple[str, ...]:
    return tuple(row[column] for column in TABLES[table][1])


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
