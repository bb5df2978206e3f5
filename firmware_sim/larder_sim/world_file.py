"""A world read from TOML, strictly: unknown keys, doubled ids and dangling names are refused with their key.

The format is explained by example in `firmware_sim/worlds/demo.toml`.
"""

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from larder_sim.digest import SCHEMES
from larder_sim.kinds import KINDS
from larder_sim.roster import rostered
from larder_sim.strict_toml import IDENTIFIER, Table, read_toml
from larder_sim.thermal import Room
from larder_sim.world import (
    NAME_CHARACTERS,
    Camera,
    County,
    Gateway,
    ModbusRead,
    OnewireRead,
    Person,
    Place,
    Site,
    World,
)

SITE_KINDS = ("canteen", "restaurant", "pharmacy", "grain")
_COUNTY = re.compile(r"[0-9]{6}")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_ROM = re.compile(r"28-[0-9a-f]{12}")
_PROFILE = re.compile(r"[a-z0-9-]{1,32}(\.[a-z0-9-]{1,32})*")
_CAMERA_PATH = re.compile(r"/[A-Za-z0-9/_.-]{0,120}")
_CREDENTIAL = re.compile(r"[A-Za-z0-9_.!-]{1,64}")
_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_MOST_OFFSET = 9_999


def load_world(file: Path) -> World:
    """The world in a TOML file. Raises InputError, which names the file and the key."""
    root = read_toml(file)
    head = root.table("world")
    hour, minute = head.text("local_start", _TIME_OF_DAY, 'a time of day like "11:00"').split(":")
    name_zh, name_en = head.text("name_zh"), head.text("name_en")
    counties = _counties(root, head, name_zh, name_en)
    world = World(
        file=file,
        counties=counties,
        name_zh=name_zh,
        name_en=name_en,
        base_port=head.integer("base_port", 1, 65_535 - _MOST_OFFSET),
        local_start_s=int(hour) * 3600 + int(minute) * 60,
        sites=_sites(root, [county.code for county in counties]),
    )
    head.end()
    root.end()
    return world


def _counties(root: Table, head: Table, name_zh: str, name_en: str) -> tuple[County, ...]:
    """The tables [[county]]; without any, the world is one county and is named like it."""
    hint = 'six digits of GB/T 2260, like "632224"'
    tables = root.tables("county")
    if not tables:
        return (County(head.text("county", _COUNTY, hint), name_zh, name_en),)
    found = []
    for table in tables:
        found.append(County(table.text("code", _COUNTY, hint), table.text("name_zh"), table.text("name_en")))
        table.end()
    return tuple(found)


def _sites(root: Table, counties: Collection[str]) -> tuple[Site, ...]:
    """All sites; device ids, ROM codes and port offsets are unique over the whole world."""
    tables = [*root.tables("site"), *rostered(root)]
    if not tables:
        raise root.error("site", "there is none", "add at least one [[site]] or [[roster]]")
    ids, devices, ports, roms = _Taken("site"), _Taken("device"), _Taken("port_offset"), _Taken("rom")
    sites = []
    for table in tables:
        site = _site(table, counties)
        ids.take(table, "id", site.id)
        for device in site.devices:
            devices.take(table, f"device[{device}].id", device)
        for key, offset in [(f"gateway[{each.id}].port_offset", each.port_offset) for each in site.gateways] + [
            (f"camera[{each.id}].port_offset", each.port_offset) for each in site.cameras
        ]:
            ports.take(table, key, offset)
        for place in site.places:
            if isinstance(place.read, OnewireRead):
                roms.take(table, f"place[{place.id}].read.rom", place.read.rom)
        sites.append(site)
    return tuple(sites)


class _Taken:
    """Values that may stand only once."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._seen: set[str | int] = set()

    def take(self, table: Table, key: str, value: str | int) -> None:
        if value in self._seen:
            raise table.error(key, f"{self._what} {value!r} is used twice", "give each its own")
        self._seen.add(value)


def _site(table: Table, counties: Collection[str]) -> Site:
    site_id = table.identifier("id")
    name_zh = table.text("name_zh")
    rooms = dict(map(_room, table.tables("room")))
    devices = tuple(_device(each) for each in table.tables("device"))
    if not devices:
        raise table.error("device", "there is none", "add at least one [[site.device]]")
    gateways = tuple(_gateway(each, devices) for each in table.tables("gateway"))
    places = tuple(_place(each, name_zh, rooms, devices, gateways) for each in table.tables("place"))
    cameras = tuple(_camera(each, name_zh, devices) for each in table.tables("camera"))
    site = Site(
        id=site_id,
        county=_county(table, counties),
        kind=table.choice("kind", SITE_KINDS),
        name_zh=name_zh,
        name_en=table.text("name_en"),
        person=_person(table.table("person")),
        rooms=rooms,
        devices=devices,
        gateways=gateways,
        places=places,
        cameras=cameras,
    )
    table.end()
    _refuse_doubles(table, site)
    return site


def _county(table: Table, counties: Collection[str]) -> str:
    return table.choice("county", counties) if table.has("county") or len(counties) > 1 else next(iter(counties))


def _refuse_doubles(table: Table, site: Site) -> None:
    _once(table, "gateway", [gateway.id for gateway in site.gateways])
    _once(table, "place", [place.id for place in site.places] + [camera.id for camera in site.cameras])
    units = [
        f"{place.read.gateway} unit {place.read.unit}" for place in site.places if isinstance(place.read, ModbusRead)
    ]
    _once(table, "place", units)
    for device in site.devices:
        _once(table, "place", [point.id for point in site.points(device)])
    by_id = {gateway.id: gateway for gateway in site.gateways}
    for place in site.places:
        if isinstance(place.read, ModbusRead) and by_id[place.read.gateway].device != place.device:
            raise table.error(
                f"place[{place.id}].read.gateway",
                f"{place.read.gateway!r} belongs to another device",
                f"use a gateway of device {place.device!r}",
            )


def _once(table: Table, key: str, names: Iterable[str]) -> None:
    taken = _Taken(key)
    for name in names:
        taken.take(table, f"{key}[{name}]", name)


def _person(table: Table) -> Person:
    person = Person(
        id=table.identifier("id"),
        name_zh=table.text("name_zh"),
        name_en=table.text("name_en"),
        phone=table.text("phone", _PHONE, 'E.164, like "+8613900000001"'),
    )
    table.end()
    return person


def _room(table: Table) -> tuple[str, Room]:
    name = table.identifier("id")
    share = table.number("outdoor_share", 0, 1) if table.has("outdoor_share") else 0.0
    room = Room(
        table.number("mean_c", -30, 45), table.number("swing_c", 0, 15), table.number("rh_percent", 0, 100), share
    )
    table.end()
    return name, room


def _device(table: Table) -> str:
    device = table.identifier("id")
    table.end()
    return device


def _gateway(table: Table, devices: Collection[str]) -> Gateway:
    gateway = Gateway(
        id=table.identifier("id"),
        device=table.choice("device", devices),
        port_offset=table.integer("port_offset", 0, _MOST_OFFSET),
    )
    table.end()
    return gateway


def _place(
    table: Table, site_zh: str, rooms: Collection[str], devices: Collection[str], gateways: Iterable[Gateway]
) -> Place:
    place = Place(
        id=_stem(table, "-t"),
        device=table.choice("device", devices),
        name_zh=_name_zh(table, site_zh),
        name_en=table.text("name_en"),
        model=table.choice("model", KINDS),
        room=table.choice("room", rooms),
        read=_read(table.table("read"), [gateway.id for gateway in gateways]),
        period_s=table.number("period_s", 0.1, 86_400),
        profile=_profile(table, "profile"),
        humidity_profile=_profile(table, "humidity_profile") if table.has("humidity_profile") else "",
        start_c=table.number("start_c", -40, 50) if table.has("start_c") else None,
        watch_c=table.numbers("watch_c", -40, 50),
        cables=table.integer("cables", 1, 99) if table.has("cables") else 0,
        layers=table.integer("layers", 1, 9) if table.has("layers") else 0,
        across=table.integer("across", 1, 99) if table.has("across") else 1,
    )
    _refuse_bare_cables(table, place)
    if place.humidity_profile and not (isinstance(place.read, ModbusRead) and place.read.humidity):
        raise table.error(
            "humidity_profile", "the place has no humidity", "delete the key, or read with humidity = true"
        )
    table.end()
    return place


def _refuse_bare_cables(table: Table, place: Place) -> None:
    if bool(place.cables) != bool(place.layers):
        raise table.error("cables", "cables and layers belong together", "write both, or neither")
    if place.cables and not isinstance(place.read, ModbusRead):
        raise table.error("cables", "cables are read by Modbus", 'write read = { via = "modbus", ... }')
    if len(place.points) > 240:
        raise table.error(
            "cables", f"{len(place.points)} points, at most 240 on a device", "make two places on two devices"
        )


def _stem(table: Table, suffix: str) -> str:
    """An id from which a point's id can be made by appending `suffix`."""
    stem = table.identifier("id")
    if IDENTIFIER.fullmatch(stem + suffix) is None:
        raise table.error(
            "id",
            f"{stem!r} leaves no room for {suffix!r} in a point's id",
            f"use at most {32 - len(suffix)} characters",
        )
    return stem


def _name_zh(table: Table, site_zh: str) -> str:
    name = table.text("name_zh")
    if len(site_zh) + len(name) > NAME_CHARACTERS:
        raise table.error(
            "name_zh",
            f"{site_zh}{name} has {len(site_zh) + len(name)} characters",
            f"site and place name together at most {NAME_CHARACTERS}, so that an alarm fits one SMS",
        )
    return name


def _profile(table: Table, key: str) -> str:
    return table.text(key, _PROFILE, 'the name of a limit profile, like "fridge.food"')


def _read(table: Table, gateways: Collection[str]) -> ModbusRead | OnewireRead:
    read: ModbusRead | OnewireRead
    if table.choice("via", ("modbus", "onewire")) == "modbus":
        read = ModbusRead(table.choice("gateway", gateways), table.integer("unit", 1, 247), table.flag("humidity"))
    else:
        read = OnewireRead(table.text("rom", _ROM, 'like "28-0316a2795f01"'))
    table.end()
    return read


def _camera(table: Table, site_zh: str, devices: Collection[str]) -> Camera:
    camera = Camera(
        id=_stem(table, "-ms"),
        device=table.choice("device", devices),
        name_zh=_name_zh(table, site_zh),
        name_en=table.text("name_en"),
        port_offset=table.integer("port_offset", 0, _MOST_OFFSET),
        path=table.text("path", _CAMERA_PATH, 'starts with "/", like "/Streaming/Channels/101"'),
        user=table.text("user", _CREDENTIAL, "letters, digits and _.!-"),
        password=table.text("password", _CREDENTIAL, "letters, digits and _.!-"),
        auth=table.choice("auth", SCHEMES),
        period_s=table.number("period_s", 0.1, 86_400),
    )
    table.end()
    return camera
