"""`larder account` over real files, its exit codes and its hints."""

import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from larder_cli.main import main
from larder_core.names import Address
from larder_hub.accounting import cli
from larder_hub.accounting.moments import NoMoment, moment_ms
from larder_hub.web.answers_account import account
from tests.support.accounts import MINUTE_MS, AccountRig
from tests.support.speaker import START_MS, Speaker

HOME = Address("632224", "minzhong", "minzhong-box")
FROM, TO = "2026-09-21T22:13:20", "2026-09-22T00:13:21"
"""START_MS, and a second more than two hours later, in Beijing."""


@pytest.fixture
def speaker() -> Speaker:
    one = Speaker(HOME)
    for _ in range(12):
        one.batch(*range(40, 50))
    return one


@pytest.fixture
def rig(tmp_path: Path, speaker: Speaker, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountRig]:
    made = AccountRig(tmp_path, speaker, Speaker(Address("632221", "menyuan", "menyuan-box"), seed=3, stream="f" * 32))
    made.now_ms = START_MS + 2 * 60 * MINUTE_MS + 1000
    monkeypatch.setattr(cli, "_now_ms", lambda: made.now_ms)
    yield made
    made.close()


def larder(rig: AccountRig, *words: str) -> int:
    return main(["account", "--config", str(rig.config), *words])


def test_the_table_says_what_is_here_and_what_is_not(
    rig: AccountRig, speaker: Speaker, capsys: pytest.CaptureFixture[str]
) -> None:
    rig.tell(speaker, 1, 4)
    rig.tell(speaker, 9, 12)
    assert larder(rig, "--from", FROM, "--to", TO) == 0
    told = capsys.readouterr().out
    lines = told.splitlines()
    assert lines[0].startswith("账 / account  2026-09-21 22:13 — 2026-09-22 00:13")
    device = next(line for line in lines if "minzhong-box" in line)
    assert device.split()[:10] == ["minzhong-box", "12", "8", "4", "0", "0", "0", "0", "0", "66.66%"]
    assert "在报 reporting" in device
    assert "从未上线 never heard" in next(line for line in lines if "menyuan-box" in line)
    assert "应有 due 240 = 有效 good 80 + 无效 bad 0 + 声明丢失 lost 0 + 待补 awaited 40" in told
    assert "失联 unheard 120 + 不明 unexplained 0" in told


def test_columns_are_aligned_under_chinese_too(
    rig: AccountRig, speaker: Speaker, capsys: pytest.CaptureFixture[str]
) -> None:
    rig.tell(speaker, 1, 12)
    larder(rig)
    rows = capsys.readouterr().out.splitlines()[3:]
    rows = rows[: rows.index("")]
    ends = {sum(2 if ord(one) > 0x2E7F else 1 for one in row[: row.index("%") + 1]) for row in rows if "%" in row}
    assert len(rows) == 9 and len(ends) == 1


def test_what_is_unexplained_is_exit_code_1_and_named(
    rig: AccountRig, speaker: Speaker, capsys: pytest.CaptureFixture[str]
) -> None:
    rig.tell(speaker, 1, 4)
    rig.beat(speaker)
    anew = Speaker(HOME, stream="a" * 32, clock_ms=START_MS + 110 * MINUTE_MS)
    anew.batch(*range(10))
    rig.tell(anew, 1)
    assert larder(rig, "--from", FROM, "--to", TO) == 1
    told = capsys.readouterr().out
    assert f"!! 不明 unexplained  minzhong-box {speaker.stream}: 5-12" in told
    assert "已结束 closed" in told and "现用 current" in told


def test_json_is_what_the_api_answers(rig: AccountRig, speaker: Speaker, capsys: pytest.CaptureFixture[str]) -> None:
    rig.tell(speaker, 1, 12)
    assert larder(rig, "--json", "--device", "minzhong-box", "--from", FROM, "--to", TO) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["device"] for one in told["devices"]] == ["minzhong-box"]
    assert (told["completeness"]["percent"], told["counties"][0]["completeness"]["due"]) == (100.0, 120)
    assert set(told) == set(account(rig.report()).model_dump())


def test_csv_has_a_line_for_each_sum_device_and_stream(
    rig: AccountRig, speaker: Speaker, capsys: pytest.CaptureFixture[str]
) -> None:
    speaker.loss(5, 6, count=20)
    rig.tell(speaker, 1, 4)
    rig.tell(speaker, 7, 13)
    assert larder(rig, "--csv", "--from", FROM, "--to", TO) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["level"] for row in rows] == ["all", "county", "county", "site", "site", "device", "stream", "device"]
    device = next(row for row in rows if row["device"] == "minzhong-box")
    assert (device["state"], device["readings_due"], device["good"], device["lost"], device["losses"]) == (
        "reporting", "120", "100", "outbox-full:20", "outbox-full:2",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--device", "minzong-box"], "did you mean minzhong-box?"),
        (["--site", "nowhere"], "known: menyuan, minzhong"),
        (["--county", "000000"], "没有这个县 / there is no county '000000'"),
        (["--county", "632221", "--site", "minzhong"], "no device is all of these"),
        (["--from", "yesterday"], "'yesterday' 不是时刻 / is no moment"),
        (["--from", "2026-09-22", "--to", "2026-09-21"], "is not before --to"),
    ],
)
def test_errors_say_what_to_do(
    rig: AccountRig, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert larder(rig, *words) == 2
    told = capsys.readouterr()
    assert said in told.err and not told.out


@pytest.mark.parametrize("name", ["hub.db", "ledger.db", "series.db"])
def test_a_file_that_is_not_there_is_named_and_not_made(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for other in {"hub.db", "ledger.db", "series.db"} - {name}:
        (tmp_path / other).touch()
    config = tmp_path / "hub.toml"
    config.write_text('data_dir = "."\n')
    assert main(["account", "--config", str(config)]) == 2
    assert f"{name}: (file): is not there" in capsys.readouterr().err
    assert not (tmp_path / name).exists()


def test_a_ledger_that_is_none_is_no_traceback(
    rig: AccountRig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rig.intake.ledger.close()
    for file in tmp_path.glob("ledger.db*"):
        file.unlink()
    (tmp_path / "ledger.db").write_bytes(b"no database" * 500)
    assert larder(rig) == 2
    assert "is it a ledger" in capsys.readouterr().err


def test_it_needs_no_web_server() -> None:
    """A cron job every few minutes should not load one. In this process others have: so the question is what it names."""
    named = Path(cli.__file__).parent
    assert not [
        file.name for file in named.glob("*.py") if "fastapi" in file.read_text() or "uvicorn" in file.read_text()
    ]
    assert "larder_hub.accounting.cli" in sys.modules


END = 1_790_000_000_000


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("2026-11-24", 1_795_449_600_000),
        ("2026-11-24T08:00", 1_795_478_400_000),
        ("2026-11-24 08:00:30", 1_795_478_430_000),
        ("2026-11-24T00:00Z", 1_795_478_400_000),
        ("2026-11-24T08:00+08:00", 1_795_478_400_000),
        ("90m", END - 5_400_000),
        ("24h", END - 86_400_000),
        ("7d", END - 604_800_000),
        ("99999d", 0),
    ],
)
def test_a_moment_as_it_is_typed(text: str, at_ms: int) -> None:
    assert moment_ms(text, END) == at_ms


@pytest.mark.parametrize(
    "text", ["", "d", "7w", "-1d", "2026-13-01", "1969-12-31", "0001-01-01", "9" * 30, "24/11/2026"]
)
def test_what_is_no_moment_says_how_one_is_typed(text: str) -> None:
    with pytest.raises(NoMoment, match="7d"):
        moment_ms(text, END)
