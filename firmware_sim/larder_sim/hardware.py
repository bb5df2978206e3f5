"""The gateways, 1-wire folders and cameras of a world, kept in step with the plant behind them."""

import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from larder_sim.endpoints import Listener
from larder_sim.modbus_server import NO_PROBE, Answer, ModbusGateway, Refusal
from larder_sim.onewire_tree import OnewireTree
from larder_sim.plant import Plant
from larder_sim.reserved_port import port_of, reserve
from larder_sim.rtsp_camera import RtspCamera
from larder_sim.truth import Truth
from larder_sim.world import MODBUS_SCALE, ONEWIRE_SCALE, Camera, Gateway, ModbusRead, OnewireRead, Place, Site, World


class PortTaken(Exception):
    """A port cannot be listened on."""


class Hardware:
    """Everything a world serves. `start`, then `settle` and `write_onewire` after each move of the plant, then `stop`."""

    def __init__(self, world: World, plant: Plant, truth: Truth, folder: Path, monotonic: Callable[[], float]) -> None:
        self._world = world
        self._plant = plant
        self._truth = truth
        self._monotonic = monotonic
        self._keepers: list[socket.socket] = []
        self._gateways = {name: self._gateway(site, gateway) for name, site, gateway in world.gateways()}
        self._cameras = {name: self._camera(name, camera) for name, _, camera in world.cameras()}
        self._probes = {
            place.read.rom: (name, place) for name, _, place in world.places() if isinstance(place.read, OnewireRead)
        }
        self._folders = {
            device: folder / "w1" / device
            for site in world.sites
            for device in site.devices
            if any(place.device == device for _, place in self._probes.values())
        }
        self._trees = {device: OnewireTree(path, self._probe_served) for device, path in self._folders.items()}

    @property
    def folders(self) -> dict[str, Path]:
        """The 1-wire folder of each device that has probes."""
        return dict(self._folders)

    async def start(self, host: str, base_port: int) -> tuple[dict[str, Listener], dict[str, Listener]]:
        """Listen everywhere and write the 1-wire folders; where the gateways and the cameras listen.

        Port = `base_port` + the world's offset; a `base_port` of 0 takes free ones. Raises PortTaken.
        """
        gateways, cameras = {}, {}
        for name, _, gateway in self._world.gateways():
            gateways[name] = await self._listen(name, self._gateways[name], host, base_port, gateway.port_offset)
        for name, _, camera in self._world.cameras():
            cameras[name] = await self._listen(name, self._cameras[name], host, base_port, camera.port_offset)
        for tree in self._trees.values():
            tree.open()
        self.write_onewire()
        return gateways, cameras

    async def _listen(
        self, name: str, listener: ModbusGateway | RtspCamera, host: str, base_port: int, offset: int
    ) -> Listener:
        """On a port that is kept for the whole run: the listener may lose its power and come back."""
        port = base_port + offset if base_port else 0
        try:
            keeper = reserve(host, port)
            self._keepers.append(keeper)
            return Listener(host, await listener.start(host, port_of(keeper)))
        except OSError as error:
            raise PortTaken(
                f"{name}: cannot listen on {host}:{port} "
                "(end what uses it, or choose another --base-port; 0 takes free ports)"
            ) from error

    async def settle(self) -> None:
        """Make what listens agree with the plant: power and cameras."""
        for name, site, _ in self._world.gateways():
            await self._gateways[name].set_powered(self._plant.powered(site.id))
        for name, camera in self._cameras.items():
            await camera.set_mode(self._plant.camera_mode(name))

    def write_onewire(self) -> None:
        """Make the 1-wire files agree with the plant."""
        for rom, (name, place) in self._probes.items():
            self._trees[place.device].show(rom, self._plant.sensed_c(name), self._plant.sensor_fault(name))

    async def stop(self) -> None:
        """Stop listening, end connections, remove the 1-wire folders."""
        for gateway in self._gateways.values():
            await gateway.stop()
        for camera in self._cameras.values():
            await camera.stop()
        for keeper in self._keepers:
            keeper.close()
        for tree in self._trees.values():
            tree.clear()

    def _gateway(self, site: Site, gateway: Gateway) -> ModbusGateway:
        units = {}
        for place in site.places:
            if isinstance(place.read, ModbusRead) and place.read.gateway == gateway.id:
                units[place.read.unit] = (len(place.points), self._transmitter(f"{site.id}/{place.id}", place))
        return ModbusGateway(units)

    def _transmitter(self, name: str, place: Place) -> Answer:
        """The registers of one place at the moment of a read."""
        quantities = [point.quantity for point in place.points]

        def answer(address: int, count: int) -> Sequence[int] | Refusal:
            fault = self._plant.sensor_fault(name)
            if fault in (Refusal.SILENT.value, Refusal.GATEWAY_EXCEPTION.value):
                return Refusal(fault)
            registers = [NO_PROBE] * len(quantities) if fault == "0x8000" else self._registers(name, place)
            for quantity, register in zip(quantities[address:], registers[address : address + count], strict=False):
                self._truth.served(name, "modbus", quantity, _signed(register), MODBUS_SCALE)
            return registers

        return answer

    def _registers(self, name: str, place: Place) -> list[int]:
        air = [round(self._plant.sensed_c(name) * 10) & 0xFFFF, round(self._plant.state(name).humidity_percent * 10)]
        grain = [round(celsius * 10) & 0xFFFF for celsius in self._plant.grain_c(name)]
        return air[: len(place.points) - len(grain)] + grain

    def _camera(self, name: str, camera: Camera) -> RtspCamera:
        def served(via: str) -> None:
            self._truth.served(name, via, "alive", 1, 0)

        return RtspCamera(camera.id, camera.path, camera.auth, camera.user, camera.password, served, self._monotonic)

    def _probe_served(self, rom: str, value: int) -> None:
        self._truth.served(self._probes[rom][0], "onewire", "temperature", value, ONEWIRE_SCALE)


def _signed(register: int) -> int:
    return register - 0x10000 if register & 0x8000 else register
