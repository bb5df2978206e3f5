"""Sensirion SHT3x and SHT4x on I2C, without a kernel driver for them.

measurement.py   six bytes to temperature and humidity, checked: pure
i2c.py           the kernel's I2C bus
driver.py        one measurement of each sensor
"""

from larder_agent.drivers.sht.driver import open_driver

__all__ = ["open_driver"]
