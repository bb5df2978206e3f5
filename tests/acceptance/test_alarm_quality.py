"""The quality of alarms on a small world with ground truth: `python -m bench.alarms --quick`, and what a figure stands on."""

from datetime import date

from bench.alarms.__main__ import QUICK
from bench.alarms.goals import goals
from bench.alarms.peers import RULES, PeerRule, judged_by
from bench.alarms.record import Record, Track
from bench.alarms.run import LARDER, measured
from bench.alarms.telling import Message, Subject
from bench.alarms.truth import Truth
from larder_sim.occurrences import Occurrence
from larder_sim.scenario import FIRST_DAY
from larder_sim.shipped import find_shipped
from larder_sim.world_file import load_world

HELD = (
    "every dangerous excursion is found",
    "earlier than the 30-minute rule in more than half of the true failures",
    "fewer than one false message per ten sites and week",
    "a county's power cut: one message about it per recipient within 60 s",
    "no dangerous excursion inside it is missed",
)
"""Goals that hold today; one that is met for the first time is added here in the same commit. docs/alarms.md has the others."""


def test_the_goals_that_held_still_hold_on_a_small_world() -> None:
    figures = measured(QUICK, processes=2)
    both = figures.both
    assert both[LARDER].dangerous >= 2, "nothing dangerous happened: the figures would say nothing"
    assert figures.cut[0].dangerous >= 2, "no food was in danger while the power was cut"
    found = {goal.wanted: goal for goal in goals(both[LARDER], both["threshold"], both["for 30 min"], figures.cut[0])}
    assert {wanted: found[wanted].came for wanted in HELD if not found[wanted].met} == {}
    assert 2 * both[LARDER].messages < both["threshold"].messages


def test_a_held_threshold_fires_after_its_time_and_speaks_as_alertmanager_does() -> None:
    record = _fridge([40] * 10 + [90] * 40 + [40] * 20)
    bare, five, thirty = (judged_by(rule, record) for rule in RULES)
    assert [(message.at_s, message.what) for message in bare] == [(600, "raise"), (3000, "end")]
    assert [(message.at_s, message.what) for message in five] == [(930, "raise"), (3030, "end")]
    assert [(message.at_s, message.what) for message in thirty] == [(2430, "raise"), (3030, "end")]
    assert judged_by(PeerRule("for 60 min", 60), record) == []


def test_a_message_is_true_only_of_what_was_so() -> None:
    record = _fridge([40] * 60)
    record.occurrences.append(Occurrence("sensor-fault", _name(record), 600, 1200, "stuck"))
    truth = Truth(record)
    assert truth.true(_about(record, "sensor"))
    assert not truth.true(_about(record, "food")), "the food was well: only its sensor was not"
    record.occurrences.append(Occurrence("door", _name(record), 600, 1100, ""))
    assert not Truth(record).true(_about(record, "food")), "a door that is open for minutes is ordinary life"
    record.occurrences.append(Occurrence("compressor-stopped", _name(record), 600, 1200, ""))
    assert Truth(record).true(_about(record, "food"))


def _about(record: Record, kind: str) -> Message:
    return Message(1000.0, "raise", ("li",), (Subject(_name(record), kind, 900, 1000),))


def _name(record: Record) -> str:
    return next(iter(record.tracks))


def _fridge(tenths: list[int], start: date = FIRST_DAY) -> Record:
    """One refrigerator whose sensor gave these values, a minute each."""
    world = load_world(find_shipped("haibei", "worlds"))
    site = world.sites[0]
    place = next(one for one in site.places if one.profile == "fridge.food")
    track = Track(site, place)
    for value in tenths:
        track.add(value, "")
    count = len(tenths)
    return Record(
        world,
        start,
        count,
        {track.name: track},
        {site.id: bytearray(b"\1") * count},
        {site.id: bytearray(b"\1") * count},
    )
