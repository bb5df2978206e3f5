"""DS18B20 files as the kernel writes them. The scratchpads are real ones; each CRC was worked out by hand or published."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from larder_agent.drivers.onewire import open_driver
from larder_agent.drivers.onewire.scratchpad import Verdict, at_scale, crc8, judge
from larder_agent.drivers.port import Sample, SettingsError
from larder_agent.drivers.secret_files import FileSecrets

POWER_ON = "50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=85000\n"
MILD = "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b 46 7f ff 0e 10 57 t=23125\n"
COLD = "dd ff 4b 46 7f ff 03 10 25 : crc=25 YES\ndd ff 4b 46 7f ff 03 10 25 t=-2188\n"
SENSOR = "28-00000a1b2c3d"


@pytest.mark.parametrize(
    "octets, crc",
    [
        ("", 0x00),
        ("00", 0x00),
        ("01", 0x5E),
        ("ff", 0x35),
        ("02 1c b8 01 00 00 00", 0xA2),  # the worked example of Maxim's application note 27
        ("50 05 4b 46 7f ff 0c 10", 0x1C),
        ("dd ff 4b 46 7f ff 03 10", 0x25),
        ("16 00 4b 46 7f ff 0a 10", 0xA5),
    ],
)
def test_the_crc_of_1_wire(octets: str, crc: int) -> None:
    assert crc8(bytes.fromhex(octets)) == crc


@pytest.mark.parametrize(
    "millidegrees, tenths, hundredths",
    [
        (0, 0, 0),
        (23125, 231, 2312),
        (23135, 231, 2314),
        (-2188, -22, -219),
        (4050, 40, 405),
        (4150, 42, 415),
        (-4050, -40, -405),
        (-4150, -42, -415),
        (-50, 0, -5),
        (50, 0, 5),
        (85000, 850, 8500),
        (-55000, -550, -5500),
    ],
)
def test_thousandths_are_rounded_with_ties_to_even(millidegrees: int, tenths: int, hundredths: int) -> None:
    assert (at_scale(millidegrees, -1), at_scale(millidegrees, -2)) == (tenths, hundredths)


@pytest.mark.parametrize(
    "text, last_good, verdict",
    [
        (MILD, None, Verdict(23125)),
        (COLD, None, Verdict(-2188)),
        (MILD.replace("t=23125\n", "t=23125"), None, Verdict(23125)),
        (MILD.replace("YES", "NO"), None, Verdict(None, "crc")),
        (MILD.replace("72 01 4b", "73 01 4b"), None, Verdict(None, "crc")),  # the kernel said YES; we do not
        (MILD.replace("crc=57", "crc=58"), None, Verdict(None, "crc")),
        (POWER_ON, None, Verdict(85000, "power-on")),
        (POWER_ON, 79_999, Verdict(85000, "power-on")),
        (POWER_ON, 80_000, Verdict(85000)),
        (POWER_ON, 90_000, Verdict(85000)),
        (POWER_ON, 90_001, Verdict(85000, "power-on")),
        (POWER_ON.replace("t=85000", "t=84999"), None, Verdict(84999)),
        (MILD.replace("t=23125", "t=-127000"), None, Verdict(None, "disconnected")),
        ("00 " * 9 + ": crc=00 YES\n" + "00 " * 9 + "t=0\n", 2000, Verdict(None, "disconnected")),
        ("ff " * 9 + ": crc=c9 NO\n" + "ff " * 9 + "t=-62\n", 2000, Verdict(None, "disconnected")),
        (MILD.replace("t=23125", "t=127937"), None, Verdict(127937, "out-of-range")),
        (MILD.replace("t=23125", "t=-55001"), None, Verdict(-55001, "out-of-range")),
        (MILD.replace("t=23125", "t=125000"), None, Verdict(125000)),
        ("", None, Verdict(None, "unreadable")),
        (MILD[:50], None, Verdict(None, "unreadable")),
        (MILD + MILD, None, Verdict(None, "unreadable")),
        (MILD.replace("t=23125", "t=9999999"), None, Verdict(None, "unreadable")),
        ("garbage\n", None, Verdict(None, "unreadable")),
    ],
)
def test_what_a_file_says(text: str, last_good: int | None, verdict: Verdict) -> None:
    assert judge(text, last_good) == verdict


def settings(root: Path, **more: Any) -> dict[str, Any]:
    return {"root": str(root), "point": [{"id": "fridge-1", "sensor": SENSOR, **more}]}


def opened(root: Path) -> Any:
    return open_driver(settings(root), FileSecrets({}, root))


def write(root: Path, text: str) -> Path:
    (root / SENSOR).mkdir(exist_ok=True)
    (root / SENSOR / "w1_slave").write_text(text)
    return root / SENSOR / "w1_slave"


def test_a_probe_that_was_away_is_not_believed_at_85(tmp_path: Path) -> None:
    driver = opened(tmp_path)
    assert driver.read() == [Sample("fridge-1", None, "missing")]
    write(tmp_path, POWER_ON.replace("t=85000", "t=84000"))
    assert driver.read() == [Sample("fridge-1", 840)]
    write(tmp_path, POWER_ON)
    assert driver.read() == [Sample("fridge-1", 850)]  # a dishwasher, rising through 84
    write(tmp_path, POWER_ON).unlink()
    assert driver.read() == [Sample("fridge-1", None, "missing")]
    write(tmp_path, POWER_ON)
    assert driver.read() == [Sample("fridge-1", 850, "power-on")]
    assert driver.read() == [Sample("fridge-1", 850, "power-on")]


def test_a_garbled_transfer_does_not_make_a_probe_a_stranger(tmp_path: Path) -> None:
    driver = opened(tmp_path)
    for text, sample in [
        (POWER_ON.replace("t=85000", "t=84000"), Sample("fridge-1", 840)),
        (MILD.replace("YES", "NO"), Sample("fridge-1", None, "crc")),
        (POWER_ON, Sample("fridge-1", 850)),
    ]:
        write(tmp_path, text)
        assert driver.read() == [sample]


def test_a_file_that_cannot_be_read_is_said_to_be_so(tmp_path: Path) -> None:
    path = write(tmp_path, MILD)
    path.unlink()
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        path.read_text()
    assert opened(tmp_path).read() == [Sample("fridge-1", None, "unreadable")]


def test_a_pipe_in_place_of_a_file_does_not_hang_the_agent(tmp_path: Path) -> None:
    path = write(tmp_path, MILD)
    path.unlink()
    os.mkfifo(path)
    assert opened(tmp_path).read() == [Sample("fridge-1", None, "unreadable")]


def test_a_link_to_itself_is_unreadable(tmp_path: Path) -> None:
    path = write(tmp_path, MILD)
    path.unlink()
    path.symlink_to(path)
    with pytest.raises(OSError) as caught:
        path.open()
    assert caught.value.errno == errno.ELOOP
    assert opened(tmp_path).read() == [Sample("fridge-1", None, "unreadable")]


@pytest.mark.parametrize(
    "change, key",
    [
        ({"sensor": "28-00000a1b2c3"}, "point[1].sensor"),
        ({"sensor": "../../etc/passwd"}, "point[1].sensor"),
        ({"sensor": "10-00000a1b2c3d"}, "point[1].sensor"),
        ({"scale": -3}, "point[1].scale"),
        ({"unit": "Cel"}, "point[1].unit"),
    ],
)
def test_a_wrong_point_is_refused_by_its_key(tmp_path: Path, change: dict[str, Any], key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        open_driver(settings(tmp_path, **change), FileSecrets({}, tmp_path))
    assert caught.value.key == key


def test_the_folder_must_be_a_full_path(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="root: "):
        open_driver({**settings(tmp_path), "root": "devices"}, FileSecrets({}, tmp_path))
