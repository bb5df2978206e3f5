"""From when to when readings of a point were due, from the register's audited changes."""

import json

from larder_hub.register.tenure import FOR_EVER, Row, Tenure, tenures

SITE = {"id": "minzhong", "county": "632224"}
DEVICE = {"id": "box", "site": "minzhong", "in_service": 1}
POINT = {"device": "box", "id": "t", "period_s": 60.0}


def change(at_ms: int, kind: str, key: str, after: Row | None) -> Row:
    return {"at_ms": at_ms, "kind": kind, "key": key, "after": json.dumps(after) if after else ""}


FIRST = [
    change(100, "site", "minzhong", SITE),
    change(100, "device", "box", DEVICE),
    change(100, "point", "box/t", POINT),
]


def test_a_point_is_due_from_its_import_on() -> None:
    assert tenures(FIRST) == (Tenure("box", "t", "minzhong", "632224", 60_000, 100, FOR_EVER),)


def test_nothing_is_due_before_the_device_and_while_it_rests() -> None:
    changes = [
        *FIRST, change(200, "device", "box", {**DEVICE, "in_service": 0}), change(300, "device", "box", DEVICE),
    ]  # fmt: skip
    assert [(one.from_ms, one.to_ms) for one in tenures(changes)] == [(100, 200), (300, FOR_EVER)]
    orphan = [change(50, "point", "box/t", POINT)]
    assert tenures(orphan) == ()
    assert [one.from_ms for one in tenures([*orphan, *FIRST])] == [100]


def test_another_period_counts_from_the_change() -> None:
    changes = [*FIRST, change(500, "point", "box/t", {**POINT, "period_s": 0.5})]
    assert [(one.period_ms, one.from_ms, one.to_ms) for one in tenures(changes)] == [
        (60_000, 100, 500),
        (500, 500, FOR_EVER),
    ]


def test_a_name_that_changes_ends_nothing() -> None:
    changes = [*FIRST, change(500, "site", "minzhong", {**SITE, "name_zh": "民中"})]
    assert len(tenures(changes)) == 1


def test_a_point_or_device_that_is_taken_out_is_due_no_more() -> None:
    assert [one.to_ms for one in tenures([*FIRST, change(400, "point", "box/t", None)])] == [400]
    gone = [*FIRST, change(400, "device", "box", None), change(400, "site", "minzhong", None)]
    assert tenures(gone) == (Tenure("box", "t", "minzhong", "632224", 60_000, 100, 400),)


def test_changes_of_one_import_are_one_change() -> None:
    """An import that moves the device passes through a state that never was: it leaves no tenure of no length."""
    changes = [
        *FIRST,
        change(700, "site", "other", {**SITE, "id": "other"}),
        change(700, "device", "box", {**DEVICE, "site": "other"}),
    ]
    assert [(one.site, one.from_ms, one.to_ms) for one in tenures(changes)] == [
        ("minzhong", 100, 700), ("other", 700, FOR_EVER),
    ]  # fmt: skip
