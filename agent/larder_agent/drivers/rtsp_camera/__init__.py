"""Is the camera there, and does it have a picture to give? Asked as any player would ask, without playing.

allow.py      which addresses may be asked at all
message.py    RTSP requests and answers as bytes
digest.py     proving the password without sending it
exchange.py   OPTIONS, DESCRIBE, DESCRIBE with proof: the next request, or the verdict; no I/O
driver.py     the socket, the deadline, the samples
"""

from larder_agent.drivers.rtsp_camera.driver import open_driver

__all__ = ["open_driver"]
