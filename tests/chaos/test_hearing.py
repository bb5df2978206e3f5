"""How long a strike excuses that readings come late."""

from tests.chaos.hearing import BACK_MS, NOTICED_MS, Span, outage


def test_a_strike_lasts_until_the_hub_is_connected_again() -> None:
    assert outage(Span(1_000, 2_000, False), [500, 1_500, 2_700, 2_900]) == (1_000, 2_700)


def test_a_connection_that_lost_bytes_says_so_for_a_while_after_it_was_none() -> None:
    assert outage(Span(1_000, 2_000, True), [2_100, 2_300, 11_000]) == (1_000, 11_000)
    assert outage(Span(1_000, 12_000, True), [2_100, 12_300]) == (1_000, 12_300), "it was noticed long before"


def test_a_hub_that_does_not_come_back_is_no_excuse_for_long() -> None:
    assert outage(Span(1_000, 2_000, False), [500, 90_000]) == (1_000, 2_000 + BACK_MS)
    assert outage(Span(1_000, 2_000, True), []) == (1_000, 1_000 + NOTICED_MS + BACK_MS)
