"""What was heard last of each point, and what may be said of it now. Pure.

A message that the broker had kept (retained) has no time of its own: without a time stamp in it nobody knows whether it is of today,
so it is not used. One with a stamp is as old as the stamp says. A stamp from the future counts as none.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from larder_agent.drivers.mqtt_source.payload import Said, at, celsius, number_of, parsed, time_of
from larder_agent.drivers.mqtt_source.profiles import Availability
from larder_agent.drivers.port import Sample
from larder_agent.drivers.quality import Bounds, round_to_scale, screen

FUTURE_S = 300.0
"""How far a stamp may be ahead of our clock: two clocks on one network that are both kept."""


class Message(NamedTuple):
    """`at_s`: when it came, by a clock that never runs backwards; `wall_s`: seconds since 1970 UTC, None before our clock was set."""

    topic: str
    payload: bytes
    retained: bool
    at_s: float
    wall_s: float | None


class Watched(NamedTuple):
    """One point. `paths`: by topic, where in the payload it stands. `present`: topics that say whether the device is there."""

    id: str
    scale: int
    within: Bounds
    paths: Mapping[str, str]
    unit_path: str
    sentinels: Mapping[str, str]
    time: str
    present: tuple[Availability, ...]
    stale_after_s: float


class Heard(NamedTuple):
    said: Said
    at_s: float


class State(NamedTuple):
    """`heard` by point; `undated`: points of which only kept messages came; `absent`: topics that say nobody is there."""

    heard: Mapping[str, Heard] = MappingProxyType({})
    undated: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()


def after(state: State, message: Message, points: tuple[Watched, ...]) -> State:
    """What is known after a message. One that says nothing of a point changes nothing of it."""
    for point in points:
        for one in point.present:
            if one.topic == message.topic:
                state = _with_presence(state, one, message)
        if message.topic in point.paths:
            state = _with_reading(state, point, message)
    return state


def _with_presence(state: State, one: Availability, message: Message) -> State:
    """A kept word about presence is the truth until another comes: that is what last wills are for."""
    try:
        content = parsed(message.payload)
    except ValueError:
        return state
    there, found = at(content, one.path) if isinstance(content, dict) else (True, content)
    word = str(found).lower() if isinstance(found, bool) else str(found)
    if there and word in one.offline:
        return state._replace(absent=state.absent | {one.topic})
    if there and word in one.online:
        return state._replace(absent=state.absent - {one.topic})
    return state


def _with_reading(state: State, point: Watched, message: Message) -> State:
    try:
        content = parsed(message.payload)
    except ValueError:
        return _heard(state, point, Said(None, "bad-payload"), message.at_s)
    there, value = at(content, point.paths[message.topic])
    if not there:
        return state
    age_s = _age(content, point, message)
    if age_s is None and message.retained:
        known = point.id in state.heard
        return state if known else state._replace(undated=state.undated | {point.id})
    said = number_of(value)
    if said.number is not None and point.unit_path:
        said = Said(celsius(said.number, at(content, point.unit_path)[1]))
    return _heard(state, point, said, message.at_s - (age_s or 0.0))


def _age(content: object, point: Watched, message: Message) -> float | None:
    """How old the reading was when it came, by its own stamp; None without one that can be believed."""
    stamp = time_of(at(content, point.time)[1]) if point.time else None
    if stamp is None or message.wall_s is None or stamp > message.wall_s + FUTURE_S:
        return None
    return max(0.0, message.wall_s - stamp)


def _heard(state: State, point: Watched, said: Said, at_s: float) -> State:
    known = state.heard.get(point.id)
    if known is not None and known.at_s > at_s:
        return state
    heard = MappingProxyType({**state.heard, point.id: Heard(said, at_s)})
    return state._replace(heard=heard, undated=state.undated - {point.id})


def sample(state: State, point: Watched, now_s: float, connected: bool) -> Sample:
    """What may be said of a point now. A value that is too old, or whose device is not there, is not said again: it would be a reading
    that nobody took."""
    heard = state.heard.get(point.id)
    if not connected:
        return Sample(point.id, None, "no-broker")
    if any(one.topic in state.absent for one in point.present):
        return Sample(point.id, None, "offline")
    if heard is None:
        return Sample(point.id, None, "retained" if point.id in state.undated else "no-message")
    if now_s - heard.at_s > point.stale_after_s:
        return Sample(point.id, None, "stale")
    if heard.said.number is None:
        return Sample(point.id, None, heard.said.reason)
    word = point.sentinels.get(f"{heard.said.number:g}")
    if word is not None:
        return Sample(point.id, None, word)
    return Sample(point.id, *screen(round_to_scale(heard.said.number, point.scale), point.within))


def age_s(state: State, point: Watched, now_s: float) -> int | None:
    """Of the reading that was heard last, in whole seconds."""
    heard = state.heard.get(point.id)
    return None if heard is None else max(0, int(now_s - heard.at_s))
