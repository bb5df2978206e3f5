"""Each of the silences has its own word."""

from dataclasses import replace

import pytest

from larder_core.limits.profiles import SILENCE
from larder_hub.accounting.standing import Standing, State, standing
from larder_hub.ledger.account import StreamAccount, StreamState
from tests.support.web_world import NOW_MS, stream

FIGURES = SILENCE.model_copy(update={"delivery_s": 15.0})
HERE = stream("box", 10)


def judged(*streams: StreamAccount, period_s: float | None = 60.0, in_service: bool | None = True) -> Standing:
    return standing(streams, period_s, in_service, NOW_MS, FIGURES)


def test_a_device_that_speaks_is_reporting() -> None:
    assert judged(HERE) == Standing(State.REPORTING, NOW_MS, None, 195_000, 0, 0)


@pytest.mark.parametrize(("age_ms", "state"), [(195_000, State.REPORTING), (195_001, State.SILENT)])
def test_it_is_silent_after_three_periods_and_the_delivery(age_ms: int, state: State) -> None:
    found = judged(replace(HERE, heard_ms=NOW_MS - age_ms))
    assert found.state == state
    assert found.heard_ms == NOW_MS - age_ms
    assert found.silent_since_ms == (NOW_MS - age_ms if state is State.SILENT else None)


def test_a_device_without_points_is_silent_when_it_is_offline() -> None:
    half_an_hour = 30 * 60_000
    assert judged(replace(HERE, heard_ms=NOW_MS - half_an_hour), period_s=None).state == State.REPORTING
    assert judged(replace(HERE, heard_ms=NOW_MS - half_an_hour - 1), period_s=None).state == State.SILENT


def test_registered_and_never_heard() -> None:
    assert judged() == Standing(State.NEVER_HEARD, None, None, 195_000, 0, 0)


def test_a_closed_stream_is_no_silence() -> None:
    old = replace(HERE, heard_ms=NOW_MS - 10**9, ended=True, unexplained=3)
    found = judged(old, HERE)
    assert old.state == StreamState.CLOSED
    assert (found.state, found.closed, found.forked) == (State.REPORTING, 1, 0)


def test_a_fork_is_neither() -> None:
    forked = replace(HERE, ended=True, frozen=True, heard_ms=NOW_MS - 10**9)
    assert judged(forked).state == State.FORKED
    found = judged(forked, HERE)
    assert (found.state, found.closed, found.forked) == (State.REPORTING, 0, 1), "it goes on in a new stream"


def test_what_only_the_registry_remembers_is_of_unknown_age() -> None:
    restored = replace(HERE, heard_ms=None, first_heard_ms=None, stored=0)
    assert restored.state == StreamState.RESTORED
    assert judged(restored) == Standing(State.RESTORED, None, None, 195_000, 0, 0)


def test_resting_and_unregistered_are_said_whatever_they_speak() -> None:
    assert judged(HERE, in_service=False).state == State.RESTING
    assert judged(in_service=False).state == State.RESTING
    assert judged(HERE, in_service=None).state == State.UNREGISTERED
