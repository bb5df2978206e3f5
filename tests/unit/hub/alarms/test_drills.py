"""An exercise: told as one, signed as usual, over by itself, and in no figure."""

from larder_hub.alarms.drills import Drill, DrillBook
from larder_hub.config import SmsConfig
from larder_hub.influx.states import TransitionReader
from larder_hub.notices.budget import PER_HOUR
from larder_hub.notices.sender import NoticeSender
from larder_hub.notices.texts import Letterhead
from larder_hub.web.ports import Acted, Refusal
from tests.support.incidents import FRIDGE, County
from tests.support.steps import Post

MINUTE_MS = 60_000


def begun(county: County, minutes: int = 30) -> Drill:
    book = DrillBook(county.file, lambda: county.directory)
    drill = book.begin("site1", FRIDGE, 13.0, "李某", "季度演练", county.now_ms(), minutes * MINUTE_MS)
    assert isinstance(drill, Drill)
    return drill


def figures(county: County) -> dict[str, float]:
    return {
        f"{one.name}{one.labels}": one.value
        for metric in county.metrics.registry.collect()
        for one in metric.samples
        if "alarm" in one.name and "created" not in one.name
    }


def test_a_drill_is_told_as_one_signed_as_usual_and_over_by_itself(county: County) -> None:
    county.until(9)
    before = figures(county)
    begun(county)
    county.until(11)
    said = "【海北食安】演练：刚察民中食堂冷藏柜2模拟13.0度超温，非真实报警，食品不用处理。请按流程签收 hbsa.cn/a 单1"
    assert county.told() == [(10, "drill", said)]
    (alarm,) = county.book.open()
    assert (alarm.kind, alarm.drill) == ("drill", True)
    assert isinstance(county.book.acknowledge(alarm.id, "张某", "", county.now_ms()), Acted)
    county.until(60)
    assert [one["condition"] for one in county.alarms("drill")] == ["normal"]
    assert county.book.open() == []
    assert [kind for _, kind, _ in county.told()] == ["drill"]
    assert figures(county) == before
    assert county.rows("SELECT DISTINCT drill FROM notice") == [(1,)]


def test_a_drill_that_nobody_signs_goes_no_level_up_and_hides_no_true_alarm(county: County) -> None:
    county.until(9)
    begun(county, 200)
    county.reads(FRIDGE, 13.0).until(60)
    assert [kind for _, kind, _ in county.told("cook1")][:2] == ["drill", "raise"]
    about = "SELECT DISTINCT kind FROM notice WHERE alarm IN (SELECT id FROM alarm WHERE kind = 'drill')"
    assert county.rows(about) == [("drill",)]


def test_a_drill_is_ended_by_hand_and_begun_only_where_there_is_a_place(county: County) -> None:
    county.until(3)
    book = DrillBook(county.file, lambda: county.directory)
    drill = begun(county, 200)
    county.until(5)
    assert book.end(drill.id, "李某", county.now_ms()) is None
    county.until(7)
    assert [one["condition"] for one in county.alarms("drill")] == ["normal"]
    assert [one.ended_by for one in book.listed()] == ["李某"]
    assert isinstance(book.end(drill.id, "李某", county.now_ms()), Refusal)
    for site, place, minutes in (("site1", "nowhere", 10), ("site1", FRIDGE, 0), ("site1", FRIDGE, 500)):
        refused = book.begin(site, place, 13.0, "李某", "演练", county.now_ms(), minutes * MINUTE_MS)
        assert isinstance(refused, Refusal)


def test_messages_of_a_drill_are_in_no_budget_no_metric_and_no_line(county: County) -> None:
    county.until(9)
    post = Post(knows=True)
    sender = NoticeSender(county.file, post, SmsConfig(), Letterhead(), county.metrics, county.now_ms)
    sender.open()
    for _ in range(PER_HOUR + 1):
        begun(county, 5)
        county.until(county.minute + 6)
        while sender.step(county.now_ms() + 3_000):
            pass
    assert len(post.left) == PER_HOUR + 1, "not even more than a person gets are held back"
    county.reads(FRIDGE, 13.0).until(county.minute + 16)
    while sender.step(county.now_ms() + 3_000):
        pass
    sender.close()
    assert [state for (state,) in county.rows("SELECT state FROM notice WHERE drill = 0")] == ["sent"]
    assert county.metrics.registry.get_sample_value("larder_notices_total", {"outcome": "sent"}) == 1
    _, lines = TransitionReader(county.file).after(0, 100)
    assert lines and not [line for line in lines if "kind=drill" in line]
