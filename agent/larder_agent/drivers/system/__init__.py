"""How this machine itself is: disk, memory, processor, clock, network link.

measures.py   each quantity: its unit, and where it is read
driver.py     the driver
"""

from larder_agent.drivers.system.driver import open_driver

__all__ = ["open_driver"]
