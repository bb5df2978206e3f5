"""The ways in which simulated hardware fails. The first of each is what a scenario gets that names none."""

LYING_FAULTS = ("stuck", "drift", "jump")
"""Values that look good: stuck: always the same; drift: 1 K more each hour, 15 K at most; jump: now and then 20 K too much."""

TRANSMITTER_FAULTS = ("silent", "gateway-exception", "0x8000", *LYING_FAULTS)
"""silent: no answer at all. gateway-exception: 0x0B. 0x8000: it answers, with the code of a broken probe."""

PROBE_FAULTS = ("gone", "crc", "power-on", "disconnected", *LYING_FAULTS)
"""gone: no folder. crc: the lines end in NO. power-on: 85 °C, CRC good. disconnected: -127 °C, CRC good."""

CAMERA_FAULTS = ("unplugged", "hang", "no-stream", "wrong-password", "frozen", "dark", "covered", "rebooting")
"""unplugged: nothing listens, open connections are reset. hang: accepts and never answers. no-stream: DESCRIBE is 503.
wrong-password: somebody changed the camera's password, so every DESCRIBE is 401. frozen: it streams, and always the same
picture. dark, covered: so is what it sees. rebooting: 2 s of every 4 nothing listens."""

HEALTHY = "healthy"
"""What a camera is that has none of these."""
