"""The 1-wire folder says what a DS18B20 and the Linux kernel would say."""

import re
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larder_sim.onewire_tree import OnewireTree
from larder_sim.scratchpad import crc8, millidegrees, raw_of, scratchpad, w1_slave_text

ROM = "28-0316a2795f01"
LINE = re.compile(r"((?:[0-9a-f]{2} ){9}): crc=([0-9a-f]{2}) (YES|NO)\n((?:[0-9a-f]{2} ){9})t=(-?\d+)\n")

# Scratchpads as real sensors gave them to real kernels; each ends with its CRC.
GENUINE = [
    ("72 01 4b 46 7f ff 0e 10 57", 23.125),
    ("50 05 4b 46 7f ff 0c 10 1c", 85.0),  # power-on
    ("00 00 00 00 00 00 00 00 00", 0.0),  # a data line shorted to ground
]


def _bitwise_crc(content: bytes) -> int:
    """The shift register of application note 27, bit by bit: eight cells, taps after cells 4 and 5."""
    cells = [0] * 8
    for byte in content:
        for n in range(8):
            feed = ((byte >> n) & 1) ^ cells[0]
            cells = [*cells[1:], feed]
            cells[2] ^= feed
            cells[3] ^= feed
    return sum(bit << n for n, bit in enumerate(cells))


@pytest.mark.parametrize(("pad", "celsius"), GENUINE)
def test_genuine_scratchpads_have_the_crc_that_is_computed(pad: str, celsius: float) -> None:
    content = bytes.fromhex(pad)
    assert crc8(content[:8]) == content[8]
    assert millidegrees(content) == celsius * 1000


@given(st.binary(max_size=12))
def test_the_crc_is_that_of_the_shift_register(content: bytes) -> None:
    assert crc8(content) == _bitwise_crc(content)


def test_a_scratchpad_is_byte_for_byte_that_of_a_real_sensor() -> None:
    assert scratchpad(raw_of(23.125)).hex(" ") == "72 01 4b 46 7f ff 0e 10 57"
    assert scratchpad(0x0550, power_on=True).hex(" ") == "50 05 4b 46 7f ff 0c 10 1c"


@pytest.mark.parametrize(
    ("celsius", "milli"),
    [
        (125, 125000),
        (25.0625, 25062),
        (10.125, 10125),
        (0.5, 500),
        (0, 0),
        (-0.5, -500),
        (-10.125, -10125),
        (-25.0625, -25062),
        (-55, -55000),
        (-18.0, -18000),
        (200, 125000),
        (-99, -55000),
    ],
)
def test_temperatures_of_the_data_sheet(celsius: float, milli: int) -> None:
    assert millidegrees(scratchpad(raw_of(celsius))) == milli


def test_the_two_lines_of_a_good_and_a_bad_reading() -> None:
    good, bad = bytes.fromhex("72014b467fff0e1057"), bytes.fromhex("72014b467fff0e1058")
    line = "72 01 4b 46 7f ff 0e 10 57"
    assert w1_slave_text(good, good) == f"{line} : crc=57 YES\n{line} t=23125\n"
    assert w1_slave_text(bad, good) == f"72 01 4b 46 7f ff 0e 10 58 : crc=57 NO\n{line} t=23125\n"


class _Tree:
    """A tree in a folder, and what it said it served."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "w1"
        self.served: list[tuple[str, int]] = []
        self.tree = OnewireTree(self.root, lambda rom, value: self.served.append((rom, value)))
        self.tree.open()

    def lines(self) -> re.Match[str]:
        match = LINE.fullmatch((self.root / ROM / "w1_slave").read_text())
        assert match is not None
        return match


def test_files_follow_the_temperature(tmp_path: Path) -> None:
    tree = _Tree(tmp_path)
    for celsius, text in ((4.0, "4000"), (-18.25, "-18250")):
        tree.tree.show(ROM, celsius, "")
        assert tree.lines()[3] == "YES" and tree.lines()[5] == text
        assert (tree.root / ROM / "temperature").read_text() == text + "\n"
    assert sorted(path.name for path in tree.root.iterdir()) == [ROM]
    assert tree.served == [(ROM, 4000), (ROM, -18250)]


def test_a_value_is_on_record_before_anybody_can_read_it(tmp_path: Path) -> None:
    """Killed in between, the record must not know less than an agent may have read."""
    root, seen = tmp_path / "w1", list[str]()

    def served(rom: str, value: int) -> None:
        file = root / rom / "temperature"
        seen.append(file.read_text() if file.exists() else "")

    tree = OnewireTree(root, served)
    tree.open()
    tree.show(ROM, 4.0, "")
    tree.show(ROM, 5.0, "")
    assert seen == ["", "4000\n"]


def test_a_value_that_stays_is_written_and_logged_once(tmp_path: Path) -> None:
    tree = _Tree(tmp_path)
    tree.tree.show(ROM, 4.0, "")
    before = (tree.root / ROM / "w1_slave").stat().st_ino
    tree.tree.show(ROM, 4.01, "")
    assert (tree.root / ROM / "w1_slave").stat().st_ino == before and len(tree.served) == 1


def test_a_bad_crc_is_truly_bad_and_keeps_the_last_good_line(tmp_path: Path) -> None:
    tree = _Tree(tmp_path)
    tree.tree.show(ROM, 4.0, "")
    good = tree.lines()[1]
    tree.tree.show(ROM, 5.0, "crc")
    received = bytes.fromhex(tree.lines()[1])
    assert tree.lines()[3] == "NO" and _bitwise_crc(received[:8]) != received[8]
    assert int(tree.lines()[2], 16) == _bitwise_crc(received[:8])
    assert tree.lines()[4] == good
    assert (tree.root / ROM / "temperature").read_text() == ""
    assert tree.served == [(ROM, 4000)], "a value marked NO was not served"


@pytest.mark.parametrize(("fault", "milli"), [("power-on", 85000), ("disconnected", -127000)])
def test_sentinels_have_a_good_crc(tmp_path: Path, fault: str, milli: int) -> None:
    tree = _Tree(tmp_path)
    tree.tree.show(ROM, 4.0, fault)
    received = bytes.fromhex(tree.lines()[1])
    assert tree.lines()[3] == "YES" and _bitwise_crc(received[:8]) == received[8]
    assert int(tree.lines()[5]) == milli


def test_an_unplugged_sensor_has_no_folder_until_it_is_back(tmp_path: Path) -> None:
    tree = _Tree(tmp_path)
    tree.tree.show(ROM, 4.0, "")
    tree.tree.show(ROM, 4.0, "gone")
    tree.tree.show(ROM, 4.0, "gone")
    assert list(tree.root.iterdir()) == []
    tree.tree.show(ROM, 4.0, "")
    assert tree.lines()[5] == "4000"


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    tree = _Tree(tmp_path)
    tree.tree.show(ROM, 0.0, "")
    done, halves, reads = threading.Event(), [], 0

    def write() -> None:
        for n in range(300):
            tree.tree.show(ROM, n / 16, "")
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set() or reads == 0:
        text = (tree.root / ROM / "w1_slave").read_text()
        reads += 1
        if LINE.fullmatch(text) is None:
            halves.append(text)
    writer.join()
    assert halves == []


def test_what_an_earlier_run_left_is_removed(tmp_path: Path) -> None:
    stale = tmp_path / "w1" / "28-000000000000"
    stale.mkdir(parents=True)
    tree = _Tree(tmp_path)
    assert not stale.exists()
    tree.tree.clear()
    assert not tree.root.exists()
