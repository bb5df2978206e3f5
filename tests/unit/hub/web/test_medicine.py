"""The detail of a medicine's alarm says its mean kinetic temperature; no other alarm does."""

from dataclasses import replace

import pytest

from larder_hub.register.directory import Point
from larder_hub.web.app import build_web
from tests.support.ledger_rows import T0_MS, Rows, readings
from tests.support.web_client import Caller
from tests.support.web_world import World, alarm

VIALS = Point("minzhong-box", "vials-t", "fridge-2", "temperature", "Cel", 60.0, "drug.cold")
ID = "4099aa00bb11cc22"


def kinetic(world: World, *celsius: float, point: Point = VIALS) -> float | None:
    points = {**world.directory.points, (point.device, point.id): point}
    world.directory = replace(world.directory, points=points)
    said = [(60 * minute, round(10 * value)) for minute, value in enumerate(celsius)]
    rows = Rows(point.device).batch(readings(point.id, *said, (60 * len(said), 999, "fault")))
    world.series.apply([rows._replace(position=world.series.position() + 1)])
    world.book.alarms = [alarm(ID, "minzhong", point.id, since_ms=T0_MS)]
    found = Caller(build_web(world.services())).json(f"/api/v1/alarms/{ID}")["mean_kinetic"]
    return None if found is None else float(found)


def test_of_a_constant_temperature_it_is_that_temperature(world: World) -> None:
    assert kinetic(world, *[9.5] * 20) == 9.5


def test_heat_weighs_more_than_cold(world: World) -> None:
    found = kinetic(world, *[5.0] * 11, *[25.0] * 10)
    assert found is not None and 16.0 < found < 25.0


@pytest.mark.parametrize(
    "point", [VIALS._replace(profile="fridge.food"), VIALS._replace(profile="drug.humidity", unit="%RH")]
)
def test_what_is_no_temperature_of_a_medicine_has_none(world: World, point: Point) -> None:
    assert kinetic(world, 9.5, 9.5, 9.5, point=point) is None


def test_without_readings_there_is_none(world: World) -> None:
    assert kinetic(world) is None
