"""Values, durations and moments as a screen shows them."""

import pytest

from larder_hub.web.figures import (
    Language,
    ago_text,
    clock_text,
    decimal_text,
    duration_text,
    moment_text,
    percent_text,
    value_text,
)

S, MIN, H = 1_000, 60_000, 3_600_000


@pytest.mark.parametrize(
    ("value", "scale", "text"),
    [(43, -1, "4.3"), (-184, -1, "-18.4"), (40, -1, "4.0"), (5, 0, "5"), (5, 3, "5000"), (1, -9, "0.000000001"), (0, 2, "0"),
     (2**53 - 1, -2, "90071992547409.91")],
)  # fmt: skip
def test_a_decimal_is_exact(value: int, scale: int, text: str) -> None:
    assert decimal_text(value, scale) == text


@pytest.mark.parametrize(
    ("value", "unit", "language", "text"),
    [
        (14.6, "Cel", "zh", "14.6℃"),
        (-18.0, "Cel", "en", "−18.0 °C"),
        (-0.04, "Cel", "zh", "0.0℃"),
        (54.6, "%RH", "zh", "55%"),
        (1.25, "V", "en", "1.25 V"),
        (1e300, "Cel", "zh", None),
    ],
)
def test_a_value_has_the_decimals_and_the_sign_of_its_unit(
    value: float, unit: str, language: Language, text: str | None
) -> None:
    shown = value_text(value, unit, language)
    assert shown == text if text else shown.endswith("℃")


@pytest.mark.parametrize(
    ("ms", "zh", "en"),
    [
        (20 * S, "20 秒", "20 s"),
        (99_999, "99 秒", "99 s"),
        (62 * MIN, "62 分", "62 min"),
        (3 * H + 8 * MIN, "3 时 08 分", "3 h 08 min"),
        (48 * H - 1, "47 时 59 分", "47 h 59 min"),
        (50 * H, "2 天", "2 days"),
        (-5, "0 秒", "0 s"),
    ],
)
def test_a_duration_is_cut(ms: int, zh: str, en: str) -> None:
    assert (duration_text(ms, "zh"), duration_text(ms, "en")) == (zh, en)


def test_an_age_says_when_the_clock_of_the_device_is_ahead() -> None:
    assert (ago_text(20 * S, "zh"), ago_text(20 * S, "en")) == ("20 秒前", "20 s ago")
    assert ago_text(-4 * S, "zh") == "0 秒前"
    assert (ago_text(-3 * MIN, "zh"), ago_text(-3 * MIN, "en")) == ("时钟快 3 分", "clock 3 min ahead")


def test_moments_are_beijing_time_and_never_fail() -> None:
    assert (clock_text(0), moment_text(0)) == ("08:00:00", "01-01 08:00")
    assert clock_text(2**53) == clock_text(10**300)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(99_996, 100_000, "99.99%"), (100, 100, "100%"), (999_999, 1_000_000, "99.99%"), (0, 5, "0.00%"), (0, 0, None)],
)
def test_completeness_is_cut_so_that_100_means_every_one(part: int, whole: int, text: str | None) -> None:
    assert percent_text(part, whole) == text
