"""Fixtures that start real programs, and end them whatever the test does.

In ``tests/conftest.py``: ``pytest_plugins = ["tests.support.fixtures"]``.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from larder_cli.broker import BrokerUser
from tests.support.brokers import Broker, broker_of
from tests.support.gammu import GammuSmsd

BrokerFactory = Callable[[str, Sequence[BrokerUser]], Broker]


def _factory(stack: ExitStack, folder: Callable[[], Path]) -> BrokerFactory:
    def start(kind: str, users: Sequence[BrokerUser]) -> Broker:
        broker = broker_of(kind, folder(), users)
        stack.callback(broker.kill)
        broker.start()
        return broker

    return start


@pytest.fixture
def start_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerFactory]:
    """``start_broker("mosquitto" or "nats", users)``: a running broker of this test alone."""
    with ExitStack() as stack:
        yield _factory(stack, lambda: tmp_path_factory.mktemp("broker"))


@pytest.fixture(scope="session")
def start_shared_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerFactory]:
    """The same for the whole session: one broker for each (kind, users), never to be stopped by a test."""
    running: dict[tuple[str, tuple[BrokerUser, ...]], Broker] = {}
    with ExitStack() as stack:
        start = _factory(stack, lambda: tmp_path_factory.mktemp("broker"))

        def start_once(kind: str, users: Sequence[BrokerUser]) -> Broker:
            key = (kind, tuple(users))
            if key not in running:
                running[key] = start(kind, users)
            return running[key]

        yield start_once


@pytest.fixture
def gammu(tmp_path: Path) -> Iterator[GammuSmsd]:
    """A running gammu-smsd with a dummy phone."""
    smsd = GammuSmsd(tmp_path / "sms")
    with ExitStack() as stack:
        stack.callback(smsd.stop)
        smsd.start()
        yield smsd
