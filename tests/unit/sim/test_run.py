"""A whole run: what a client reads is what the record says was served, and the scenario shows on the wire."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pymodbus.client import AsyncModbusTcpClient

from larder_sim import cli
from larder_sim.app import TRUTH_FILE, Settings, simulate
from larder_sim.endpoints import FILE_NAME, Endpoints, Listener, read_endpoints, write_endpoints
from larder_sim.hardware import PortTaken
from larder_sim.scenario import Scenario
from larder_sim.steps import Step
from tests.unit.sim.worlds import DEMO_WORLD, FIRMWARE_SIM, QUIET_SCENARIO, SMALL, small_world

DEADLINE_S = 10.0
FRIDGE, FREEZER = "school/fridge-1", "school/freezer-1"
ROM = "28-0316a2795f01"


@asynccontextmanager
async def _running(folder: Path, *steps: Step, scale: float = 60.0, base_port: int = 0) -> AsyncIterator[Endpoints]:
    """A simulator of the small world that listens and is stopped at the end."""
    stop, started = asyncio.Event(), asyncio.get_running_loop().create_future()
    run = asyncio.create_task(
        simulate(
            small_world(folder),
            Scenario(Path("s.toml"), "试", "test", steps),
            Settings(folder / "run", scale, base_port, seed=7, log_served=True),
            stop,
            started.set_result,
        )
    )
    await asyncio.wait({run, started}, timeout=DEADLINE_S, return_when=asyncio.FIRST_COMPLETED)
    if run.done():
        run.result()
    try:
        yield await started
    finally:
        stop.set()
        await asyncio.wait_for(run, DEADLINE_S)


def _truth(folder: Path, kind: str) -> list[dict[str, object]]:
    lines = [json.loads(line) for line in (folder / "run" / TRUTH_FILE).read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line["kind"] == kind]


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Ask until the condition holds; each question takes a round trip, so that the loop is not kept busy."""
    async with asyncio.timeout(DEADLINE_S):
        while not await condition():
            await asyncio.sleep(0.01)


def test_what_a_client_reads_is_what_the_record_says(tmp_path: Path) -> None:
    async def run() -> list[int]:
        async with _running(tmp_path) as endpoints:
            gateway = endpoints.modbus["school/gw"]
            read: list[int] = []
            async with AsyncModbusTcpClient(gateway.host, port=gateway.port, timeout=2, retries=0) as client:
                for _ in range(5):
                    answer = await client.read_input_registers(0, count=2, device_id=1)
                    read += answer.registers
            return read

    read = asyncio.run(run())
    served = [line for line in _truth(tmp_path, "served") if line["place"] == FRIDGE]
    assert [line["value"] for line in served] == read and len(read) == 10
    assert [line["quantity"] for line in served] == ["temperature", "humidity"] * 5
    assert {(line["via"], line["scale"]) for line in served} == {("modbus", -1)}
    assert all(20 <= value <= 60 for value in read[::2]), "tenths of a degree of a healthy fridge"


def test_onewire_files_hold_what_the_record_says(tmp_path: Path) -> None:
    async def run() -> str:
        async with _running(tmp_path) as endpoints:
            return (Path(endpoints.onewire["box"]) / ROM / "w1_slave").read_text()

    text = asyncio.run(run())
    match = re.search(r"t=(-\d+)\n", text)
    assert match is not None and -20_000 <= int(match[1]) <= -17_000
    values = [line["value"] for line in _truth(tmp_path, "served") if line["place"] == FREEZER]
    assert int(match[1]) in values


UNPLUG = (
    Step(10, "unplug-sensor", FRIDGE, mode="0x8000"),
    Step(10, "unplug-sensor", FREEZER, mode="gone"),
    Step(10, "unplug-camera", "school/cam", mode="unplugged"),
)
PLUG = (Step(20, "plug-sensor", FRIDGE), Step(20, "plug-sensor", FREEZER), Step(20, "plug-camera", "school/cam"))
CUT, BACK = Step(10, "power-cut", "school"), Step(20, "power-back", "school")


# Each case is asked for the state in which its scenario ends, so that no slow machine can miss it.
@pytest.mark.parametrize(
    ("steps", "gateway", "broken", "camera", "probe"),
    [
        (UNPLUG, True, True, False, False),
        (UNPLUG + PLUG, True, False, True, True),
        ((CUT,), False, False, False, True),  # the box with its 1-wire probes has a battery
        ((CUT, BACK), True, False, True, True),
    ],
    ids=["unplugged", "plugged", "power cut", "power back"],
)
def test_the_scenario_shows_on_every_protocol_and_in_the_record(
    tmp_path: Path, steps: tuple[Step, ...], gateway: bool, broken: bool, camera: bool, probe: bool
) -> None:
    async def run() -> None:
        async with _running(tmp_path, *steps) as endpoints:

            async def ended() -> bool:
                return len(_truth(tmp_path, "step")) == len(steps) and (
                    await _accepts(endpoints.modbus["school/gw"]),
                    await _accepts(endpoints.rtsp["school/cam"]),
                    (Path(endpoints.onewire["box"]) / ROM).exists(),
                ) == (gateway, camera, probe)

            await _until(ended)
            if gateway:
                assert (await _register(endpoints.modbus["school/gw"]) == 0x8000) == broken

    asyncio.run(run())
    recorded = [(line["sim_s"], line["action"], line["target"], line["mode"]) for line in _truth(tmp_path, "step")]
    assert recorded == [(step.at_s, step.action, step.target, step.mode) for step in steps]


async def _accepts(listener: Listener) -> bool:
    try:
        _, writer = await asyncio.open_connection(listener.host, listener.port)
    except ConnectionRefusedError:
        return False
    writer.close()
    return True


async def _register(listener: Listener) -> int:
    """Register 0 of unit 1."""
    async with AsyncModbusTcpClient(listener.host, port=listener.port, timeout=2, retries=0) as client:
        registers: list[int] = (await client.read_input_registers(0, count=1, device_id=1)).registers
        return registers[0]


def test_endpoints_come_with_the_run_and_go_with_it(tmp_path: Path) -> None:
    async def run() -> None:
        (tmp_path / "run").mkdir()
        write_endpoints(tmp_path / "run", Endpoints(1, 1, 1.0, 1, {}, {}, {}))
        async with _running(tmp_path) as endpoints:
            assert read_endpoints(tmp_path / "run") == endpoints
            assert endpoints.pid == os.getpid()
            assert set(endpoints.modbus) == {"school/gw"} and set(endpoints.rtsp) == {"school/cam"}
        assert read_endpoints(tmp_path / "run") is None
        assert not Path(endpoints.onewire["box"]).exists()

    asyncio.run(run())


def test_a_foreign_endpoints_file_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('{"pid": 1}')
    with pytest.raises(ValueError, match=FILE_NAME):
        read_endpoints(tmp_path)


def test_a_taken_port_is_named_and_nothing_is_announced(tmp_path: Path) -> None:
    async def run(base_port: int) -> None:
        with pytest.raises(PortTaken, match=rf"school/gw: .*:{base_port} .*--base-port"):
            async with _running(tmp_path, base_port=base_port):
                raise AssertionError("it started")

    with socket.create_server(("127.0.0.1", 0)) as taken:
        asyncio.run(run(taken.getsockname()[1]))
    assert read_endpoints(tmp_path / "run") is None


def _arguments(*words: str) -> Namespace:
    parser = ArgumentParser()
    cli.add_parser(parser.add_subparsers())
    return parser.parse_args(["sim", *words])


def test_a_bad_world_or_scenario_is_one_line_and_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = tmp_path / "w.toml"
    world.write_text(SMALL.replace('kind = "canteen"', 'kind = "ship"'), encoding="utf-8")
    assert cli.run(_arguments("--world", str(world), "--dir", str(tmp_path / "d"))) == 2
    scenario = tmp_path / "s.toml"
    scenario.write_text("[scenario]\n", encoding="utf-8")
    assert cli.run(_arguments("--world", "demo", "--scenario", str(scenario), "--dir", str(tmp_path / "d"))) == 2
    assert cli.run(_arguments("--world", "nowhere", "--dir", str(tmp_path / "d"))) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        f"{world}: site[school].kind: 'ship' is not known (one of: canteen, restaurant, pharmacy, grain)",
        f"{scenario}: scenario.name_zh: is missing (write it in quotes)",
        "nowhere: No such file or directory (give the path of an existing file)",
    ]
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize("words", [("--scale", "0"), ("--scale", "nan"), ("--base-port", "70000"), ("--scale", "fast")])
def test_bad_arguments_are_refused(words: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        _arguments("--world", "demo", "--dir", "d", *words)
    assert caught.value.code == 2 and words[0] in capsys.readouterr().err


def test_the_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        _arguments("--help")
    assert "larder sim --world demo" in capsys.readouterr().out


@pytest.mark.process
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_demo_starts_as_a_process_and_stops_cleanly(tmp_path: Path, how: signal.Signals) -> None:
    words = ["--world", str(DEMO_WORLD), "--scenario", str(QUIET_SCENARIO), "--dir", str(tmp_path), "--base-port", "0"]
    environment = {**os.environ, "PYTHONPATH": str(FIRMWARE_SIM), "PYTHONWARNINGS": "error", "PYTHONUTF8": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "larder_sim", *words],
        env=environment,
        text=True,
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()  # it is printed when all listens, or the stream ends
        endpoints = read_endpoints(tmp_path)
        process.send_signal(how)
        rest, complaints = process.communicate(timeout=DEADLINE_S)
    assert "刚察县" in first and FILE_NAME in first and rest == ""
    assert endpoints is not None and len(endpoints.modbus) == 5 and len(endpoints.rtsp) == 6
    assert len(endpoints.onewire) == 6
    assert (process.returncode, complaints) == (0, "")
    assert read_endpoints(tmp_path) is None
