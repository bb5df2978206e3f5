"""A battery that runs low is no power cut: it has its own words, and explains nothing that goes silent."""

from dataclasses import replace
from pathlib import Path

from larder_hub.register.directory import Point
from tests.support.incidents import FRIDGE, County, register


def test_an_empty_battery_has_words_of_its_own_and_explains_nothing(tmp_path: Path) -> None:
    plain = register()
    battery = Point("box1", "battery", FRIDGE, "power", "%EL", 60.0, "power.battery")
    county = County(tmp_path, replace(plain, points={**plain.points, ("box1", "battery"): battery}))
    county.boxes["box1"].values["battery"] = 80.0
    county.until(5)
    county.reads("battery", 17.0).until(15)
    (alarm,) = county.alarms("power")
    assert alarm["severity"] == "critical"
    texts = [text for _, _, text in county.told("cook1")]
    assert len(texts) == 1 and "电池" in texts[0] and "17%" in texts[0] and "市电" not in texts[0]
    county.boxes["box1"].up = False
    county.until(60)
    assert [one["inhibited_by"] for one in county.alarms("silence") if one["point"] == ""] == [""]
    county.projection.close()
