"""The dead-man's pulse: a reading that turns between 0 and 1, so that a watcher can miss it.

driver.py   the driver
"""

from larder_agent.drivers.pulse.driver import open_driver

__all__ = ["open_driver"]
