"""Temperature and humidity transmitters that speak Modbus TCP, or Modbus RTU behind a gateway.

points.py      the settings: a gateway and its points
blocks.py      which registers are read in one request
registers.py   registers to a Sample
connection.py  one request, one answer, in bounded time
driver.py      read(): every block once, and what a failure says about the other points
"""

from larder_agent.drivers.modbus_tcp.driver import open_driver

__all__ = ["open_driver"]
