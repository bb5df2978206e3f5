"""The watcher's judgement, round by round, and what it remembers, reads and says."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from larder_cli.watch.asking import ask, read_pulse
from larder_cli.watch.config import WatchConfig, WatchConfigError, load_config
from larder_cli.watch.judging import Loss, Rule, Say, Seen, Sight, Watched, due, look, said
from larder_cli.watch.memory import MemoryFailed, keep, recall
from larder_cli.watch.rounds import one_round, rule_of
from larder_cli.watch.sending import NotSent, send
from larder_cli.watch.texts import MOST_UNITS, text_of
from tests.support.brokers import free_port
from tests.unit.drivers.peers import deaf_port

MINUTE = 60_000
START = 1_764_000_000_000
RULE = Rule(missed_ms=3 * MINUTE, repeat_ms=60 * MINUTE, apart_ms=2 * MINUTE)
PHONES = ("111", "222")
WELL, AWAY, CUT = Seen(Sight.BEATING, 5_000), Seen(Sight.UNREACHABLE), Seen(Sight.CUT_OFF)


class Watch:
    """A watcher in virtual time that sends everything; `heard` is what was said to the first phone, in minutes after the start."""

    def __init__(self) -> None:
        self.watched, self.now_ms = Watched(), START
        self.heard: list[tuple[float, str]] = []

    def rounds(self, minutes: float, seen: Seen, every_s: int = 20) -> "Watch":
        for _ in range(round(minutes * 60 / every_s)):
            self.now_ms += every_s * 1000
            grown = seen._replace(age_ms=self.now_ms - START) if seen.sight is Sight.STALE else seen
            self.watched = look(self.watched, grown, RULE, self.now_ms)
            for say in due(self.watched, PHONES, RULE, self.now_ms):
                self.watched = said(self.watched, say, self.now_ms)
                if say.phone == PHONES[0]:
                    self.heard.append(((self.now_ms - START) / MINUTE, "over" if say.ended_ms else "lost"))
        return self


def test_three_missed_minutes_are_said_once_and_the_end_once() -> None:
    watch = Watch().rounds(2, WELL).rounds(10, AWAY).rounds(10, WELL)
    assert [what for _, what in watch.heard] == ["lost", "over"]
    assert 4.9 <= watch.heard[0][0] <= 5.4
    assert watch.watched.loss is None


def test_less_than_three_minutes_are_no_news() -> None:
    assert Watch().rounds(2, WELL).rounds(2.6, AWAY).rounds(2, WELL).rounds(2.6, AWAY).rounds(2, WELL).heard == []


def test_it_is_repeated_every_hour() -> None:
    times = [at for at, _ in Watch().rounds(2, WELL).rounds(130, AWAY).heard]
    assert len(times) == 3
    assert [round(later - at) for at, later in pairwise(times)] == [60, 60]


def test_a_pulse_that_stands_is_said_with_its_stage_by_its_own_age() -> None:
    watch = Watch().rounds(5, Seen(Sight.STALE, stage="alarms"))
    assert [what for _, what in watch.heard] == ["lost"]
    assert watch.watched.loss == Loss(START, Sight.STALE, "alarms")


def test_who_is_cut_off_accuses_nobody_and_begins_anew() -> None:
    watch = Watch().rounds(2, WELL).rounds(30, CUT).rounds(2.6, AWAY)
    assert watch.heard == []
    assert [what for _, what in watch.rounds(1, AWAY).heard] == ["lost"]


def test_a_watcher_that_did_not_run_holds_that_against_nobody() -> None:
    watch = Watch().rounds(2, WELL)
    watch.now_ms += 600 * MINUTE
    assert watch.rounds(2.6, AWAY).heard == []


def test_a_clock_set_back_begins_anew() -> None:
    watch = Watch().rounds(2, WELL)
    watch.now_ms -= 600 * MINUTE
    assert watch.rounds(2.6, AWAY).heard == []
    assert [what for _, what in watch.rounds(1, AWAY).heard] == ["lost"]


def test_an_open_loss_is_not_said_again_after_a_restart(tmp_path: Path) -> None:
    watch = Watch().rounds(2, WELL).rounds(5, AWAY)
    keep(tmp_path / "state.json", watch.watched)
    assert recall(tmp_path / "state.json") == watch.watched
    watch.watched = recall(tmp_path / "state.json")
    assert len(watch.rounds(20, AWAY).heard) == 1


def test_a_state_that_cannot_be_read_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"loss": 3}')
    with pytest.raises(MemoryFailed, match="move it away"):
        recall(tmp_path / "state.json")


def test_what_did_not_leave_is_due_again(tmp_path: Path) -> None:
    """One of two phones is refused: the other has its message once, and the first gets it as soon as the way is open."""
    program = tmp_path / "sms"
    program.write_text(
        f'#!/bin/sh\n[ "$1" = 111 ] && [ ! -e {tmp_path}/open ] && exit 3\necho "$1 $2" >> {tmp_path}/sent\n'
    )
    program.chmod(0o755)
    config = config_of(
        tmp_path, send={"way": "command", "command": [str(program), "{phone}", "{text}"]}, missed=1, minute_s=0.001
    )
    rule, stale = rule_of(config), Seen(Sight.STALE, 10_000_000, "notices")
    watched = one_round(config, Watched(), stale)
    assert set(watched.told_ms) == {"222"}
    (tmp_path / "open").touch()
    watched = one_round(config, recall(config.state_file), stale)
    assert due(watched, config.phones, rule._replace(repeat_ms=0), START) == []
    sent = (tmp_path / "sent").read_text().splitlines()
    assert [line.split()[0] for line in sent] == ["222", "111"]
    assert "停在短信环节" in sent[0]


@pytest.mark.parametrize(
    ("answer", "sight", "stage"),
    [
        ({"ledger": 1, "alarms": 1, "notices": 1}, Sight.BEATING, ""),
        ({"ledger": 1, "alarms": 1, "notices": 200_000}, Sight.STALE, "notices"),
        ({"ledger": 1, "alarms": 200_000, "notices": 200_000}, Sight.STALE, "alarms"),
        ({"ledger": 200_000, "alarms": 200_000, "notices": 200_000}, Sight.STALE, "ledger"),
        ({}, Sight.NO_PULSE, ""),
    ],
)
def test_the_first_stage_that_stands_is_named(answer: dict[str, int], sight: Sight, stage: str) -> None:
    told = {"program": "larder-hub", "broker": True, "stages": [{"stage": k, "age_ms": v} for k, v in answer.items()]}
    seen = read_pulse(told, 90_000)
    assert (seen.sight, seen.stage) == (sight, stage)


@pytest.mark.parametrize(
    "answer", [None, [], {}, {"program": "nginx"}, {"program": "larder-hub", "stages": [{"stage": "ledger"}]}]
)
def test_what_is_no_hub_is_refused(answer: object) -> None:
    with pytest.raises(ValueError):
        read_pulse(answer, 90_000)


def test_nobody_answers_on_either_address(tmp_path: Path) -> None:
    """A refusal by the second address has come over a network that is there; silence has not."""
    with deaf_port() as port:
        config = config_of(tmp_path, second=f"127.0.0.1:{port}", timeout_s=0.3)
        assert ask(config).sight is Sight.CUT_OFF
    assert ask(config.model_copy(update={"second": f"127.0.0.1:{free_port()}"})).sight is Sight.UNREACHABLE


@pytest.mark.parametrize("sight", [Sight.STALE, Sight.UNREACHABLE])
@pytest.mark.parametrize("stage", ["broker", "ledger", "alarms", "notices"])
@pytest.mark.parametrize("lasted", [1, 119 * MINUTE, 10_000 * 60 * MINUTE])
def test_every_message_fits_one_part(sight: Sight, stage: str, lasted: int) -> None:
    loss = Loss(START, sight, stage)
    for say in (Say("111", loss), Say("111", loss, START + lasted)):
        assert len(text_of(say, "海" * 8, "0970-864000012")) <= MOST_UNITS


@pytest.mark.parametrize(
    ("key", "value"), [("phones", []), ("second", "hub"), ("colour", "red"), ("send", {"way": "command"})]
)
def test_a_wrong_configuration_names_file_and_key(tmp_path: Path, key: str, value: object) -> None:
    import tomli_w

    file = tmp_path / "watch.toml"
    file.write_text(tomli_w.dumps(usual() | {key: value}))
    with pytest.raises(WatchConfigError, match=rf"watch.toml: {key}"):
        load_config(file)


def test_a_way_that_fails_says_so(tmp_path: Path) -> None:
    config = config_of(tmp_path, send={"way": "webhook", "url": f"http://127.0.0.1:{free_port()}/sms"})
    with pytest.raises(NotSent, match="refused"):
        send(config.send, "111", "text")


def test_the_example_is_whole() -> None:
    config = load_config(Path(__file__).parents[3] / "deploy" / "watch.example.toml")
    assert config.send.way == "command"
    assert json.loads(config.model_dump_json())["missed"] == 3


def usual() -> dict[str, object]:
    return {"name": "west", "hub": f"http://127.0.0.1:{free_port()}", "second": "127.0.0.1:9", "phones": ["111", "222"],
            "duty_phone": "0970-8640000"}  # fmt: skip


def config_of(folder: Path, **fields: object) -> WatchConfig:
    return WatchConfig.model_validate(usual() | {"state_file": folder / "state.json"} | fields)
