"""Temperature and humidity transmitters that speak Modbus TCP, or Modbus RTU behind a gateway.

gateway.py     the settings: a gateway and its points
frames.py      requests and answers as bytes: pure
connection.py  one request, one answer, in bounded time
driver.py      the driver: `larder_agent.drivers.modbus` over such a connection
"""

from larder_agent.drivers.modbus_tcp.driver import open_driver

__all__ = ["open_driver"]
