"""DS18B20 probes on the kernel's 1-wire bus.

scratchpad.py   what the kernel's text says, checked: pure
driver.py       reading the files, and what was read before
"""

from larder_agent.drivers.onewire.driver import open_driver

__all__ = ["open_driver"]
