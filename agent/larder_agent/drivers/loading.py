"""Which drivers are installed, and opening one. A driver is an entry point of the group `larder.drivers`, so that a
third party adds one by installing a package, with no change here."""

from collections.abc import Mapping
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points

from larder_agent.drivers.port import Driver, Opener, SecretReader, SettingsError

GROUP = "larder.drivers"


def drivers() -> dict[str, Opener]:
    """Every installed driver by name. Nothing is imported until one is opened: a device pays only for what it uses.

    Raises SettingsError when two packages give one name to different drivers.
    """
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=GROUP):
        twin = found.setdefault(entry.name, entry)
        if twin.value != entry.value:
            raise SettingsError("driver", f"{entry.name} is both {twin.value} and {entry.value}",
                                "remove one of the two packages")
    return {name: _opener(entry) for name, entry in sorted(found.items())}


def open_driver(name: str, settings: Mapping[str, object], secrets: SecretReader) -> Driver:
    """The driver `name` with these settings. Raises SettingsError, for an unknown driver with the names of the known."""
    known = drivers()
    if name not in known:
        near = get_close_matches(name, known, n=1)
        guess = f"did you mean {near[0]}? " if near else ""
        listed = ", ".join(known) or "none: install larder[agent]"
        raise SettingsError("driver", f"there is no driver {name}", f"{guess}installed: {listed}")
    return known[name](settings, secrets)


def _opener(entry: EntryPoint) -> Opener:
    def open_it(settings: Mapping[str, object], secrets: SecretReader) -> Driver:
        try:
            opener: Opener = entry.load()
        except (ImportError, AttributeError) as error:
            raise SettingsError("driver", f"{entry.name} cannot be loaded from {entry.value}: {error}",
                                "install what it needs: pip install 'larder[agent]'") from error
        return opener(settings, secrets)
    return open_it
