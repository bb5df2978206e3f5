"""A folder like /sys/bus/w1/devices: one folder for each DS18B20, with the files `w1_slave` and `temperature`.

sysfs computes a file when it is read; ordinary files cannot, so they are replaced, atomically, whenever their content
changes. A sensor's folder appears and disappears by a rename, so that no reader ever sees half of one.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from larder_sim.scratchpad import POWER_ON_RAW, millidegrees, raw_of, scratchpad, w1_slave_text

_DISCONNECTED_RAW = -127 * 16
_NOISY_BITS = 0x5A  # flipped in the received temperature, so that its CRC is wrong

Served = Callable[[str, int], None]
"""(rom, thousandths of a degree): a new value is about to stand in the files; nothing is called for a value marked NO."""


class OnewireTree:
    """The 1-wire folder of one device. Make it with `open()`, remove it with `clear()`."""

    def __init__(self, root: Path, served: Served) -> None:
        self._root = root
        self._served = served
        self._written: dict[str, str] = {}
        self._last_good: dict[str, bytes] = {}

    def open(self) -> None:
        """Make the folder, empty. What an earlier run left in it is removed."""
        self.clear()
        self._root.mkdir(parents=True)

    def clear(self) -> None:
        """Remove the folder; it may be missing."""
        if self._root.exists():
            shutil.rmtree(self._root)
        self._written.clear()

    def show(self, rom: str, celsius: float, fault: str) -> None:
        """Make the files of the sensor `rom` (`28-` and twelve hex digits) say a temperature, or what one of `PROBE_FAULTS` says."""
        if fault == "gone":
            self._unplug(rom)
            return
        received = _received(celsius, fault)
        good = fault != "crc"
        last_good = self._last_good.get(rom, received)
        text = w1_slave_text(received, last_good)
        if self._written.get(rom) == text:
            return
        if good:  # first: what an agent can read is on record before it can
            self._last_good[rom] = received
            self._served(rom, millidegrees(received))
        # Reading `temperature` after a bad CRC gives nothing in the kernel, so the file is then empty.
        self._write(rom, {"w1_slave": text, "temperature": f"{millidegrees(received)}\n" if good else ""})
        self._written[rom] = text

    def _write(self, rom: str, files: dict[str, str]) -> None:
        folder = self._root / rom
        if rom not in self._written:
            hidden = self._root / f".{rom}"
            hidden.mkdir()
            for name, text in files.items():
                (hidden / name).write_text(text, encoding="ascii")
            hidden.rename(folder)
            return
        for name, text in files.items():
            fresh = self._root / f".{rom}.{name}"
            fresh.write_text(text, encoding="ascii")
            fresh.replace(folder / name)

    def _unplug(self, rom: str) -> None:
        if self._written.pop(rom, None) is not None:
            hidden = self._root / f".{rom}"
            (self._root / rom).rename(hidden)
            shutil.rmtree(hidden)


def _received(celsius: float, fault: str) -> bytes:
    if fault == "power-on":
        return scratchpad(POWER_ON_RAW, power_on=True)
    if fault == "disconnected":
        return scratchpad(_DISCONNECTED_RAW)
    pad = scratchpad(raw_of(celsius))
    return bytes((pad[0] ^ _NOISY_BITS,)) + pad[1:] if fault == "crc" else pad
