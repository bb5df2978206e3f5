"""The alarm of the site: what sounds, what silences it, and outputs that do not answer. [D4]"""

import struct
from pathlib import Path
from socketserver import BaseRequestHandler, TCPServer
from threading import Event, Thread

import pytest

from larder_agent.bell import Bell, Ringing, next_look, shown, silenced, sounds
from larder_agent.bell_outputs import CoilOutput, GpioOutput, LogOutput, coil_request, output_of
from larder_agent.config import AlarmConfig
from larder_agent.drivers.gpio.lines import (
    GET_LINE,
    GET_VALUES,
    REQUEST,
    SET_VALUES,
    VALUES,
    KernelLines,
    KernelOutput,
    Line,
)
from larder_agent.metrics import Metrics
from tests.support.waiting import wait_for


def test_it_sounds_from_its_severity_on_until_somebody_presses_or_it_is_over() -> None:
    state = shown(Ringing(), "warning", "alarm")
    assert not sounds(state, 0)
    state = shown(state, "alarm", "alarm")
    assert sounds(state, 0)
    state = silenced(state)
    assert not sounds(state, 0)
    assert not sounds(shown(state, "alarm", "alarm"), 0), "the same again stays silent"
    worse = shown(state, "critical", "alarm")
    assert sounds(worse, 0), "what worsens sounds again"
    over = shown(state, None, "alarm")
    assert sounds(shown(over, "alarm", "alarm"), 0), "and so does the next one"


def test_identify_blinks_and_ends() -> None:
    """[D10]"""
    state = Ringing(until=2.0)
    assert {sounds(state, at / 4) for at in range(8)} == {True, False}
    assert next_look(state, 0.1, button=False) == pytest.approx(0.4)
    assert not sounds(state, 2.0)
    assert next_look(state, 2.0, button=True) is None


class Buzzer:
    """What it was told; `down` while somebody holds the button."""

    def __init__(self) -> None:
        self.told: list[bool] = []
        self.down = self.dead = False

    def put(self, on: bool) -> None:
        if self.dead:
            raise OSError("no such relay")
        self.told.append(on)

    def pressed(self) -> bool:
        return self.down

    def close(self) -> None: ...


def test_the_thread_follows_and_switches_off_at_the_end(tmp_path: Path) -> None:
    buzzer, stop, pressed = Buzzer(), Event(), Event()
    bell = Bell(buzzer, "gpio", "alarm", Metrics(tmp_path), button=True)
    bell.on_silenced = pressed.set
    thread = Thread(target=bell.run, args=(stop,), daemon=True)
    thread.start()
    bell.show("critical")
    wait_for(lambda: buzzer.told[-1:] == [True], "the buzzer")
    buzzer.down = True
    assert pressed.wait(5)
    wait_for(lambda: buzzer.told[-1] is False, "silence")
    buzzer.down = False
    bell.show(None)
    bell.show("alarm")
    wait_for(lambda: buzzer.told[-1] is True, "the next alarm")
    stop.set()
    bell.wake()
    thread.join(5)
    assert buzzer.told[-1] is False


def test_an_output_that_does_not_answer_ends_nothing(tmp_path: Path) -> None:
    buzzer, metrics, stop = Buzzer(), Metrics(tmp_path), Event()
    buzzer.dead = True
    bell = Bell(buzzer, "modbus-tcp", "alarm", metrics)
    thread = Thread(target=bell.run, args=(stop,), daemon=True)
    thread.start()
    bell.show("alarm")
    wait_for(lambda: metrics.counts().get("alarm_output_failures", 0) > 0, "a counted failure")
    buzzer.dead = False
    bell.show("critical")
    wait_for(lambda: buzzer.told[-1:] == [True], "the next change")
    stop.set()
    bell.wake()
    thread.join(5)
    assert not thread.is_alive()


# ---------------------------------------------------------------- outputs


class Relay(BaseRequestHandler):
    answer = b""
    asked: list[bytes] = []  # noqa: RUF012 - one relay for one test

    def handle(self) -> None:
        got = self.request.recv(64)
        type(self).asked.append(got)
        self.request.sendall(type(self).answer or got)


@pytest.mark.parametrize("answer", [b"", bytes.fromhex("000100000003018502"), b"\x00"])
def test_a_coil_is_written_and_its_answer_read(answer: bytes) -> None:
    """The bytes are those of the Modbus specification's own example: coil 172 (00AC) on."""
    assert coil_request(17, 0xAC, True).hex() == "000100000006" + "11" + "0500acff00"
    kind = type("OneRelay", (Relay,), {"answer": answer, "asked": []})
    with TCPServer(("127.0.0.1", 0), kind) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        coil = CoilOutput("127.0.0.1", server.server_address[1], 1, 3)
        if answer:
            with pytest.raises(OSError, match="relay"):
                coil.put(True)
        else:
            coil.put(True)
            coil.put(False)
            assert kind.asked == [coil_request(1, 3, True), coil_request(1, 3, False)]
        server.shutdown()
        thread.join(5)


def test_a_gpio_line_is_asked_for_as_an_output(tmp_path: Path) -> None:
    """Structures of linux/gpio.h, as the kernel would see them."""
    calls: list[tuple[int, bytes]] = []
    chip = tmp_path / "chip"
    chip.touch()

    def ioctl(_descriptor: int, number: int, asked: bytearray) -> None:
        calls.append((number, bytes(asked)))
        if number == GET_LINE:
            asked[-4:] = struct.pack("=i", 99)
        if number == GET_VALUES:
            asked[:8] = struct.pack("=Q", 1)

    line = KernelOutput(str(chip), 17, inverted=True, ioctl=ioctl)
    line.put(True)
    line.put(False)
    (_, request), first, second = calls
    told = REQUEST.unpack(request)
    assert (told[0], told[64].rstrip(b"\0"), told[65]) == (17, b"larder", 1 << 3 | 1 << 1)
    assert told[-8] == 1, "one line"
    assert first == (SET_VALUES, VALUES.pack(1, 1))
    assert second == (SET_VALUES, VALUES.pack(0, 1))
    button = KernelLines(str(chip), (Line(4, True, "pull-up"),), ioctl)
    assert GpioOutput(line, button).pressed()


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        (None, type(None)),
        ({"output": "log"}, LogOutput),
        ({"output": "gpio", "line": 17, "button_line": 4}, GpioOutput),
        ({"output": "modbus-tcp", "host": "10.0.0.9"}, CoilOutput),
    ],
)
def test_what_is_configured_is_what_sounds(table: dict[str, object] | None, kind: type) -> None:
    config = None if table is None else AlarmConfig.model_validate(table)
    assert type(output_of(config)) is kind


@pytest.mark.parametrize(
    "table", [{"output": "gpio"}, {"output": "modbus-tcp"}, {"output": "siren"}, {"output": "log", "loud": 1}]
)
def test_what_cannot_sound_is_refused(table: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"needs|Input|permitted"):
        AlarmConfig.model_validate(table)
