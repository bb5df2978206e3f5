"""The embedded MQTT broker: nats-server in its MQTT mode, with one user for each device.

===============  =======================================================================
``users``        who may connect: the hub, a watcher, the devices; their file
``nats_config``  users and limits in, the text of the configuration out
``connack``      asks a broker for a CONNACK over a plain socket
``nats_server``  ``NatsBroker``: writes the files, starts the binary, waits, stops it
``cli``          ``larder broker``
===============  =======================================================================

It speaks MQTT 3.1.1 only, knows no shared subscriptions, and takes a client's word for its client id, so that one
device can push another off the line. That is fine on one machine; a county uses Mosquitto (``deploy/mosquitto``).
"""

from larder_cli.broker.nats_server import BrokerUnavailable, NatsBroker
from larder_cli.broker.users import BrokerUser

__all__ = ["BrokerUnavailable", "BrokerUser", "NatsBroker"]
