"""A message does not wait for the sender's next look: the commit that holds it wakes the sender."""

from pathlib import Path
from threading import Event, Thread

from larder_hub.alarms.projection import AlarmProjection
from larder_hub.alarms.trial.case_file import read_cases
from larder_hub.alarms.trial.stage import scene
from larder_hub.alarms.trial.telephone import Telephone
from larder_hub.config import SmsConfig
from larder_hub.metrics import Metrics
from larder_hub.notices.sender import NoticeSender
from larder_hub.notices.texts import Letterhead
from larder_hub.projections.runner import Bell
from tests.support.waiting import wait_for

WARM = """\
tests:
  - name: warm
    points:
      fridge: {profile: fridge.food, readings: 13.0x20}
    expect: {alarms: []}
"""
IDLE_S = 3600.0


def test_a_commit_with_a_notice_wakes_the_sender(tmp_path: Path) -> None:
    (tmp_path / "warm.yaml").write_text(WARM, encoding="utf-8")
    (case,) = read_cases(tmp_path / "warm.yaml")
    stage, bell, telephone, stop = scene(case.table, tmp_path), Bell(), Telephone(), Event()
    rung: list[int] = []

    def told() -> None:
        rung.append(1)
        bell.ring()

    file = tmp_path / "alarms.db"
    projection = AlarmProjection(file, lambda: stage.directory, 1.0, Letterhead(), Metrics(), told=told)
    projection.open()
    sender = NoticeSender(
        file, telephone, SmsConfig(), Letterhead(), Metrics(), lambda: stage.end_ms, idle_s=IDLE_S, bell=bell
    )
    thread = Thread(target=sender.run, args=(stop,))
    thread.start()
    try:
        projection.apply(stage.rows[:10])
        projection.tick(stage.rows[9].received_ms)
        assert not rung, "nobody is woken where there is nothing to tell"
        projection.apply(stage.rows[10:])
        wait_for(lambda: telephone.calls, "the message is handed over")
        assert len(rung) == 1
    finally:
        stop.set()
        bell.ring()
        thread.join(10)
        projection.close()
    assert not thread.is_alive()
