"""Links of counties over real sockets, and orders while a world runs."""

import asyncio
import json
import socket
from pathlib import Path

import pytest

from larder_sim.app import TRUTH_FILE, Settings, simulate
from larder_sim.endpoints import Endpoints
from larder_sim.occurrences import Occurrence
from larder_sim.orders import FILE_NAME, Orders
from larder_sim.plant import Plant, StepTaken
from larder_sim.scenario import Scenario
from larder_sim.steps import Step
from larder_sim.strict_toml import InputError
from larder_sim.uplinks import Uplink
from tests.unit.sim.worlds import small_world

DEADLINE_S = 10.0


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)
    writer.close()


def test_a_link_carries_bytes_until_it_is_cut_and_again_when_it_is_mended() -> None:
    async def run() -> None:
        broker = await asyncio.start_server(_echo, "127.0.0.1", 0)
        link = Uplink(broker.sockets[0].getsockname()[:2])
        port = await link.start("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        await link.set_cut(True)
        with pytest.raises(ConnectionError):
            if await reader.read(1) == b"":
                raise ConnectionResetError
        writer.close()
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", port)
        await link.set_cut(False)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"again")
        assert await reader.readexactly(5) == b"again"
        writer.close()
        await link.stop()
        broker.close()

    asyncio.run(asyncio.wait_for(run(), DEADLINE_S))


def test_orders_are_whole_lines_written_after_the_beginning(tmp_path: Path) -> None:
    world = small_world(tmp_path)
    file = tmp_path / FILE_NAME
    file.write_text('{"action": "power-cut", "site": "school"}\n')
    orders = Orders(tmp_path, world)
    orders.begin()
    assert list(orders.new(100)) == []
    with file.open("a") as sink:
        sink.write('{"action": "power-back", "site": "school"}\n{"action": "power-')
    assert list(orders.new(3725)) == [Step(3725, "power-back", "school")]
    with file.open("a") as sink:
        sink.write('cut", "everywhere": true}\n[]\n{"action": "dance"}\n')
    found = list(orders.new(4000))
    assert found[0] == Step(4000, "power-cut", "school")
    assert [isinstance(one, InputError) for one in found] == [False, True, True]


def test_an_order_and_a_countys_cut_link_show_on_the_wire(tmp_path: Path) -> None:
    """A scenario cuts every site of the county at once: connections to its port are refused, and the record says so."""

    async def run() -> None:
        broker = await asyncio.start_server(_echo, "127.0.0.1", 0)
        address = broker.sockets[0].getsockname()[:2]
        stop, started = asyncio.Event(), asyncio.get_running_loop().create_future()
        world = small_world(tmp_path)
        settings = Settings(tmp_path / "run", 60.0, 0, 7, log_served=False, uplink=address)
        task = asyncio.create_task(
            simulate(world, Scenario(Path("s.toml"), "试", "test", ()), settings, stop, started.set_result)
        )
        endpoints: Endpoints = await started
        at = endpoints.links["632224"]
        _, writer = await asyncio.open_connection(at.host, at.port)
        writer.close()
        (tmp_path / "run" / FILE_NAME).write_text('{"action": "link-cut", "county": "632224"}\n')
        with pytest.raises(OSError):
            while True:
                _, writer = await asyncio.open_connection(at.host, at.port)
                writer.close()
                await asyncio.sleep(0.02)
        stop.set()
        await task
        broker.close()

    asyncio.run(asyncio.wait_for(run(), DEADLINE_S))
    lines = [json.loads(line) for line in (tmp_path / "run" / TRUTH_FILE).read_text("utf-8").splitlines()]
    cut = [line for line in lines if line["kind"] == "event"]
    assert [(line["what"], line["target"], line["to_s"]) for line in cut] == [("link-cut", "school", None)]


def test_a_link_that_is_kept_is_cut_by_no_later_step(tmp_path: Path) -> None:
    """A demo that ends mends all links; its scenario goes on meanwhile."""
    world = small_world(tmp_path)
    steps = (Step(60, "link-cut", "school"), Step(300, "link-cut", "school"))
    plant = Plant(world, Scenario(Path("s.toml"), "试", "test", steps), 7)
    plant.advance(120)
    assert not plant.linked("school")
    plant.order(Step(120, "link-keep", "school"))
    found = plant.advance(600)
    assert plant.linked("school")
    assert [(one.from_s, one.to_s) for one in found if isinstance(one, Occurrence)] == [(60, 120)]
    assert [one.step.action for one in found if isinstance(one, StepTaken)] == ["link-keep"]


def test_a_gateway_keeps_its_port_over_a_power_cut(tmp_path: Path) -> None:
    """While the power is away nothing listens on it, and nobody else is given it."""

    async def run() -> None:
        stop, started = asyncio.Event(), asyncio.get_running_loop().create_future()
        settings = Settings(tmp_path / "run", 60.0, 0, 7, log_served=False)
        steps = (Step(0, "power-cut", "school"), Step(60, "power-back", "school"))
        scenario = Scenario(Path("s.toml"), "试", "test", steps)
        task = asyncio.create_task(simulate(small_world(tmp_path), scenario, settings, stop, started.set_result))
        at = (await started).modbus["school/gw"]

        async def answers() -> bool:
            try:
                _, writer = await asyncio.open_connection(at.host, at.port)
            except ConnectionRefusedError:
                return False
            writer.close()
            return True

        while await answers():
            await asyncio.sleep(0.02)
        with pytest.raises(OSError), socket.socket() as thief:
            thief.bind((at.host, at.port))
        while not await answers():
            await asyncio.sleep(0.02)
        stop.set()
        await task

    asyncio.run(asyncio.wait_for(run(), DEADLINE_S))
