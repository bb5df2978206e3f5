"""A simulated world as the configuration of real programs: agent.toml, register.toml, hub.toml."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from larder_agent.screening import USUAL
from larder_core.limits.profiles import PROFILES
from larder_sim.endpoints import Endpoints
from larder_sim.world import Camera, ModbusRead, OnewireRead, Place, Point, Site, World

QUANTITIES = {"temperature": "temperature", "humidity": "humidity", "alive": "camera"}


class BrokerAddress(NamedTuple):
    host: str
    port: int
    ca_file: Path | None


class Pace(NamedTuple):
    """Wall seconds: how long readings wait for their seal, between heartbeats, and before an entry without receipt is sent again."""

    seal_after_s: float = 2.0
    heartbeat_s: float = 2.0
    resend_after_s: float = 3.0


@dataclass(frozen=True)
class Plan:
    """Where everything lies below `folder`; what a program of `roots` (sim, hub, agent, broker) writes, below another one."""

    world: World
    folder: Path
    roots: Mapping[str, Path] = field(default_factory=dict)

    def root(self, program: str) -> Path:
        return self.roots.get(program, self.folder)

    @property
    def sim_dir(self) -> Path:
        return self.root("sim") / "sim"

    @property
    def broker_dir(self) -> Path:
        return self.root("broker") / "broker"

    @property
    def data_dir(self) -> Path:
        return self.root("hub") / "hub"

    @property
    def hub_file(self) -> Path:
        return self.folder / "hub.toml"

    @property
    def agent_file(self) -> Path:
        return self.folder / "agent.toml"

    @property
    def register_file(self) -> Path:
        return self.folder / "register.toml"

    @property
    def devices(self) -> list[tuple[Site, str]]:
        return [(site, device) for site in self.world.sites for device in site.devices]

    @property
    def groups(self) -> dict[str, list[tuple[Site, str]]]:
        """The devices of each agent process: one for all, or one for each county where there are several."""
        if len(self.world.counties) == 1:
            return {"agent": self.devices}
        return {
            f"agent-{county.code}": [(site, device) for site, device in self.devices if site.county == county.code]
            for county in self.world.counties
        }

    def group_file(self, name: str) -> Path:
        return self.folder / f"{name}.toml"

    def secret(self, name: str) -> Path:
        return self.folder / "secrets" / name

    def state_dir(self, device: str) -> Path:
        return self.root("agent") / "devices" / device


Table = dict[str, Any]


def hub_config(
    plan: Plan, broker: BrokerAddress, password_file: Path, web_port: int, scale: float, sms: Table
) -> Table:
    return {
        "data_dir": str(plan.data_dir),
        "time_scale": scale,
        "delivery_s": 15.0,
        "broker": _broker(broker) | {"password_file": str(password_file)},
        "web": {"port": web_port},
        "sms": {"retry_s": 2.0} | sms,
    }


def agent_config(
    plan: Plan,
    group: str,
    broker: BrokerAddress,
    hub_key: str,
    passwords: Mapping[str, Path],
    endpoints: Endpoints,
    pace: Pace,
    scale: float,
) -> Table:
    """One process for all devices of a group, as small sites share a box. Values move `scale` times faster than the wall clock."""
    devices = [
        {
            "county": site.county,
            "site": site.id,
            "id": device,
            "state_dir": str(plan.state_dir(device)),
            "password_file": str(passwords[device]),
            "period_s": min(point.period_s for point in site.points(device)),
            **pace._asdict(),
            "source": [_believing(source, scale) for source in _sources(plan, site, device, endpoints)],
        }
        for site, device in plan.groups[group]
    ]
    return {"broker": _broker(broker), "hub": {"public_key": hub_key}, "device": devices}


def _believing(source: Table, scale: float) -> Table:
    """Values that move `scale` times faster are no leaps for it."""
    if scale == 1.0 or source["driver"] == "rtsp-camera":
        return source
    faster = {
        point["id"]: {"jump_per_s": USUAL[point.get("unit", "Cel")].jump_per_s * scale} for point in source["point"]
    }
    return source | {"screen": faster}


def _broker(broker: BrokerAddress) -> Table:
    trust = {"ca_file": str(broker.ca_file)} if broker.ca_file else {}
    return {"host": broker.host, "port": broker.port} | trust


def _sources(plan: Plan, site: Site, device: str, endpoints: Endpoints) -> Iterator[Table]:
    for gateway in (one for one in site.gateways if one.device == device):
        at = endpoints.modbus[f"{site.id}/{gateway.id}"]
        points = [point for place in site.places for point in _registers(place, gateway.id)]
        yield {"driver": "modbus-tcp", "host": at.host, "port": at.port, "timeout_s": 0.4, "point": points}
    probes = [
        {"id": place.points[0].id, "sensor": place.read.rom, "scale": -1}
        for place in site.places
        if isinstance(place.read, OnewireRead) and place.device == device
    ]
    if probes:
        yield {"driver": "onewire", "root": endpoints.onewire[device], "point": probes}
    for camera in (one for one in site.cameras if one.device == device):
        yield _camera(plan, site, camera, endpoints)


def _registers(place: Place, gateway: str) -> Iterator[Table]:
    if isinstance(place.read, ModbusRead) and place.read.gateway == gateway:
        for register, point in enumerate(place.points):
            yield {"id": point.id, "unit": point.unit, "unit_id": place.read.unit, "kind": "input", "register": register,
                   "scale": point.scale}  # fmt: skip


def _camera(plan: Plan, site: Site, camera: Camera, endpoints: Endpoints) -> Table:
    at = endpoints.rtsp[f"{site.id}/{camera.id}"]
    return {
        "driver": "rtsp-camera",
        "period_s": camera.period_s,
        "id": camera.id,
        "host": at.host,
        "port": at.port,
        "path": camera.path,
        "username": camera.user,
        "password_file": str(plan.secret(f"{site.id}-{camera.id}")),
        "allow_loopback": True,
        "timeout_s": 1.5,
    }


def camera_passwords(plan: Plan) -> dict[Path, str]:
    """Each camera's password by the file that holds it."""
    return {plan.secret(f"{site.id}-{one.id}"): one.password for site in plan.world.sites for one in site.cameras}


def register(plan: Plan, keys: Mapping[str, str]) -> Table:
    """Sites, places, devices with their keys, points, people and duties, and an invented duty officer of the county."""
    world = plan.world
    people = [{"id": one.person.id, "name": one.person.name_zh, "phone": one.person.phone} for one in world.sites]
    duties = [{"person": one.person.id, "level": "site", "scope": one.id} for one in world.sites]
    return {
        "county": [asdict(county) for county in world.counties],
        "site": [_site(world, site, keys) for site in world.sites],
        "person": [*people, {"id": "county-duty", "name": "县局值班", "phone": "+8613900009999"}],
        "duty": [
            *duties,
            *({"person": "county-duty", "level": "county", "scope": county.code} for county in world.counties),
        ],
    }


def _site(world: World, site: Site, keys: Mapping[str, str]) -> Table:
    spots: list[Place | Camera] = [*site.places, *site.cameras]
    return {
        "id": site.id,
        "county": site.county,
        "kind": site.kind,
        "name_zh": site.name_zh,
        "name_en": site.name_en,
        "place": [{"id": spot.id, "name_zh": spot.name_zh, "name_en": spot.name_en} for spot in spots],
        "device": [
            {"id": device, "public_key": keys[device], "point": [_point(point) for point in site.points(device)]}
            for device in site.devices
        ],
    }


def _point(point: Point) -> Table:
    return {
        "id": point.id,
        "place": point.place,
        "quantity": QUANTITIES[point.quantity],
        "unit": point.unit,
        "period_s": point.period_s,
        "profile": point.profile
        if point.profile in PROFILES and PROFILES[point.profile].service is None
        else "",  # the simulator knows limits that the hub does not, and keeps a school calendar that the register would need
    }
