"""A furnished county, and somebody who asks about it."""

import pytest

from larder_hub.web.app import build_web
from tests.support.web_client import Caller
from tests.support.web_world import World


@pytest.fixture
def world() -> World:
    return World().furnish()


@pytest.fixture
def ask(world: World) -> Caller:
    return Caller(build_web(world.services()))
