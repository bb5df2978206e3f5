"""Which registers are asked for together, and what they say."""

import struct
from typing import Any

import pytest

from larder_agent.drivers.modbus.blocks import MOST, Block, blocks
from larder_agent.drivers.modbus.registers import sample
from larder_agent.drivers.modbus_tcp.gateway import read_settings
from larder_agent.drivers.port import Sample, SettingsError


def points(*tables: dict[str, Any]) -> tuple[Any, ...]:
    named = [{"id": f"p{place}", "unit": "Cel", "scale": -1, **table} for place, table in enumerate(tables)]
    return read_settings({"host": "127.0.0.1", "point": named}).points


def test_registers_that_touch_are_one_request_and_a_gap_is_never_read_over() -> None:
    found = blocks(
        points(
            {"register": 1},
            {"register": 0},
            {"register": 3},
            {"register": 4, "type": "int32"},
            {"register": 6},
            {"register": 2, "kind": "input"},
            {"register": 2, "unit_id": 2},
        )
    )
    assert found == (
        Block(1, "holding", 0, 2, (1, 0)),
        Block(1, "holding", 3, 4, (2, 3, 4)),
        Block(1, "input", 2, 1, (5,)),
        Block(2, "holding", 2, 1, (6,)),
    )


def test_two_points_of_one_register_are_asked_for_once() -> None:
    assert blocks(points({"register": 5, "type": "int32"}, {"register": 6})) == (Block(1, "holding", 5, 2, (0, 1)),)


def test_a_request_never_exceeds_what_an_answer_can_hold() -> None:
    found = blocks(points(*({"register": register} for register in range(MOST + 1))))
    assert [block.length for block in found] == [125, 1]


@pytest.mark.parametrize(
    "table, words, value, quality",
    [
        ({"type": "int16"}, [0x0029], 41, ""),
        ({"type": "int16"}, [0xFFFF], -1, ""),
        ({"type": "int16"}, [0x8000], None, "no-sensor"),
        ({"type": "int16"}, [0x7FFF], None, "no-sensor"),
        ({"type": "int16"}, [0x7FFE], 32766, "out-of-range"),
        ({"type": "uint16", "unit": "%RH"}, [0x01F4], 500, ""),
        ({"type": "uint16", "unit": "%RH"}, [0xFFFF], None, "no-sensor"),
        ({"type": "uint16", "unit": "%RH"}, [1001], 1001, "out-of-range"),
        ({"type": "uint16", "unit": "W", "scale": 0}, [0xFFFE], 65534, ""),
        ({"type": "int32", "scale": -3}, [0xFFFF, 0xFC18], -1000, ""),
        ({"type": "int32", "scale": -3, "word_order": "low-first"}, [0xFC18, 0xFFFF], -1000, ""),
        ({"type": "int32"}, [0x8000, 0x0000], None, "no-sensor"),
        ({"type": "int32"}, [0x7FFF, 0xFFFF], None, "no-sensor"),
        # 0x4081999A is 4.05 in binary32, just above it: 41 tenths
        ({"type": "float32"}, [0x4081, 0x999A], 41, ""),
        ({"type": "float32", "word_order": "low-first"}, [0x999A, 0x4081], 41, ""),
        ({"type": "float32"}, [0x7FC0, 0x0000], None, "no-sensor"),
        ({"type": "float32"}, [0xFF80, 0x0000], None, "no-sensor"),
        ({"type": "float32"}, [0x7F7F, 0xFFFF], None, "out-of-range"),
        ({"type": "float32", "min": -10, "max": 10}, [0x4129, 0x999A], 106, "out-of-range"),
    ],
)
def test_what_registers_say(table: dict[str, Any], words: list[int], value: int | None, quality: str) -> None:
    (point,) = points({"register": 0, **table})
    assert sample(point, words) == Sample("p0", value, quality)


def test_the_binary32_in_the_table_is_what_the_comment_says() -> None:
    assert struct.unpack(">f", bytes.fromhex("4081999a"))[0] == pytest.approx(4.05)


@pytest.mark.parametrize(
    "table, key",
    [
        ({"register": 65536}, "point[1].register"),
        ({"register": 65535, "type": "int32"}, "point[1].register"),
        ({"register": 0, "type": "int64"}, "point[1].type"),
        ({"register": 0, "unit_id": 256}, "point[1].unit_id"),
        ({"register": 0, "unit": "C"}, "point[1].unit"),
        ({"register": 0, "min": 10, "max": 5}, "point[1].min"),
        ({"register": 0, "word_order": "big"}, "point[1].word_order"),
        ({}, "point[1].register"),
        ({"register": 0, "registr": 0}, "point[1].registr"),
    ],
)
def test_a_wrong_point_is_refused_by_its_key(table: dict[str, Any], key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        points(table)
    assert caught.value.key == key


def test_the_scale_must_be_said_because_a_guess_would_be_wrong_by_ten() -> None:
    with pytest.raises(SettingsError, match=r"point\[1\].scale: is missing"):
        read_settings({"host": "h", "point": [{"id": "a", "unit": "Cel", "register": 0}]})


@pytest.mark.parametrize("host", ["modbus://10.0.0.1", "admin@10.0.0.1", "10.0.0.1:502", "10.0.0.1/x", "a b", ""])
def test_a_host_is_an_address_alone(host: str) -> None:
    with pytest.raises(SettingsError, match="host: "):
        read_settings({"host": host, "point": [{"id": "a", "unit": "Cel", "register": 0, "scale": -1}]})
