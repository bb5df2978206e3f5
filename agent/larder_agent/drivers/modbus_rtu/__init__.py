"""Temperature and humidity transmitters and grain cables on an RS-485 line, read through this machine's own serial port, or through a
converter that passes the bytes of the line over TCP.

line_settings.py  the settings: a line and its points
frames.py         requests and answers as bytes: pure
wire.py           the bytes of a serial port, and of a TCP connection, in bounded time
line.py           one request, one answer
driver.py         the driver: `larder_agent.drivers.modbus` over such a line
"""

from larder_agent.drivers.modbus_rtu.driver import open_driver

__all__ = ["open_driver"]
