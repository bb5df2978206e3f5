"""Which rows run (`LARDER_CHAOS=all` for every one, as `make chaos` does), and the table of what they showed."""

import os

import pytest

from tests.chaos.rows import Row, row_of

ALL = os.environ.get("LARDER_CHAOS") == "all"
_left: list[Row] = []
_shown: list[tuple[Row, str, float, str]] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Rows that are not quick are left to `make chaos`, and said to be."""
    if ALL:
        return
    left = [item for item in items if (row := row_of(item)) is not None and not row.quick]
    _left.extend(row for item in left if (row := row_of(item)) is not None)
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    report = yield
    row = row_of(item)
    if row is not None and (report.when == "call" or report.failed):
        measured = ", ".join(f"{name}={value}" for name, value in report.user_properties)
        _shown.append((row, report.outcome, report.duration, measured))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    write = terminalreporter.write_line
    if _shown:
        terminalreporter.section("faults injected into real processes")
    for row, outcome, seconds, measured in sorted(_shown, key=lambda one: one[0].number):
        write(f"{row.number:>2} {outcome:<6} {seconds:5.1f} s  {row.fault}: {row.injection}")
        write(f"             expected: {row.expected}; {row.metric}: {measured or 'see the test'}")
    if _left:
        write(f"{len({row.number for row in _left})} more rows of the fault table are run by make chaos")
