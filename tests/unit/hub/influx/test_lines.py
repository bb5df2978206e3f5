"""Line protocol by hand, and what no name or number may do to it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larder_core.columns import Reading
from larder_hub.influx.lines import line, number, whole
from larder_hub.influx.readings import lines_of, reading_line
from larder_hub.register.directory import Directory
from larder_hub.series.port import Value


def test_a_line_by_hand() -> None:
    tags = {"site": "minzhong", "name": "一号 冷藏,柜=2", "place": ""}
    assert line("reading", tags, {"value": "11.2", "n": whole(3)}, 7) == (
        "reading,name=一号\\ 冷藏\\,柜\\=2,site=minzhong value=11.2,n=3i 7"
    )


@pytest.mark.parametrize(
    ("value", "scale", "text"),
    [(112, -1, "11.2"), (-5, -1, "-0.5"), (0, -2, "0.00"), (7, 0, "7.0"), (-3, 2, "-300.0"), (1000, -3, "1.000")],
)
def test_numbers_are_exact_and_always_decimal(value: int, scale: int, text: str) -> None:
    assert number(value, scale) == text


@given(st.integers(-(2**53), 2**53), st.integers(-9, 3))
def test_any_number_is_written_as_it_is(value: int, scale: int) -> None:
    text = number(value, scale)
    assert "." in text, "a whole number would make the field an integer for ever"
    assert Decimal(text) == Decimal(value).scaleb(scale)


@given(st.text(max_size=20))
def test_no_name_ends_a_line_or_a_tag(name: str) -> None:
    text = line("point_now", {"site": name}, {"severity": "1i"}, 5)
    assert "\n" not in text and "\r" not in text
    head, separator, _ = text.rpartition(" severity=")
    assert separator
    unescaped = head.replace("\\ ", "").replace("\\,", "").replace("\\=", "")
    assert unescaped.count(",") == (1 if name else 0)
    assert " " not in unescaped and unescaped.count("=") == (1 if name else 0)


def test_a_bad_reading_stands_apart_by_its_word() -> None:
    assert reading_line({"point": "t"}, Reading(5, 850, "power-on"), -1, 9) == (
        "reading_bad,point=t,quality=power-on value=85.0,position=9i,readings=1i 5"
    )
    assert reading_line({"point": "t"}, Reading(5, None, "no-answer"), -1, 9) == (
        "reading_bad,point=t,quality=no-answer position=9i,readings=1i 5"
    )


def test_what_shares_an_instant_is_told_apart() -> None:
    values = [Value(at_ms, 40 + place, "Cel", -1, "", place) for place, at_ms in enumerate((5, 5, 5, 6))]
    lines = lines_of(("box", "t"), values, Directory())
    assert [",again=" in text for text in lines] == [False, True, True, False]
    assert len({text.split(" ")[0] + text.split(" ")[-1] for text in lines}) == 4
