"""The link where even its library cannot be loaded: it says so and tries again, and ends nothing."""

import sys
from random import Random
from threading import Event, Thread

import pytest

from larder_agent.mqtt import BrokerLink, Disconnected, Endpoint, LinkEvent
from larder_core.names import Address
from tests.support.waiting import wait_for


def test_a_library_that_cannot_be_loaded_is_a_connection_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "larder_agent.session", None)  # what the import system makes an ImportError of
    told, stop = list[LinkEvent](), Event()
    endpoint = Endpoint("127.0.0.1", 1, 30, "box", None, None)
    link = BrokerLink(endpoint, Address("632224", "minzhong", "box"), lambda: b"", told.append, Random(1))
    thread = Thread(target=link.run, args=(stop,))
    thread.start()
    wait_for(lambda: len(told) >= 2, "it tries again", 30)
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
    assert all(isinstance(one, Disconnected) and one.word == "modulenotfounderror" for one in told)
