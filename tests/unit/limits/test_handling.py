"""Every cell of the two tables of people's acts."""

from itertools import product

import pytest

from larder_core.limits.handling import Act, Handling, HandlingRefusal, NotMoved, Stage, move
from larder_core.limits.visibility import Visibility, may_change

HANDLING = """
               ack     start        file          close   dismiss      send_back
unacked        acked   -            -             -       -            -
acked          -       in_progress  await_review  -       -            -
in_progress    -       -            await_review  -       -            -
await_review   -       -            -             closed  false_alarm  in_progress
closed         -       -            -             -       -            -
false_alarm    -       -            -             -       -            -
"""

VISIBILITY = """
                shown  shelved  suppressed  inhibited  out_of_service
shown           -      yes      yes         yes        yes
shelved         yes    -        -           -          yes
suppressed      yes    -        -           -          yes
inhibited       yes    -        -           -          yes
out_of_service  yes    -        -           -          -
"""


def cells(table):
    head, *rows = [line.split() for line in table.strip().splitlines()]
    return [(row[0], column, cell) for row in rows for column, cell in zip(head, row[1:], strict=True)]


@pytest.mark.parametrize("stage, act, after", cells(HANDLING))
def test_handling_cell(stage, act, after):
    moved = move(Handling(Stage(stage), "li-ming"), Act(act), "wang-fang")
    if after == "-":
        assert isinstance(moved, HandlingRefusal)
        assert moved.reason is NotMoved.NOT_FROM_HERE
    else:
        assert moved.stage == after


def test_the_table_of_handling_is_complete():
    assert {(stage, act) for stage, act, _ in cells(HANDLING)} == set(product(Stage, Act))


def told(*acts):
    handling = Handling()
    for act, actor in acts:
        handling = move(handling, Act(act), actor)
        assert isinstance(handling, Handling)
    return handling


def test_a_rectification_from_first_to_last():
    acts = [("ack", "li-ming"), ("start", "li-ming"), ("file", "li-ming"), ("send_back", "wang-fang")]
    assert told(*acts) == Handling(Stage.IN_PROGRESS, "li-ming")
    assert told(*acts, ("file", "zhao-lei")) == Handling(Stage.AWAIT_REVIEW, "zhao-lei")
    # The one who filed last may not review; the one who filed before may.
    assert told(*acts, ("file", "zhao-lei"), ("close", "li-ming")) == Handling(Stage.CLOSED, "zhao-lei")


@pytest.mark.parametrize("act", ["close", "dismiss", "send_back"])
@pytest.mark.parametrize("actor", ["li-ming", " li-ming ", "Li-Ming"])
def test_nobody_reviews_their_own_filing(act, actor):
    refused = move(Handling(Stage.AWAIT_REVIEW, "li-ming"), Act(act), actor)
    assert refused.reason is NotMoved.OWN_FILING
    assert "他人" in refused.hint_zh and "another person" in refused.hint_en


@pytest.mark.parametrize("actor", ["", " ", "\t"])
@pytest.mark.parametrize("act", Act)
def test_an_act_has_an_actor(act, actor):
    refused = move(Handling(Stage.ACKED), act, actor)
    assert refused.reason is NotMoved.NO_ACTOR


def test_a_refusal_says_what_is_possible():
    refused = move(Handling(Stage.ACKED), Act.CLOSE, "li-ming")
    assert "start, file" in refused.hint_zh and "start, file" in refused.hint_en
    refused = move(Handling(Stage.CLOSED), Act.ACK, "li-ming")
    assert "已结束" in refused.hint_zh and "Final (closed)" in refused.hint_en


def test_acknowledging_is_not_filing():
    assert told(("ack", "li-ming")).filed_by is None
    assert told(("ack", "li-ming"), ("file", " li-ming ")).filed_by == "li-ming"


@pytest.mark.parametrize("before, after, allowed", cells(VISIBILITY))
def test_visibility_cell(before, after, allowed):
    assert may_change(Visibility(before), Visibility(after)) is (allowed == "yes")


def test_the_table_of_visibility_is_complete():
    assert {(before, after) for before, after, _ in cells(VISIBILITY)} == set(product(Visibility, Visibility))
