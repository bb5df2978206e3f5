"""The heartbeat of a camera by its still picture over HTTP.

driver.py     one snapshot a probe, or the first picture of an MJPEG stream
"""

from larder_agent.drivers.http_camera.driver import open_driver

__all__ = ["open_driver"]
