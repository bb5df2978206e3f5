"""What strangers do on the broker: replay, alter a byte, forge receipts, flood. They know the passwords, and no key."""

import time
from random import Random

from larder_cli.broker.users import HUB
from larder_core.names import Address
from larder_core.signing import Key
from tests.chaos.arena import STRUCK, Arena
from tests.support.brokers import Broker
from tests.support.mqtt import MqttClient, Received

GARBAGE = (
    b"",
    b"\xff{",
    b"{}",
    b'{"trailer":1,',
    b"\x00" * 3000,
    b"[" * 2000,
    b'{"receipt":1,"device":"x","sig":"' + b"A" * 86 + b'"}',
)


def addresses(arena: Arena) -> dict[str, Address]:
    plan = arena.stage.plan
    return {device: Address(site.county, site.id, device) for site, device in plan.devices if device in STRUCK}


def broker_of(arena: Arena) -> Broker:
    return arena.stage.broker  # type: ignore[return-value]


def replay(arena: Arena, for_s: float, seed: int) -> None:
    """Listen as the hub's user, then say everything again, as it was and with one byte altered, in another order."""
    rng, heard, until = Random(seed), list[Received](), time.monotonic() + for_s / 2
    with MqttClient(broker_of(arena), HUB, client_id="stranger") as ear:
        ear.subscribe("larder/v1/+/+/+/+")
        while time.monotonic() < until:
            heard.append(ear.next())
    spoken = [one for one in heard if one.payload and one.topic.split("/")[4] in STRUCK]
    rng.shuffle(spoken)
    for device in STRUCK:
        mine = [one for one in spoken if one.topic.split("/")[4] == device and not one.topic.endswith("receipt")]
        with MqttClient(broker_of(arena), device, client_id=f"thief-of-{device}") as thief:
            for one in mine:
                thief.publish(one.topic, one.payload)
                thief.publish(one.topic, altered(one.payload, rng))
    with MqttClient(broker_of(arena), HUB, client_id="stranger") as mouth:
        for one in (one for one in spoken if one.topic.endswith("receipt")):
            mouth.publish(one.topic, altered(one.payload, rng))
            mouth.publish(one.topic, one.payload)


def altered(payload: bytes, rng: Random) -> bytes:
    place = rng.randrange(len(payload))
    return payload[:place] + bytes([payload[place] ^ (1 << rng.randrange(8))]) + payload[place + 1 :]


def forge(arena: Arena, seed: int) -> None:
    """Receipts by a key of their own (all is safe, frozen, a far generation), and rubbish on every channel of both devices."""
    stranger = Key(seed.to_bytes(32, "big"))
    with MqttClient(broker_of(arena), HUB, client_id="stranger") as mouth:
        for device, address in addresses(arena).items():
            for piece in (*GARBAGE, forged_receipt(device, stranger)):
                mouth.publish(address.topic("receipt"), piece, retain=bool(piece) and seed % 2 == 0)
    for device, address in addresses(arena).items():
        with MqttClient(broker_of(arena), device, client_id=f"thief-of-{device}") as thief:
            for channel in ("entry", "birth", "status", "reply"):
                for piece in GARBAGE:
                    thief.publish(address.topic(channel), piece)


def forged_receipt(device: str, key: Key) -> bytes:
    line = (
        f'{{"receipt":1,"device":"{device}","stream":"{"0" * 32}","generation":99,"upto":9,"upto_hash":"{"A" * 43}","have":[],'
        f'"refused":[],"safe":9,"safe_hash":"{"A" * 43}","announced":[],"frozen":true,"credit":0,"hub_time":0,"unproven":[]'
    ).encode()
    return line + b',"sig":"' + _text(key(line)) + b'"}'


def _text(signature: bytes) -> bytes:
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(signature).rstrip(b"=")


def flood(arena: Arena, for_s: float) -> None:
    """The second device sends rubbish as fast as one client can, twice a millisecond at most."""
    device = STRUCK[1]
    topic = addresses(arena)[device].topic("entry")
    until, n = time.monotonic() + for_s, 0
    with MqttClient(broker_of(arena), device, client_id="flooder") as client:
        while time.monotonic() < until:
            for _ in range(20):
                client.flood(topic, b"rubbish %d" % n)
                n += 1
            client.gone.wait(0.01)
