"""`larder alarms test`: the shipped cases hold, and one that does not is told as a table."""

from pathlib import Path

import pytest

from larder_cli.main import main
from larder_core.limits.profiles import PROFILES

CASES = sorted((Path(__file__).resolve().parents[4] / "deploy" / "alarm-tests").glob("*.yaml"))


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_the_shipped_cases_hold(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alarms", "test", str(file)]) == 0, capsys.readouterr().out


def test_every_profile_has_its_cases() -> None:
    """But for those that need hours or cycles, which a case says with a register of its own, and for power, which is no food."""
    plain = [
        key for key, profile in PROFILES.items()
        if profile.service is None and profile.cycle is None and not key.startswith("power.")
    ]  # fmt: skip
    assert {key.replace(".", "-") for key in plain} <= {file.stem for file in CASES}


CASE = """\
tests:
  - name: the compressor dies
    points:
      fridge: {profile: fridge.food, name: 冷藏柜2, readings: 7.6x30 8.5x70}
    ACTS
    expect:
      alarms: [{kind: food, severity: alarm, side: high, t0: 30m, raised: 60m, reached: 90m, cleared: never}]
      messages: [{to: zhang, at: 90m, kind: raise, contains: 超温}]
"""


def tried(folder: Path, capsys: pytest.CaptureFixture[str], text: str) -> tuple[int, str]:
    file = folder / "mine.yaml"
    file.write_text(text.replace("    ACTS\n", ""), encoding="utf-8")
    return main(["alarms", "test", str(file)]), capsys.readouterr().out


@pytest.mark.parametrize(
    ("was", "becomes", "shown"),
    [
        ("raised: 60m", "raised: 61m", "≠ raised"),
        ("t0: 30m", "t0: 31m", "≠ t0"),
        ("reached: 90m", "reached: 80m", "≠ reached"),
        ("cleared: never", "cleared: 95m", "≠ cleared"),
        ("side: high", "side: low", "≠ side"),
        ("severity: alarm", "severity: critical", "≠ severity"),
        ("contains: 超温", "contains: 低温", "≠ contains"),
        ("to: zhang", "to: li", "≠ to"),
        ("at: 90m", "at: 91m", "≠ at"),
        ("alarms: [{", "alarms: [{kind: sensor, severity: alarm}, {", "(无 none)"),
        ("messages: [", "messages: []  # [", "✗ (无 none)"),
        ("    ACTS\n", "    acts: {at 10m: ack by zhang}\n", "没有可做的 nothing to do: ack by zhang"),
    ],
)
def test_what_is_not_as_expected_is_shown_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], was: str, becomes: str, shown: str
) -> None:
    assert tried(tmp_path, capsys, CASE)[0] == 0
    assert CASE.count(was) == 1
    code, told = tried(tmp_path, capsys, CASE.replace(was, becomes))
    assert (code, shown in told) == (1, True), told
    assert "mine.yaml:2" in told


def test_a_register_of_its_own_gives_names_and_routes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "register.toml").write_text(
        """
county = [{code = "632224", name_zh = "刚察县", name_en = "Gangcha"}]
person = [{id = "cai", name = "才让", phone = "+8613800138000"}]
duty = [{person = "cai", level = "site", scope = "minzhong"}]
[[site]]
id = "minzhong"
county = "632224"
kind = "canteen"
name_zh = "民中食堂"
name_en = "Minzhong"
place = [{id = "f2", name_zh = "冷藏柜9", name_en = "Fridge 9"}]
[[site.device]]
id = "box"
point = [{id = "f2-t", place = "f2", quantity = "temperature", unit = "Cel", period_s = 60, profile = "fridge.food"}]
""",
        encoding="utf-8",
    )
    case = """\
register: register.toml
tests:
  - name: from a register
    points:
      KEY: {readings: 4.0x30 13.0x20}
    expect:
      messages: [{to: cai, at: 45m, contains: 冷藏柜9}]
"""
    for key in ("box/f2-t", "f2-t"):
        code, told = tried(tmp_path, capsys, case.replace("KEY", key))
        assert code == 0, told
    assert tried(tmp_path, capsys, case.replace("KEY", "f3-t"))[0] == 2


def test_show_prints_what_was_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(CASE.replace("    ACTS\n", ""), encoding="utf-8")
    assert main(["alarms", "test", str(file), "--show"]) == 0
    told = capsys.readouterr().out
    assert "fridge food alarm high t0 30m raised 1h00m reached 1h30m cleared never" in told
    assert "1h30m zhang raise 【海北食安】超温" in told
