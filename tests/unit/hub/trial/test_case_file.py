"""A mistake in a file of cases is named with the file, its line, its key, and what to do."""

from pathlib import Path

import pytest

from larder_cli.main import main

GOOD = """\
start: 2026-11-24 08:00
tests:
  - name: one
    points:
      fridge:
        profile: fridge.food
        readings: 4.0x30
    acts:
      at 20m: ack by zhang
    expect:
      alarms: []
      messages:
        - {to: zhang, at: 5m}
"""


def refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> str:
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    assert main(["alarms", "test", str(file)]) == 2
    return capsys.readouterr().err.replace(f"{tmp_path}/", "")


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("readings: 4.0x30", "readings: 4.0 x30", "mine.yaml:7: tests[1].points.fridge.readings: 'x30' is no reading"),
        ("profile: fridge.food", "profil: fridge.food", "mine.yaml:6: tests[1].points.fridge.profil: is not a key"),
        ("profile: fridge.food", "profile: fridge.fod", "mine.yaml:6: tests[1].points.fridge.profile: there is no limit profile"),
        ("profile: fridge.food", "quantity: warmth", "mine.yaml:6: tests[1].points.fridge.quantity: "),
        ("start: 2026-11-24 08:00", "start: tomorrow", "mine.yaml:1: start: 'tomorrow' is no moment"),
        ("    expect:", "    until: 9\n    expect:", "mine.yaml:10: tests[1].until: '9' is no lapse of time"),
        ("      alarms: []\n", "      alarms: [{kind: food, severity: bad}]\n", "mine.yaml:11: tests[1].expect.alarms[1].severity: "),
        ("{to: zhang, at: 5m}", "{at: 5m}", "mine.yaml:13: tests[1].expect.messages[1].to: is missing"),
        ("at 20m: ack", "after 20m: ack", "mine.yaml:9: tests[1].acts.after 20m: 'after 20m' is no moment"),
        ("ack by zhang", "sign by zhang", "mine.yaml:9: tests[1].acts.at 20m: 'sign by zhang' is no act"),
        ("ack by zhang", "ack by nobody", "mine.yaml:9: tests[1].acts.at 20m: there is no person 'nobody'"),
        ("        readings: 4.0x30", "        readings: 4.0x30\n        readings: 5", "mine.yaml:8: tests[1].points."),
        ("    acts:", "    acts: {", "mine.yaml:10: is not YAML"),
        ("tests:", "register: absent.toml\ntests:", "absent.toml: cannot be read"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], was: str, becomes: str, said: str
) -> None:
    assert GOOD.count(was) == 1
    told = refused(tmp_path, capsys, GOOD.replace(was, becomes))
    assert told.startswith(said), told
    assert "(" in told, "and what to do"


def test_an_empty_file_and_one_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "is empty" in refused(tmp_path, capsys, "")
    assert main(["alarms", "test", str(tmp_path / "absent.yaml")]) == 2
    assert "cannot be read" in capsys.readouterr().err
