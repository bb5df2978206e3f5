"""The oracle of the mixes sees a reading that is lost, doubled, altered, invented or moved, and believes only what is signed."""

from collections.abc import Callable

import pytest

from tests.chaos.oracle import judge
from tests.chaos.records import Body, Books, Given, Kept, Point

POINT: Point = ("east-box", "fridge-t")
EVERY_MS = 200


def given() -> list[Given]:
    """Ten values, each given out 2 ms after its reading began."""
    return [Given(EVERY_MS * at + 2, 40 + at) for at in range(1, 11)]


def kept() -> list[Kept]:
    return [Kept(one.up_ms - 2, one.value, "", "s", 1 + at // 5, 0) for at, one in enumerate(given())]


def books(readings: list[Kept]) -> Books:
    found = Books()
    found.kept[POINT] = sorted(readings, key=lambda one: one.up_ms)
    found.device_of["s"] = POINT[0]
    for n in (1, 2):
        instants = tuple((POINT[1], one.up_ms) for one in readings if one.n == n)
        found.bodies.append(Body("s", n, str(n - 1), str(n), instants))
    return found


def wrong(readings: list[Kept]) -> list[str]:
    return judge({POINT: given()}, books(readings)).wrong


def test_what_agrees_is_right() -> None:
    verdict = judge({POINT: given()}, books(kept()))
    assert (verdict.wrong, verdict.given, verdict.kept) == ([], 10, 10)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda all: all[:3] + all[4:], "1, sum=44) missing"),
        (lambda all: [*all, all[4]], "kept twice"),
        (lambda all: [*all[:5], all[5]._replace(value=99), *all[6:]], "99 at 1200"),
        (lambda all: [*all, Kept(1300, 7, "", "s", 2, 0)], "7 at 1300"),
        (lambda all: [all[1]._replace(up_ms=all[0].up_ms), all[0]._replace(up_ms=all[1].up_ms), *all[2:]], "never given out then"),
        (lambda all: [one._replace(n=3 - one.n) for one in all], "after"),
    ],
    ids=["lost", "doubled", "altered", "invented", "swapped", "reordered"],
)  # fmt: skip
def test_what_disagrees_is_seen(spoil: Callable[[list[Kept]], list[Kept]], why: str) -> None:
    assert any(why in text for text in wrong(spoil(kept())))


def test_a_null_explains_one_answer_that_came_too_late() -> None:
    late = [*kept()[:3], kept()[3]._replace(value=None, flaw="no-answer"), *kept()[4:]]
    verdict = judge({POINT: given()}, books(late))
    assert (verdict.wrong, verdict.late, verdict.nulls) == ([], 1, 1)


def test_an_absence_explains_what_fell_into_it_and_no_more_than_a_dying_process_holds() -> None:
    short = books([*kept()[:4], *kept()[5:]])
    short.absences[POINT[0]].append((900, 1190))
    assert judge({POINT: given()}, short).untaken == 1 and not judge({POINT: given()}, short).wrong
    long = books(kept()[:2])
    long.absences[POINT[0]].append((450, 5000))
    assert "were read and not put down" in judge({POINT: given()}, long).wrong[0]


def loss(*values: int, count: int | None = None) -> dict[str, object]:
    count = len(values) if count is None else count
    figures = ["fridge-t", "Cel", -1, len(values), len(values), min(values), max(values), sum(values)]
    return {"stream": "s", "first": 1, "last": 1, "end": "1", "count": count, "points": [figures]}


@pytest.mark.parametrize(
    ("declared", "right"),
    [
        (loss(41, 42, 43, 44, 45), True),
        (loss(41, 42, 43, 44), False),
        (loss(41, 42, 43, 44, 46), False),
        (loss(41, count=5), False),
        (loss(41, 42, 43, 44, 45, count=4), False),
    ],
    ids=["all", "too-few", "another-sum", "figures-incomplete", "count-too-low"],
)
def test_a_declared_loss_must_be_what_is_missing(declared: dict[str, object], right: bool) -> None:
    found = books(kept()[5:])
    found.covers["s"].append(declared)
    verdict = judge({POINT: given()}, found)
    assert (not verdict.wrong) == right, verdict.wrong
