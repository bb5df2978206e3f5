"""One measurement of each sensor."""

import errno
from collections.abc import Callable, Mapping
from threading import Event
from typing import NamedTuple

from larder_agent.drivers.port import PointSpec, Sample, SecretReader
from larder_agent.drivers.settings import SettingsReader, refuse_twins
from larder_agent.drivers.sht.i2c import Bus, KernelBus
from larder_agent.drivers.sht.measurement import LENGTH, MODELS, Model, WrongCrc, measured

QUALITIES = ("missing", "no-answer", "crc", "busy", "denied", "unreadable")

WORDS = {
    errno.ENOENT: "missing",
    errno.ENODEV: "missing",
    errno.ENXIO: "no-answer",
    errno.EREMOTEIO: "no-answer",
    errno.ETIMEDOUT: "no-answer",
    errno.EIO: "no-answer",
    errno.EBUSY: "busy",
    errno.EACCES: "denied",
}
"""What the bus says (ENXIO and EREMOTEIO: nobody acknowledged the address)."""

Wait = Callable[[float], object]


class Sensor(NamedTuple):
    id: str
    address: int
    model: Model


class Sht:
    """A Driver. A read takes some 20 ms a sensor; where a wire is shorted the kernel ends it (after 1 s by default)."""

    def __init__(self, sensors: tuple[Sensor, ...], bus: Bus, wait: Wait) -> None:
        self.points = tuple(
            point
            for one in sensors
            for point in (PointSpec(f"{one.id}-temp", "Cel", -2), PointSpec(f"{one.id}-rh", "%RH", -1))
        )
        self._sensors, self._bus, self._wait = sensors, bus, wait

    def read(self) -> list[Sample]:
        return [sample for one in self._sensors for sample in self._samples(one)]

    def close(self) -> None:
        self._bus.close()

    def _samples(self, one: Sensor) -> tuple[Sample, Sample]:
        quality = ""
        try:
            self._bus.write(one.address, one.model.command)
            self._wait(one.model.takes_s)
            temperature, humidity = measured(self._bus.read(one.address, LENGTH), one.model)
            return Sample(f"{one.id}-temp", temperature), Sample(f"{one.id}-rh", humidity)
        except WrongCrc:
            quality = "crc"
        except OSError as error:
            quality = WORDS.get(error.errno or 0, "unreadable")
            self._bus.close()
        return Sample(f"{one.id}-temp", None, quality), Sample(f"{one.id}-rh", None, quality)


def open_driver(settings: Mapping[str, object], secrets: SecretReader) -> Sht:
    """Raises SettingsError. Opens no bus; has no secrets."""
    reader = SettingsReader(settings)
    device = reader.text("device", "/dev/i2c-1", pattern=r"/[^\x00-\x1f\x7f]{0,255}", hint="a bus: ls /dev/i2c-*")
    return Sht(_sensors(reader), KernelBus(device), Event().wait)


def _sensors(reader: SettingsReader) -> tuple[Sensor, ...]:
    tables = reader.tables("sensor")
    sensors = tuple(
        Sensor(
            table.text(
                "id", pattern=r"[a-z0-9-]{1,27}", hint="1 to 27 of a-z, 0-9 and -: -temp and -rh come behind it"
            ),
            table.integer("address", 0x08, 0x77, 0x44),
            MODELS[table.choice("model", tuple(MODELS))],
        )
        for table in tables
    )
    reader.finish()
    places = range(1, len(sensors) + 1)
    refuse_twins([one.id for one in sensors], [f"sensor[{at}].id" for at in places])
    refuse_twins([f"address 0x{one.address:02x}" for one in sensors], [f"sensor[{at}].address" for at in places])
    return sensors
