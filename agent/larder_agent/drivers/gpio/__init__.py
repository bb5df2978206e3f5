"""Digital inputs of this machine: a door, mains, a float switch.

lines.py    the kernel's GPIO character device
driver.py   the driver
"""

from larder_agent.drivers.gpio.driver import open_driver

__all__ = ["open_driver"]
