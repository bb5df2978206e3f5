"""`larder alarms replay`: what changed limits would have done on what a hub has stored, which it only reads."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from larder_cli.main import main
from larder_core.limits.profiles import PROFILES
from larder_core.names import Address
from larder_hub.alarms.trial.profile_file import read_profile, write_profile
from larder_hub.register.contents import County, Register
from larder_hub.register.directory import Device, Directory, Duty, Person, Place, Point, Site
from larder_hub.register.schema import open_register
from larder_hub.register.store import import_register
from tests.support.hubs import IntakeRig
from tests.support.speaker import START_MS, Speaker

MINUTE = 60_000
HOURS = 6


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IntakeRig]:
    """Two sites, six hours: the fridge of one is at 9 degrees for 100 minutes, that of the other always cold. The ledger is open."""
    folder = tmp_path_factory.mktemp("stored") / "hub"
    folder.mkdir()
    speakers = [
        Speaker(Address("632224", name, f"{name}-box"), seed=n, stream=f"{n:032x}")
        for n, name in enumerate(("warm", "cold"), 1)
    ]
    db = open_register(folder / "hub.db")
    import_register(db, register(speakers), "test", START_MS)
    db.close()
    rig = IntakeRig(folder, *speakers)
    for minute in range(HOURS * 60):
        for speaker in speakers:
            speaker.batch(90 if speaker is speakers[0] and 60 <= minute < 160 else 40)
            rig.now_ms = speaker.clock_ms
            rig.entry(speaker, speaker.message(speaker.n))
    yield rig
    rig.ledger.close()


def register(speakers: list[Speaker]) -> Register:
    names = [(one.address.site, one.address.device) for one in speakers]
    return Register(
        {"632224": County("632224", "刚察县", "Gangcha")},
        Directory(
            sites={site: Site(site, "632224", "canteen", f"{site}食堂", site) for site, _ in names},
            places={(site, "f2"): Place(site, "f2", "冷藏柜2", "Fridge 2") for site, _ in names},
            devices={
                one.address.device: Device(one.address.device, "632224", one.address.site, one.key.public, True)
                for one in speakers
            },
            points={
                (box, "fridge-2-t"): Point(box, "fridge-2-t", "f2", "temperature", "Cel", 60.0, "fridge.food")
                for _, box in names
            },
            people={site: Person(site, "张某", "+8613800138000", "zh") for site, _ in names},
            duties=tuple(Duty(site, "site", site) for site, _ in names),
        ),
    )  # fmt: skip


def replayed(rig: IntakeRig, capsys: pytest.CaptureFixture[str], rules: str, *words: str) -> str:
    file = rig.file.parent.parent / "mine.yaml"
    clear = 2.5 if rules == LOWER else 7.5
    file.write_text(f"key: fridge.food\nrules: [{rules}]\nclear: {{high: {clear}, hold: 10m}}\n", encoding="utf-8")
    capsys.readouterr()
    span = ["--from", moment(10), "--to", moment(HOURS * 60)]
    code = main(["alarms", "replay", "--data", str(rig.file.parent), *span, "--profile", str(file), *words])
    told = capsys.readouterr()
    assert code == 0, told.err
    return told.out


def moment(minute: int) -> str:
    return datetime.fromtimestamp((START_MS + minute * MINUTE) / 1000, UTC).isoformat()


PRESENT = "{severity: warning, side: high, limit: 8, hold: 30m}, {severity: alarm, side: high, limit: 8, hold: 60m}"
SOONER = "{severity: warning, side: high, limit: 8, hold: 10m}, {severity: alarm, side: high, limit: 8, hold: 40m}"
HIGHER = "{severity: alarm, side: high, limit: 10, hold: 15m}"
LOWER = "{severity: alarm, side: high, limit: 3, hold: 15m}"


@pytest.mark.parametrize(
    ("rules", "changes", "alarms", "messages"),
    [
        (PRESENT, [], (1, 1), (3, 3)),
        (SOONER, [("earlier", "warm", -20)], (1, 1), (3, 2)),
        (HIGHER, [("lost", "warm", None)], (1, 0), (3, 2)),
    ],
)
def test_what_would_have_been_different(
    stored: IntakeRig, capsys: pytest.CaptureFixture[str], rules: str,
    changes: list[tuple[str, str, int | None]], alarms: tuple[int, int], messages: tuple[int, int],
) -> None:  # fmt: skip
    found = json.loads(replayed(stored, capsys, rules, "--json"))
    assert [(one["change"], one["site"], one["minutes"]) for one in found["differences"]] == changes
    assert (found["alarms"]["before"], found["alarms"]["after"]) == alarms
    assert (found["messages"]["before"], found["messages"]["after"]) == messages
    assert [(one["site"], one["messages"]["before"]) for one in found["weekly"]] == [("warm", 3)]


def test_an_alarm_that_is_gained_at_the_one_site_asked_for(
    stored: IntakeRig, capsys: pytest.CaptureFixture[str]
) -> None:
    found = json.loads(replayed(stored, capsys, LOWER, "--json", "--site", "cold"))
    (one,) = found["differences"]
    assert (one["change"], one["site"], one["before"], one["after"]["severity"]) == ("gained", "cold", None, "alarm")
    assert {week["site"] for week in found["weekly"]} == {"cold"}


def test_the_table_names_places_and_minutes(stored: IntakeRig, capsys: pytest.CaptureFixture[str]) -> None:
    told = replayed(stored, capsys, SOONER)
    assert "更早 earlier 1" in told and "-20 分 min" in told
    assert "warm食堂 冷藏柜2" in told
    assert "cold食堂" not in told


def test_nothing_of_the_hub_is_written(stored: IntakeRig, capsys: pytest.CaptureFixture[str]) -> None:
    folder = stored.file.parent

    def contents() -> dict[str, str]:
        files = [file for file in sorted(folder.rglob("*")) if file.is_file() and not file.name.endswith("-shm")]
        return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

    before = contents()
    replayed(stored, capsys, SOONER)
    assert contents() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--site", "nowhere"], "there is no site 'nowhere'"),
        (["--from", "soon"], "'soon' 不是时刻"),
        (["--from", "2031-01-01", "--to", "2031-01-02"], "the ledger has nothing of that period"),
        (["--data", "/absent"], "give the hub's data_dir with --data"),
        (["--profile", "/absent.yaml"], "/absent.yaml:0: cannot be read"),
    ],
)
def test_what_cannot_be_is_said(
    stored: IntakeRig, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    file = stored.file.parent.parent / "mine.yaml"
    file.write_text("key: fridge.food\n", encoding="utf-8")
    usual = ["--data", str(stored.file.parent), "--from", moment(30), "--profile", str(file)]
    assert main(["alarms", "replay", *usual, *words]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("key", PROFILES)
def test_a_printed_profile_reads_back_the_same(key: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("\n".join(write_profile(PROFILES[key])), encoding="utf-8")
    assert read_profile(file, PROFILES) == PROFILES[key]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("key: fridge.fod", "mine.yaml:1: key: there is no limit profile 'fridge.fod'"),
        ("key: freezer\nrules:\n- {severity: alarm, side: high, limit: 3, hold: soon}", "mine.yaml:3: rules[1].hold: 'soon'"),
        ("key: freezer\nclear: {high: 20, hold: 5m}", "is not inside the limit of"),
        ("key: freezer\nlimit: 5", "mine.yaml:2: limit: is not a key here"),
    ],
)  # fmt: skip
def test_a_wrong_profile_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"mine\.yaml:") as raised:
        read_profile(file, PROFILES)
    assert said in str(raised.value)
