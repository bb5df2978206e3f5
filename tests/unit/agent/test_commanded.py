"""Commands: done once, answered twice over, refused and reported. [D6] to [D12]."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from larder_agent.bell import Bell
from larder_agent.clock import HandClock
from larder_agent.orders_book import FILE
from larder_agent.still import Burst, Still
from larder_core.signing import from_text
from tests.unit.agent.governed import STRANGER, Governed


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Governed]:
    made = Governed(tmp_path)
    yield made
    made.close()


def refusals(device: Governed) -> list[str]:
    return [str(detail["reason"]) for _, detail in device.events("command-refused")]


def test_it_is_done_and_answered_on_the_wire_and_in_the_record(device: Governed) -> None:
    """[D9] [D12]"""
    reply = device.hear(device.command(3))
    assert (reply.number, reply.name, reply.outcome, reply.found) == (3, "self-test", "done", {"sound": True})
    assert device.events() == [("command-done", {"number": 3, "name": "self-test", "outcome": "done", "sound": True})]


def test_the_number_is_on_the_disk_before_the_act(device: Governed) -> None:
    """[D8] The act looks at the disk itself."""
    seen: list[str] = []

    def restart() -> None:
        seen.append((device.folder / FILE).read_text())

    device.ask_config = lambda: restart()  # type: ignore[method-assign]
    device.hear(device.command(7, "set-config"))
    assert '"number": 7' in seen[0]
    assert '"doing": "set-config"' in seen[0]


def test_the_same_bytes_again_bring_the_answer_and_no_second_act(device: Governed) -> None:
    """[D8] A broker may deliver twice, and so may a thief."""
    payload = device.command(3)
    first = device.hear(payload)
    assert device.hear(payload) == first
    assert device.asked == ["self-test"]
    assert refusals(device) == ["replayed"]


def test_a_replay_is_refused_also_after_a_restart(device: Governed) -> None:
    """[D8]"""
    old = [device.command(number) for number in range(1, 8)]
    for payload in old:
        device.hear(payload)
    device.close()
    again = Governed(device.folder, device.clock)
    assert again.hear(old[0]).reason == "replayed", "its answer is forgotten, its number is not"
    assert again.hear(old[-1]).outcome == "done", "the answer that was given"
    assert again.asked == []
    again.close()


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("bad-signature", {"key": STRANGER}),
        ("wrong-device", {"device": "box-2"}),
        ("expired", {"issued": HandClock().wall - 600_001}),
        ("not-yet", {"issued": HandClock().wall + 60_001}),
    ],
)
def test_what_is_foreign_or_stale_is_refused_and_reported(
    device: Governed, reason: str, changes: dict[str, object]
) -> None:
    """[D7] [D9]"""
    reply = device.hear(device.command(3, **changes))  # type: ignore[arg-type]
    assert (reply.outcome, reply.reason) == ("refused", reason)
    assert device.asked == []
    assert refusals(device) == [reason]
    assert device.metrics.counts()[f"commands_refused.{reason}"] == 1
    assert device.hear(device.command(3)).outcome == "done", "a refused one has used up no number"


@pytest.mark.parametrize(("early", "late"), [(0, 0), (-60_000, 0), (0, 600_000)])
def test_the_edges_of_its_life(device: Governed, early: int, late: int) -> None:
    """[D7]"""
    payload = device.command(3)
    device.clock.wall += early + late
    assert device.hear(payload).outcome == "done"


def test_a_retained_command_is_refused(device: Governed) -> None:
    """[D6]"""
    assert device.hear(device.command(3), retained=True).reason == "retained"
    assert device.asked == []


@pytest.mark.parametrize("state", ["unset", "restored"])
@pytest.mark.parametrize(
    ("boot", "up", "reason"),
    [
        (None, None, "clock-unknown"),
        ("ffffffff", 10**9, "other-boot"),
        ("0a1b2c3d", 59_999, "expired"),
        ("0a1b2c3d", 60_000, ""),
    ],
)
def test_without_a_clock_only_the_boot_counts(
    device: Governed, state: str, boot: str | None, up: int | None, reason: str
) -> None:
    """[D7] The hub's clock says 2026, this one 1970: that must not matter."""
    device.clock.told = (state, None)  # type: ignore[assignment]
    payload = device.command(3, boot=boot, up=up)
    device.clock.wall = 5_000
    assert device.hear(payload).reason == reason


def test_an_act_that_a_death_cut_short_is_told_and_not_done_again(device: Governed) -> None:
    """[D8]"""
    payload = device.command(3, "set-config")

    def dies() -> None:
        raise KeyboardInterrupt

    device.ask_config = dies  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        device.commanded.receive(payload, device, retained=False)
    device.close()
    again = Governed(device.folder, device.clock)
    assert again.events("command-done") == [
        ("command-done", {"number": 3, "name": "set-config", "outcome": "failed", "reason": "interrupted"})
    ]
    assert again.hear(payload).reason == "replayed"
    assert again.asked == []
    again.close()


def test_a_flood_of_strangers_is_counted_and_told_ten_times_an_hour(device: Governed) -> None:
    """[D9]"""
    for number in range(1, 51):
        device.commanded.receive(device.command(number, key=STRANGER), device, retained=False)
    assert len(refusals(device)) == len(device.replies) == 10
    assert device.metrics.counts()["commands_refused.bad-signature"] == 50
    device.clock.pass_ms(3_600_000)
    device.hear(device.command(51, key=STRANGER))
    assert len(refusals(device)) == 11


def test_the_acts_that_move_the_device(device: Governed) -> None:
    """[D10]"""
    device.hear(device.command(1))
    assert device.hear(device.command(2, "resend", first=1, last=9)).found == {"held": 1}
    assert device.hear(device.command(3, "resend", first=50, last=60)).outcome == "failed", "nothing of it is held"
    assert device.hear(device.command(4, "set-config")).found == {"version": 0}
    assert device.hear(device.command(5, "identify", seconds=3)).outcome == "unable", "there is nothing to blink"
    assert device.hear(device.command(6, "restart")).outcome == "done", "answered before it is done"
    assert device.asked == ["self-test", "again 1..9", "again 50..60", "config", "restart"]


def test_identify_blinks_where_there_is_a_lamp(tmp_path: Path) -> None:
    """[D10]"""

    class Lamp:
        def put(self, on: bool) -> None: ...
        def pressed(self) -> bool:
            return False

        def close(self) -> None: ...

    device = Governed(tmp_path)
    device.commanded._bell = Bell(Lamp(), "gpio", "alarm", device.metrics)
    assert device.hear(device.command(1, "identify", seconds=3)).found == {"output": "gpio"}
    device.close()


# ---------------------------------------------------------------- inspections


def ask(device: Governed, number: int = 1, **args: object) -> None:
    device.commanded.receive(device.command(number, "inspect-now", **args), device, retained=False)


def test_an_inspection_seals_fresh_readings_at_once_and_names_their_entries(device: Governed) -> None:
    """[D10]"""
    device.read("t", 40)
    ask(device, count=2)
    assert [source.tempo.asked() is not None for source in device.sources] == [True, True]
    device.read("t", 41)
    device.read("t", 42)
    device.commanded.finished(Burst(1, {}), device)
    assert not device.replies, "the camera has not answered yet"
    device.commanded.finished(Burst(1, {}), device)
    (reply,) = device.replies
    assert (reply.outcome, reply.found) == ("done", {"first": 2, "last": 2})
    assert device.outbox.books.produced == 3
    assert not device.waiting.groups


def test_a_still_is_told_by_its_hash_and_its_bytes_stay_here(device: Governed) -> None:
    """[D10] [D11]"""
    ask(device, count=1, still=["cam", "t"])
    device.commanded.finished(Burst(1, {"cam": Still("H" * 43, 5, b"jpeg!")}), device)
    device.commanded.finished(Burst(1, {"t": Still(reason="no-camera")}), device)
    (reply,) = device.replies
    assert (reply.found["cam"], reply.found["t"], reply.picture) == ("H" * 43, "no-camera", None)


def test_a_picture_leaves_with_authority_alone_and_the_record_says_by_what_right(device: Governed) -> None:
    """[D11]"""
    ask(device, count=1, still=["cam"], picture=True, authority="warrant 17")
    device.commanded.finished(Burst(1, {"cam": Still("H" * 43, 5, b"jpeg!")}), device)
    device.commanded.finished(Burst(1, {}), device)
    (reply,) = device.replies
    assert reply.picture is not None
    assert from_text(reply.picture) == b"jpeg!"
    ((_, detail),) = device.events("command-done")
    assert (detail["cam"], detail["picture-bytes"], detail["authority"]) == ("H" * 43, 5, "warrant 17")
    assert b"jpeg!" not in b"".join(path.read_bytes() for path in device.folder.iterdir() if path.is_file())
    again = device.hear(device.command(1, "inspect-now", count=1, still=["cam"], picture=True, authority="warrant 17"))
    assert again.picture is None, "the device has not kept it"


def test_a_source_that_hangs_is_named_and_the_others_are_not_kept_waiting(device: Governed) -> None:
    """[D10]"""
    ask(device, count=1)
    device.commanded.finished(Burst(1, {}), device)
    due = device.commanded.due_up()
    assert due is not None
    device.clock.pass_ms(due - device.clock.up)
    device.commanded.look(device)
    (reply,) = device.replies
    assert (reply.outcome, reply.reason) == ("failed", "1-sources-silent")
    device.commanded.finished(Burst(1, {}), device)
    assert len(device.replies) == 1, "what comes too late is nobody's answer"


def test_one_inspection_at_a_time_and_none_in_maintenance(device: Governed) -> None:
    """[D10]"""
    ask(device, count=1)
    ask(device, 2, count=1)
    assert device.replies[-1].reason == "busy"
    for _ in device.sources:
        device.commanded.finished(Burst(1, {}), device)
    device.record.paused.set()
    ask(device, 3, count=1)
    assert device.replies[-1].reason == "maintenance"
