"""The curve of the phone's page: a gap is left open, a bad value is not drawn, and a spike survives the thinning."""

import re

from larder_hub.series.port import Value
from larder_hub.web.curve import HEIGHT, MOST, curve

SPAN = (0, 10_800_000)
MINUTE_MS = 60_000


def drawn(numbers: dict[int, int], quality: str = "") -> str:
    """The path of tenths of a degree by minute."""
    values = [Value(minute * MINUTE_MS, number, "Cel", -1, quality, 1) for minute, number in numbers.items()]
    found = re.search(r'd="([^"]*)" class="line"', curve(values, 8.0, SPAN, 3 * MINUTE_MS, "said"))
    return found[1] if found else ""


def test_a_gap_is_left_open() -> None:
    assert drawn(dict.fromkeys(range(180), 40)).count("M") == 1
    assert drawn({minute: 40 for minute in range(180) if not 60 <= minute < 90}).count("M") == 2


def test_a_value_of_bad_quality_is_not_drawn() -> None:
    assert drawn({1: 850}, "crc") == ""


def test_a_spike_of_one_reading_is_drawn_to_its_height() -> None:
    path = drawn({minute: 200 if minute == 91 else 40 for minute in range(180)})
    heights = [float(number) for number in re.findall(r"[ML][\d.]+ ([\d.]+)", path)]
    assert min(heights) < HEIGHT * 0.1 < HEIGHT * 0.9 < max(heights)


def test_however_many_readings_there_are_the_path_stays_small() -> None:
    values = [Value(n * 1000, n % 90, "Cel", -1, "", 1) for n in range(10_800)]
    assert len(curve(values, 8.0, SPAN, 3 * MINUTE_MS, "said")) < 25 * (MOST + 20)
