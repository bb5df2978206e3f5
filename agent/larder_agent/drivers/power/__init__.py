"""Mains, batteries and UPS that the kernel knows (power_supply).

driver.py   reading their files
"""

from larder_agent.drivers.power.driver import open_driver

__all__ = ["open_driver"]
