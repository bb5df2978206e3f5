"""The ways in which simulated hardware fails. The first of each is what a scenario gets that names none."""

TRANSMITTER_FAULTS = ("silent", "gateway-exception", "0x8000")
"""silent: no answer at all. gateway-exception: 0x0B. 0x8000: it answers, with the code of a broken probe."""

PROBE_FAULTS = ("gone", "crc", "power-on", "disconnected")
"""gone: no folder. crc: the lines end in NO. power-on: 85 °C, CRC good. disconnected: -127 °C, CRC good."""

CAMERA_FAULTS = ("unplugged", "hang", "no-stream", "wrong-password")
"""unplugged: nothing listens, open connections are reset. hang: accepts and never answers. no-stream: DESCRIBE is 503.
wrong-password: somebody changed the camera's password, so every DESCRIBE is 401."""

HEALTHY = "healthy"
"""What a camera is that has none of these."""
