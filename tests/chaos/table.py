"""A plugin of pytest: which rows run (`LARDER_CHAOS=all` for every one, as `make chaos` does), and the table of what they showed.

Tests may run in workers of pytest-xdist: what a row is and what it measured travels with each test's report.
"""

import os
from typing import Any, NamedTuple

import pytest

from tests.chaos.rows import Row, row_of

ALL = os.environ.get("LARDER_CHAOS") == "all"
ROW = "row of the fault table"


class Shown(NamedTuple):
    row: Row
    outcome: str
    seconds: float
    measured: str


_left: set[int] = set()
_shown: list[Shown] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Rows that are not quick are left to `make chaos`, and said to be."""
    rows = [(item, row) for item in items if (row := row_of(item)) is not None]
    for item, row in rows:
        item.user_properties.append((ROW, list(row)))
    left = [] if ALL else [(item, row) for item, row in rows if not row.quick]
    _left.update(row.number for _, row in left)
    config.hook.pytest_deselected(items=[item for item, _ in left])
    items[:] = [item for item in items if item not in [one for one, _ in left]]


def pytest_sessionfinish(session: pytest.Session) -> None:
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["rows_left"] = sorted(_left)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    _left.update(getattr(node, "workeroutput", {}).get("rows_left", []))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    properties = dict(report.user_properties)
    if ROW in properties and (report.when == "call" or report.failed):
        measured = ", ".join(f"{name}={value}" for name, value in properties.items() if name != ROW)
        _shown.append(Shown(Row(*properties[ROW]), report.outcome, report.duration, measured))  # type: ignore[misc]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    write = terminalreporter.write_line
    if _shown:
        terminalreporter.section("faults injected into real processes")
    for row, outcome, seconds, measured in sorted(_shown, key=lambda one: one.row.number):
        write(f"{row.number:>2} {outcome:<6} {seconds:5.1f} s  {row.fault}: {row.injection}")
        write(f"             expected: {row.expected}; {row.metric}: {measured or 'see the test'}")
    if _left:
        write(f"{len(_left)} more rows of the fault table are run by make chaos")
