"""The identity of an alarm."""

import hashlib

from larder_core.limits.episode import alarm_id

EPISODE = {
    "site": "gangcha-01",
    "device": "box-1",
    "point": "fridge-2",
    "kind": "limit",
    "side": "high",
    "t0_ms": 1_700_000_000_000,
}


def test_it_is_what_the_docstring_says():
    text = '["gangcha-01","box-1","fridge-2","limit","high",1700000000000]'
    assert alarm_id(**EPISODE) == hashlib.sha256(text.encode()).hexdigest()[:16]
    assert alarm_id(**EPISODE) == "a1993cc2056e0178"


def test_every_part_counts():
    changes = {name: "other" for name in EPISODE if name != "t0_ms"} | {"t0_ms": 1_700_000_000_001}
    ids = {alarm_id(**(EPISODE | {name: value})) for name, value in changes.items()}
    assert len(ids | {alarm_id(**EPISODE)}) == len(EPISODE) + 1


def test_parts_do_not_run_into_each_other():
    assert alarm_id("a", "bc", "d", "limit", "", 1) != alarm_id("ab", "c", "d", "limit", "", 1)
    assert alarm_id('a","b', "c", "d", "limit", "", 1) != alarm_id("a", 'b","c', "d", "limit", "", 1)
