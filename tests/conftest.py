"""For all tests."""

pytest_plugins = ["tests.support.fixtures", "tests.chaos.table"]
