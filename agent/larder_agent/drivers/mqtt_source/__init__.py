"""Readings that other people's devices publish over MQTT: Zigbee2MQTT, Tasmota, ESPHome, Shelly.

profiles/        one TOML file a family of devices: topics, where a quantity stands, how its time and its absence are told
profiles.py      such a file, checked
payload.py       a payload into numbers and times: pure
watch.py         what was heard last of each point, and what may be said of it now: pure
subscription.py  the connection to the broker, in a thread of its own
driver.py        settings, and the samples

Such a device signs nothing, and whoever may write to its topic can write its readings: its readings are relayed, not witnessed.
"""

from larder_agent.drivers.mqtt_source.driver import open_driver

__all__ = ["open_driver"]
