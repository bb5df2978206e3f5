"""Many like sites from few lines: a `[[kit]]` says what such a site has, a `[[roster]]` names the sites of a county that have it.

Expanded into the tables of `[[site]]`, so that each goes through the same checks. What no line says is made here: device, gateway,
unit ids, ports, ROM codes, passwords, and an invented person by office, never by name, with a number of a range that the demo made up.
"""

import copy
from collections.abc import Iterator
from itertools import count
from typing import Any

from larder_sim.noise import seed_of
from larder_sim.strict_toml import Table

_FIRST_PHONE = 1000
_ROLES = {"canteen": "食堂值班", "restaurant": "门店值班", "pharmacy": "药店值班", "grain": "粮库值班"}
Content = dict[str, Any]


def rostered(root: Table) -> list[Table]:
    """The sites of all rosters, as tables. Raises InputError."""
    kits = {}
    for table in root.tables("kit"):
        kit = {"kind": table.choice("kind", _ROLES), "room": table.raw("room"), "place": table.raw("place"),
               "camera": table.raw("camera") if table.has("camera") else []}  # fmt: skip
        kits[table.identifier("id")] = kit
        table.end()
    found, ports, phones = [], count(), count(_FIRST_PHONE)
    for table in root.tables("roster"):
        kit, county = kits[table.choice("kit", kits)], table.text("county")
        for row in table.raw("sites"):
            if not isinstance(row, list) or len(row) != 3:
                raise table.error("sites", f"{row!r} is no site", 'write ["id", "名称", "Name"]')
            content = _site(kit, county, row, ports, next(phones))
            found.append(root.beside(f"site[{row[0]}]", content))
        table.end()
    return found


def _site(kit: Content, county: str, row: list[str], ports: Iterator[int], phone: int) -> Content:
    site, name_zh, name_en = row
    box = f"{site}-box"
    site_content: Content = {"id": site, "county": county, "kind": kit["kind"], "name_zh": name_zh, "name_en": name_en}
    site_content["person"] = {
        "id": f"{site}-duty", "name_zh": _ROLES[kit["kind"]], "name_en": f"Duty, {name_en}", "phone": f"+861390000{phone:04d}",
    }  # fmt: skip
    places = list(_places(kit, site, box))
    cameras = [
        {"device": box, "port_offset": next(ports), "path": "/Streaming/Channels/101", "user": "larder",
         "password": f"{site}-2026"} | copy.deepcopy(camera) for camera in kit["camera"]
    ]  # fmt: skip
    devices = sorted({place["device"] for place in places} | {camera["device"] for camera in cameras})
    gateways = [
        {"id": f"gw-{device}"[:32], "device": device, "port_offset": next(ports)}
        for device in devices
        if any(place["device"] == device and place["read"]["via"] == "modbus" for place in places)
    ]
    return site_content | {
        "room": copy.deepcopy(kit["room"]),
        "device": [{"id": device} for device in devices],
        "gateway": gateways,
        "place": places,
        "camera": cameras,
    }


def _places(kit: Content, site: str, box: str) -> Iterator[Content]:
    """`via` and `humidity` become `read`; a place with cables has a device of its own, as its points fill one."""
    for unit, each in enumerate(kit["place"], 1):
        place = copy.deepcopy(each)
        device = f"{site}-{place['id']}" if "cables" in place else box
        if place.pop("via", "modbus") == "onewire":
            place["read"] = {"via": "onewire", "rom": f"28-{seed_of('rom', site, place['id']) >> 16:012x}"}
        else:
            place["read"] = {
                "via": "modbus", "gateway": f"gw-{device}"[:32], "unit": unit, "humidity": place.pop("humidity", False),
            }  # fmt: skip
        yield {"device": device} | place
