"""A plugin of pytest that runs the tests over a mutant: `python -m pytest -p tests.mutants.plugin --mutant NAME ...`."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.mutants.mutant import broken
from tests.mutants.table import MUTANTS


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--mutant", choices=sorted(MUTANTS), help="the code with this rule removed (tests/mutants/)")


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Iterator[None]:
    """Before any test module is imported: a module that takes a function by its name then takes the mutant's."""
    with ExitStack() as stack:
        if name := config.getoption("--mutant"):
            stack.enter_context(broken(MUTANTS[name]))
        return (yield)
