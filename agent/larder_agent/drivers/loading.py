"""Which drivers are installed, and opening one. A driver is an entry point of the group `larder.drivers`, so that a
third party adds one by installing a package, with no change here. Those that Larder ships are known without asking:
reading the metadata of every installed package costs a small device 2 MB."""

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module

from larder_agent.drivers.port import Driver, Opener, SecretReader, SettingsError

GROUP = "larder.drivers"

SHIPPED: Mapping[str, str] = {
    "gpio": "larder_agent.drivers.gpio:open_driver",
    "http-camera": "larder_agent.drivers.http_camera:open_driver",
    "hwmon": "larder_agent.drivers.hwmon:open_driver",
    "modbus-rtu": "larder_agent.drivers.modbus_rtu:open_driver",
    "modbus-tcp": "larder_agent.drivers.modbus_tcp:open_driver",
    "mqtt-source": "larder_agent.drivers.mqtt_source:open_driver",
    "onewire": "larder_agent.drivers.onewire:open_driver",
    "onvif-camera": "larder_agent.drivers.onvif_camera:open_driver",
    "power": "larder_agent.drivers.power:open_driver",
    "pulse": "larder_agent.drivers.pulse:open_driver",
    "rtsp-camera": "larder_agent.drivers.rtsp_camera:open_driver",
    "sht": "larder_agent.drivers.sht:open_driver",
    "system": "larder_agent.drivers.system:open_driver",
}
"""The same as the entry points of our own distribution."""

RELAYED = frozenset({"mqtt-source"})
"""Drivers whose readings were made, and could be altered, by somebody else's software: the agent signs that it heard them, no more."""


def drivers() -> dict[str, Opener]:
    """Every installed driver by name. Nothing is imported until one is opened: a device pays only for what it uses.

    Raises SettingsError when two packages give one name to different drivers.
    """
    from importlib.metadata import entry_points

    found = dict(SHIPPED)
    for entry in entry_points(group=GROUP):
        twin = found.setdefault(entry.name, entry.value)
        if twin != entry.value:
            raise SettingsError(
                "driver", f"{entry.name} is both {twin} and {entry.value}", "remove one of the two packages"
            )
    return {name: _opener(name, value) for name, value in sorted(found.items())}


def open_driver(name: str, settings: Mapping[str, object], secrets: SecretReader) -> Driver:
    """The driver `name` with these settings. Raises SettingsError, for an unknown driver with the names of the known."""
    if name in SHIPPED:
        return _opener(name, SHIPPED[name])(settings, secrets)
    known = drivers()
    if name not in known:
        near = get_close_matches(name, known, n=1)
        guess = f"did you mean {near[0]}? " if near else ""
        listed = ", ".join(known) or "none: install larder[agent]"
        raise SettingsError("driver", f"there is no driver {name}", f"{guess}installed: {listed}")
    return known[name](settings, secrets)


def _opener(name: str, value: str) -> Opener:
    def open_it(settings: Mapping[str, object], secrets: SecretReader) -> Driver:
        module, _, function = value.partition(":")
        try:
            opener: Opener = getattr(import_module(module), function)
        except (ImportError, AttributeError) as error:
            raise SettingsError(
                "driver",
                f"{name} cannot be loaded from {value}: {error}",
                "install what it needs: pip install 'larder[agent]'",
            ) from error
        return opener(settings, secrets)

    return open_it
