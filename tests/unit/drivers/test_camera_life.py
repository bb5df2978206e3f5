"""States and reasons of a camera, told as one probe after another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larder_agent.drivers.camera.life import (
    FLAWS,
    GONE,
    RETURNS_WITHIN_MS,
    TABLE,
    Event,
    Glimpse,
    Life,
    Look,
    Rules,
    State,
    Verdict,
    after,
)

APPROVED = Rules(approved=True)
MINUTE_MS = 60_000


def story(*glimpses: Glimpse, rules: Rules = APPROVED, every_ms: int = MINUTE_MS) -> list[Verdict]:
    life, said = Life(), []
    for at, glimpse in enumerate(glimpses):
        life, verdict = after(life, glimpse, at * every_ms, rules)
        said.append(verdict)
    return said


def picture(number: int, luma: float = 120.0, spread: float = 40.0, difference: float | None = 5.0) -> Glimpse:
    return Glimpse("", f"hash-{number}", 6000, Look(luma, spread, difference))


NO_ANSWER = Glimpse("timeout")


def test_a_new_camera_waits_for_a_persons_look() -> None:
    said = story(NO_ANSWER, NO_ANSWER, picture(1), picture(2), NO_ANSWER, NO_ANSWER, rules=Rules())
    assert [one.state for one in said] == [State.NONE, State.NONE, *[State.PENDING] * 4]
    assert [one.alive for one in said] == [False, False, True, True, False, False]


def test_two_failures_degrade_and_one_good_probe_recovers() -> None:
    said = story(picture(1), NO_ANSWER, picture(2), NO_ANSWER, NO_ANSWER, NO_ANSWER, picture(3))
    assert [one.state.name for one in said] == ["ACTIVE"] * 4 + ["DEGRADED"] * 2 + ["ACTIVE"]
    assert [one.reason for one in said] == ["", "timeout", "", "timeout", "timeout", "timeout", ""]


@pytest.mark.parametrize(
    ("glimpse", "reason", "alive"),
    [
        (picture(9, luma=19.9), "dark", True),
        (picture(9, luma=20.0), "", True),
        (picture(9, luma=3.0, spread=1.0), "dark", True),
        (picture(9, spread=5.9), "covered", False),
        (picture(9, spread=6.0), "", True),
        (picture(1), "frozen", False),
        (picture(2), "frozen", False),
        (picture(9, difference=0.0), "", True),
        (Glimpse("", "hash-9", 10), "", True),
        (Glimpse("", "hash-1", 10), "frozen", False),
        (Glimpse("", "", 0), "", True),
        (Glimpse("auth"), "auth", False),
    ],
)
def test_what_a_third_probe_says(glimpse: Glimpse, reason: str, alive: bool) -> None:
    last = story(picture(1), picture(2), glimpse)[-1]
    assert (last.reason, last.alive) == (reason, alive)


def test_a_picture_that_is_asked_for_twice_within_a_minute_is_not_frozen_yet() -> None:
    said = story(*[picture(1)] * 8, every_ms=10_000)
    assert [one.reason for one in said] == [""] * 6 + ["frozen"] * 2
    assert [one.age_ms for one in said] == [at * 10_000 for at in range(8)]


def test_an_encoder_that_numbers_one_picture_in_turn_is_frozen_all_the_same() -> None:
    said = story(*[picture(1), picture(2)] * 3)
    assert [one.reason for one in said] == ["", "", "frozen", "frozen", "frozen", "frozen"]


def test_a_still_kitchen_is_told_and_flaws_nothing() -> None:
    said = story(
        picture(1, difference=None), picture(2, difference=1.4), picture(3, difference=0.0), picture(4, difference=1.5)
    )
    assert [one.still for one in said] == [False, True, True, False]
    assert {one.reason for one in said} == {""}


@pytest.mark.parametrize("word", sorted(GONE))
def test_the_third_return_within_an_hour_is_a_camera_that_reboots(word: str) -> None:
    times = [picture(0)]
    for number in range(1, 4):
        times += [Glimpse(word), Glimpse(word), picture(number)]
    said = story(*times)
    assert [one.reason for one in said if one.reason != word] == ["", "", "", "rebooting"]
    assert said[-1].alive and said[-1].state is State.DEGRADED
    calm = story(*times, *[picture(10 + at) for at in range(61)])[-1]
    assert (calm.reason, calm.state) == ("", State.ACTIVE)


def test_a_wrong_password_is_no_reboot() -> None:
    times = [picture(0)]
    for number in range(1, 6):
        times += [Glimpse("auth"), picture(number)]
    assert "rebooting" not in {one.reason for one in story(*times)}


def test_which_flaws_are_death_is_for_the_site_to_say() -> None:
    dark = picture(1, luma=5.0)
    assert [one.alive for one in story(dark, dark, rules=Rules(dead_when=frozenset({"dark"})))] == [False, False]
    assert [one.alive for one in story(dark, dark, rules=Rules(dead_when=frozenset()))] == [True, True]


LOOKS = st.none() | st.builds(Look, st.floats(0, 255), st.floats(0, 128), st.none() | st.floats(0, 255))
GLIMPSES = st.one_of(
    st.builds(Glimpse, st.sampled_from(["timeout", "refused", "auth", "no-stream"])),
    st.builds(Glimpse, st.just(""), st.sampled_from(["", "a", "b", "c", "d"]), st.integers(0, 10**6), LOOKS),
)


@given(st.lists(st.tuples(GLIMPSES, st.integers(0, RETURNS_WITHIN_MS)), max_size=40), st.booleans())
def test_whatever_comes(probes: list[tuple[Glimpse, int]], approved: bool) -> None:
    """What the table does not say is kept, memory stays bounded, a probe without a picture is never alive, and a camera is active
    only after a good probe and with a person's word."""
    life, now, bad, ever = Life(), 0, 0, False
    for glimpse, wait in probes:
        now += wait
        before = life.state
        life, verdict = after(life, glimpse, now, Rules(approved=approved))
        bad = bad + 1 if verdict.reason else 0
        ever = ever or not verdict.reason
        assert verdict.reason in {glimpse.reason, *FLAWS} and verdict.state is life.state
        assert not (glimpse.reason and verdict.alive)
        assert len(life.frames) <= 8 and len(life.returned_ms) <= 3
        assert (life.state is State.NONE) == (not ever)
        assert approved or life.state in (State.NONE, State.PENDING)
        if approved and ever:
            expected = State.ACTIVE if bad == 0 else State.DEGRADED if bad >= 2 else before
            assert life.state is expected
        assert verdict.age_ms is None or verdict.age_ms >= 0


def test_the_table_leads_out_of_every_state_but_by_the_ways_drawn() -> None:
    assert {state for state, _ in TABLE} == set(State) and set(TABLE.values()) == set(State) - {State.NONE}
    assert {event for _, event in TABLE} == set(Event) - {Event.BAD}
