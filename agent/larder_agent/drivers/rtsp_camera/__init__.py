"""Is the camera there, and does its picture advance? Asked and played as any player would, and nothing is decoded.

sdp.py        which video a description offers, and where to set it up
message.py    requests, answers and interleaved packets as bytes
rtp.py        packets into pictures, without decoding: do they advance, do they repeat
exchange.py   OPTIONS, DESCRIBE, SETUP, PLAY, with proof: the next request, or the verdict; no I/O
driver.py     the socket, the deadline, the samples
"""

from larder_agent.drivers.rtsp_camera.driver import open_driver

__all__ = ["open_driver"]
