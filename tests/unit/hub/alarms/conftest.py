from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.incidents import County


@pytest.fixture
def county_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., County]]:
    """`county_of(register(...), kill_often=...)`: a county with a file of its own."""
    with ExitStack() as stack:

        def made(*words: Any, **named: Any) -> County:
            folder: Path = tmp_path_factory.mktemp("county")
            county = County(folder, *words, **named)
            stack.callback(county.close)
            return county

        yield made


@pytest.fixture
def county(county_of: Callable[..., County]) -> County:
    return county_of()
