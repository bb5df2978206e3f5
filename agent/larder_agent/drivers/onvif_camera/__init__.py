"""The heartbeat of a camera that is asked, in the words of ONVIF, where its picture is.

soap.py        questions and answers of SOAP 1.2 as bytes, with the digest of WS-Security; XML without entities
questions.py   what is asked of the device and its media service, and what the answers say
driver.py      the order of the questions, and the picture
"""

from larder_agent.drivers.onvif_camera.driver import open_driver

__all__ = ["open_driver"]
