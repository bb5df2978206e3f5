"""Sensors that the kernel reads: hwmon and IIO chips, on I2C, SPI or the board itself.

driver.py   finding a chip by its name, and reading its files
"""

from larder_agent.drivers.hwmon.driver import open_driver

__all__ = ["open_driver"]
