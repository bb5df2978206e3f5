"""Where the drivers of this machine touch the kernel: the very bytes of its interfaces, and what a data sheet publishes."""

import errno
import os
import struct
import threading
import tty
from pathlib import Path
from typing import Any

import pytest

from larder_agent.clock import Discipline
from larder_agent.drivers import gpio, hwmon, sht, system
from larder_agent.drivers.gpio.lines import KernelLines, Line, request
from larder_agent.drivers.port import Sample, SettingsError
from larder_agent.drivers.secret_files import FileSecrets
from larder_agent.drivers.sht.i2c import KernelBus
from larder_agent.drivers.sht.measurement import MODELS, WrongCrc, crc8, measured

NO_SECRETS = FileSecrets({}, Path("/"))


# ---------------------------------------------------------------- GPIO


def test_a_request_stands_where_linux_gpio_h_puts_it() -> None:
    """Offsets of struct gpio_v2_line_request, printed by a C program that includes the header: consumer 256, config 288, its
    num_attrs 296, its attrs 320 (24 bytes each), num_lines 560, fd 588, size 592."""
    asked = request([Line(17, False, "as-is"), Line(27, True, "pull-up"), Line(5, True, "pull-up")])
    assert len(asked) == 592
    assert struct.unpack_from("=4I", asked, 0) == (17, 27, 5, 0)
    assert asked[256:263] == b"larder\0"
    assert struct.unpack_from("=QI", asked, 288) == (4, 1)  # INPUT; one attribute
    assert struct.unpack_from("=IIQQ", asked, 320) == (1, 0, 4 | 2 | 256, 0b110)  # FLAGS; INPUT, ACTIVE_LOW, PULL_UP
    assert struct.unpack_from("=II", asked, 560) == (3, 0)
    assert struct.unpack_from("=i", asked, 588) == (0,)


def test_lines_are_asked_for_once_and_read_each_time(tmp_path: Path) -> None:
    """A kernel that answers by hand: the descriptor of the lines at 588, their bits at 0."""
    (tmp_path / "gpiochip0").touch()
    (tmp_path / "lines").touch()
    asked: list[int] = []

    def ioctl(_descriptor: int, number: int, argument: bytearray) -> None:
        asked.append(number)
        if number == 0xC250B407:
            struct.pack_into("=i", argument, 588, os.open(tmp_path / "lines", os.O_RDONLY))
        else:
            assert struct.unpack("=QQ", argument) == (0, 0b11)
            struct.pack_into("=Q", argument, 0, 0b10)

    lines = KernelLines(str(tmp_path / "gpiochip0"), [Line(1, False, "as-is"), Line(2, False, "as-is")], ioctl)
    assert [lines.levels(), lines.levels()] == [[False, True]] * 2
    assert asked == [0xC250B407, 0xC010B40E, 0xC010B40E]
    lines.close()
    lines.close()


@pytest.mark.parametrize(
    "points, key",
    [
        ([{"id": "a", "line": 1}, {"id": "b", "line": 1}], "point[2].line"),
        ([{"id": "a", "line": -1}], "point[1].line"),
        ([{"id": "a", "line": 1, "bias": "up"}], "point[1].bias"),
        ([{"id": f"a{n}", "line": n} for n in range(65)], "point"),
    ],
)
def test_wrong_lines_are_refused_by_their_key(points: list[dict[str, Any]], key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        gpio.open_driver({"point": points}, NO_SECRETS)
    assert caught.value.key == key


# ---------------------------------------------------------------- SHT


def test_the_crc_is_the_one_of_the_data_sheet() -> None:
    assert crc8(bytes.fromhex("BEEF")) == 0x92


def test_every_single_flipped_bit_of_a_measurement_is_noticed() -> None:
    good = bytes.fromhex("6666938000A2")
    assert measured(good, MODELS["sht3x"]) == (2500, 500)
    for bit in range(8 * len(good)):
        flipped = bytearray(good)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(WrongCrc):
            measured(bytes(flipped), MODELS["sht3x"])


@pytest.mark.parametrize("octets", [b"", b"\xff" * 5, b"\x00" * 6, b"\xff" * 7])
def test_what_is_no_measurement_is_a_wrong_crc(octets: bytes) -> None:
    with pytest.raises(WrongCrc):
        measured(octets, MODELS["sht4x"])


def test_the_bus_sets_the_address_then_writes_and_reads() -> None:
    """The kernel's side of /dev/i2c-1, played over a tty: two bytes come, six go back."""
    master, slave = os.openpty()
    tty.setraw(slave)
    heard: list[bytes] = []

    def sensor() -> None:
        heard.append(os.read(master, 2))
        os.write(master, bytes.fromhex("6666938000A2"))

    thread = threading.Thread(target=sensor, daemon=True)
    thread.start()
    addresses: list[tuple[int, int]] = []
    bus = KernelBus(os.ttyname(slave), lambda _descriptor, number, address: addresses.append((number, address)))
    driver = sht.driver.Sht((sht.driver.Sensor("a", 0x44, MODELS["sht3x"]),), bus, lambda _s: thread.join(10))
    assert driver.read() == [Sample("a-temp", 2500), Sample("a-rh", 500)]
    assert heard == [b"\x24\x00"]
    assert addresses == [(0x0703, 0x44)] * 2
    driver.close()
    for descriptor in (master, slave):
        os.close(descriptor)


def test_an_address_that_the_kernel_holds_is_said_to_be_busy(tmp_path: Path) -> None:
    (tmp_path / "i2c-1").touch()

    def held(_descriptor: int, _number: int, _address: int) -> None:
        raise OSError(errno.EBUSY, "held")

    bus = KernelBus(str(tmp_path / "i2c-1"), held)
    driver = sht.driver.Sht((sht.driver.Sensor("a", 0x44, MODELS["sht3x"]),), bus, lambda _s: None)
    assert [sample.quality for sample in driver.read()] == ["busy", "busy"]


@pytest.mark.parametrize(
    "sensors, key",
    [
        ([{"id": "a", "model": "sht3x"}, {"id": "b", "model": "sht4x"}], "sensor[2].address"),
        ([{"id": "a", "model": "sht3x"}, {"id": "a", "model": "sht4x", "address": 0x45}], "sensor[2].id"),
        ([{"id": "a", "model": "sht2x"}], "sensor[1].model"),
        ([{"id": "a" * 28, "model": "sht3x"}], "sensor[1].id"),
    ],
)
def test_wrong_sensors_are_refused_by_their_key(sensors: list[dict[str, Any]], key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        sht.open_driver({"sensor": sensors}, NO_SECRETS)
    assert caught.value.key == key


# ---------------------------------------------------------------- hwmon, system


def test_of_two_chips_with_one_name_the_device_on_the_bus_tells_which(tmp_path: Path) -> None:
    for number, device in ((0, "1-0044"), (1, "1-0045")):
        (tmp_path / "devices" / device).mkdir(parents=True)
        folder = tmp_path / f"class/hwmon/hwmon{number}"
        folder.mkdir(parents=True)
        (folder / "name").write_text("sht3x\n")
        (folder / "temp1_input").write_text(f"{number}000\n")
        (folder / "device").symlink_to(tmp_path / "devices" / device)
    point = {"id": "a", "chip": "sht3x", "input": "temp1", "at": "1-0045"}
    driver = hwmon.open_driver({"root": str(tmp_path), "point": [point]}, NO_SECRETS)
    assert driver.read() == [Sample("a", 10)]


def test_a_real_machine_has_a_load_an_uptime_and_room_on_its_disk() -> None:
    what = ("load", "uptime", "disk-free", "memory-free")
    points = [{"id": one, "what": one} for one in what]
    samples = system.open_driver({"point": points}, NO_SECRETS).read()
    assert [sample.quality for sample in samples] == [""] * 4
    assert all(sample.value is not None and sample.value >= 0 for sample in samples)


@pytest.mark.parametrize(
    "clock, synced, error",
    [
        (Discipline(True, 1_499), Sample("s", 1), Sample("e", 1)),
        (Discipline(False, 16_000_000), Sample("s", 0), Sample("e", None, "clock-unsynced")),
    ],
)
def test_the_clock_says_whether_and_how_well_it_is_kept(clock: Discipline, synced: Sample, error: Sample) -> None:
    points = [{"id": "s", "what": "clock-synced"}, {"id": "e", "what": "clock-error"}]
    assert system.driver.open_driver({"point": points}, NO_SECRETS, lambda: clock).read() == [synced, error]
