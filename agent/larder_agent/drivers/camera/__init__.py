"""What the camera drivers share: how a camera is reached, and what is concluded from what it gave.

allow.py        which addresses may be asked at all
digest.py       proving the password without sending it
line.py         one connection with one deadline; failures as reason words
http_message.py requests and answers of HTTP/1.1 as bytes, with the first picture of a multipart stream
http_fetch.py   one document from a camera over HTTP: proof, redirects
pixels.py       a JPEG at an eighth of its size, as luma; only here is Pillow imported, and only if it is installed
life.py         none, pending, active, degraded, and why: pure
heartbeat.py    points and samples out of what probes saw
probing.py      one probe a reading: what the camera drivers have in common as Drivers
settings.py     the settings that every camera driver has
"""
