"""What Larder needs of a broker, on the real ones: Mosquitto from the deployed files, and the embedded nats-server."""

import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from larder_cli.broker import BrokerUser
from larder_cli.broker.connack import ACCEPTED, BAD_CREDENTIALS, NOT_AUTHORISED, connack
from tests.support.brokers import KINDS, REPOSITORY, SETUP, Broker, MosquittoBroker, broker_of
from tests.support.fixtures import BrokerFactory
from tests.support.mqtt import MqttClient

pytestmark = pytest.mark.process

A, B = "menyuan-017", "qilian-2"
USERS = (
    BrokerUser(name="hub", password="hub-password"),
    BrokerUser(name="watch", password="watch-password"),
    BrokerUser(name=A, password="password-of-a", county="632221", site="school-17"),
    BrokerUser(name=B, password="password-of-b", county="632222", site="school-2"),
)
TOPIC_A = f"larder/v1/632221/school-17/{A}"
TOPIC_B = f"larder/v1/632222/school-2/{B}"
PACKET_LIMIT = 160 * 1024


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def broker(kind: str, start_shared_broker: BrokerFactory) -> Broker:
    return start_shared_broker(kind, USERS)


@pytest.fixture
def mosquitto(start_broker: BrokerFactory) -> MosquittoBroker:
    broker = start_broker("mosquitto", USERS)
    assert isinstance(broker, MosquittoBroker)
    return broker


def trust(ca_file: Path | None) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=str(ca_file)) if ca_file else None


@pytest.mark.parametrize(
    ("user", "password"),
    [(A, "wrong"), (A, ""), ("nobody", "password-of-a"), ("hub", "password-of-a"), ("", ""), (None, "")],
)
def test_a_wrong_password_is_refused(broker: Broker, user: str | None, password: str) -> None:
    tls = trust(broker.ca_file)
    assert connack(broker.host, broker.port, A, broker.password(A), tls=tls) == ACCEPTED
    refusals = (BAD_CREDENTIALS, NOT_AUTHORISED)
    assert connack(broker.host, broker.port, user, password, client_id="x", tls=tls) in refusals


@pytest.mark.parametrize("word", ["birth", "entry", "status", "reply"])
def test_what_a_device_says_reaches_the_hub(broker: Broker, word: str) -> None:
    with MqttClient(broker, "hub") as hub, MqttClient(broker, A) as device:
        assert hub.subscribe(f"larder/v1/+/+/+/{word}")
        device.publish(f"{TOPIC_A}/{word}", b"said")
        assert hub.next()[:3] == (f"{TOPIC_A}/{word}", b"said", 1)


@pytest.mark.parametrize("word", ["receipt", "config", "command"])
def test_what_the_hub_says_reaches_the_device(broker: Broker, word: str) -> None:
    with MqttClient(broker, "hub") as hub, MqttClient(broker, A) as device:
        assert device.subscribe(f"{TOPIC_A}/{word}")
        hub.publish(f"{TOPIC_A}/{word}", b"told")
        assert device.next()[:3] == (f"{TOPIC_A}/{word}", b"told", 1)


def test_the_hub_does_not_speak_as_a_device(broker: Broker) -> None:
    with MqttClient(broker, "watch") as watch, MqttClient(broker, "hub") as hub:
        assert watch.subscribe("larder/v1/+/+/+/+")
        hub.publish("larder/v1/632221/s/hub/entry", b"forged")
        hub.publish(f"{TOPIC_A}/entry", b"forged")
        hub.publish(f"{TOPIC_A}/receipt", b"control")
        assert [message.payload for message in watch.until(b"control")] == [b"control"]


FOREIGN = [f"{TOPIC_B}/entry", f"{TOPIC_B}/receipt", f"{TOPIC_A}/receipt", f"{TOPIC_A}/entry/x", "larder/v1/x"]


@pytest.mark.parametrize("topic", FOREIGN)
def test_a_device_writes_only_what_is_its_own(broker: Broker, topic: str) -> None:
    with MqttClient(broker, "watch") as watch, MqttClient(broker, "hub") as hub, MqttClient(broker, A) as device:
        assert watch.subscribe("larder/v1/+/+/+/+")
        assert hub.subscribe("larder/v1/+/+/+/entry")
        device.publish(topic, b"forged")  # acknowledged all the same
        device.publish(f"{TOPIC_A}/entry", b"own")
        for reader in (watch, hub):
            assert [message.payload for message in reader.until(b"own")] == [b"own"]


@pytest.mark.parametrize("topic", [f"{TOPIC_A}/receipt", f"{TOPIC_A}/entry", "larder/v1/632221/s/watch/entry"])
def test_a_watcher_sees_everything_and_writes_nothing(broker: Broker, topic: str) -> None:
    with MqttClient(broker, "watch") as watch, MqttClient(broker, "hub") as hub, MqttClient(broker, A) as device:
        assert watch.subscribe("larder/v1/+/+/+/+")
        assert device.subscribe(f"{TOPIC_A}/receipt")
        watch.publish(topic, b"forged")
        hub.publish(f"{TOPIC_A}/receipt", b"control")
        assert [message.payload for message in device.until(b"control")] == [b"control"]
        assert [message.payload for message in watch.until(b"control")] == [b"control"]


FILTERS = [f"{TOPIC_B}/receipt", f"{TOPIC_B}/entry", "larder/v1/+/+/+/receipt", "larder/#", "#", "$MQTT/#", "$SYS/#"]


@pytest.mark.parametrize("topic_filter", FILTERS)
def test_a_device_reads_only_what_is_its_own(broker: Broker, topic_filter: str) -> None:
    with MqttClient(broker, "hub") as hub, MqttClient(broker, A) as device, MqttClient(broker, B) as other:
        assert device.subscribe(f"{TOPIC_A}/receipt")
        device.subscribe(topic_filter)  # Mosquitto grants it and delivers nothing
        hub.publish(f"{TOPIC_B}/receipt", b"not for a")
        other.publish(f"{TOPIC_B}/entry", b"not for a")
        hub.publish(f"{TOPIC_A}/receipt", b"for a")
        seen = device.until(b"for a")
        assert {message.topic for message in seen} == {f"{TOPIC_A}/receipt"}


def test_a_retained_status_is_given_to_a_new_subscriber(broker: Broker) -> None:
    with MqttClient(broker, A) as device:
        device.publish(f"{TOPIC_A}/status", b"head 7", retain=True)
    with MqttClient(broker, "hub") as hub:
        assert hub.subscribe("larder/v1/+/+/+/status")
        assert hub.next() == (f"{TOPIC_A}/status", b"head 7", 1, True)


def test_a_device_that_is_cut_off_leaves_its_will(broker: Broker) -> None:
    with MqttClient(broker, "hub") as hub:
        assert hub.subscribe(f"{TOPIC_B}/status")
        with MqttClient(broker, B, will=(f"{TOPIC_B}/status", b"offline")) as device:
            device.drop()
            assert hub.until(b"offline")[-1].topic == f"{TOPIC_B}/status"


def test_a_packet_over_the_limit_is_not_delivered(broker: Broker) -> None:
    with MqttClient(broker, "hub") as hub:
        assert hub.subscribe("larder/v1/+/+/+/entry")
        with MqttClient(broker, A) as device:
            largest = b"x" * (PACKET_LIMIT - 100)
            device.publish(f"{TOPIC_A}/entry", largest)
            assert hub.next().payload == largest
            device.send(f"{TOPIC_A}/entry", b"y" * (PACKET_LIMIT + 100))
            assert device.gone.wait(15), "the sender of a packet over the limit is cut off"
        with MqttClient(broker, A) as device:
            device.publish(f"{TOPIC_A}/entry", b"control")
        assert hub.next().payload == b"control"


def test_a_session_and_its_queue_survive_a_clean_restart(kind: str, start_broker: BrokerFactory) -> None:
    broker = start_broker(kind, USERS)
    with MqttClient(broker, A, clean=False) as device:
        assert device.subscribe(f"{TOPIC_A}/receipt")
    with MqttClient(broker, "hub") as hub:
        for n in range(20):
            hub.publish(f"{TOPIC_A}/receipt", b"%d" % n)
    broker.stop()
    broker.start()
    with MqttClient(broker, A, clean=False) as device:
        assert device.session_present
        assert [device.next().payload for _ in range(20)] == [b"%d" % n for n in range(20)]


def test_a_killed_broker_comes_back_with_its_users(kind: str, start_broker: BrokerFactory) -> None:
    broker = start_broker(kind, USERS)
    broker.kill()
    with pytest.raises(ConnectionRefusedError):
        connack(broker.host, broker.port, A, broker.password(A), tls=trust(broker.ca_file))
    broker.start()
    assert connack(broker.host, broker.port, A, broker.password(A), tls=trust(broker.ca_file)) == ACCEPTED


def test_a_paused_broker_answers_nothing_until_it_goes_on(kind: str, start_broker: BrokerFactory) -> None:
    broker = start_broker(kind, USERS)
    broker.pause()
    with pytest.raises(TimeoutError):
        connack(broker.host, broker.port, A, broker.password(A), tls=trust(broker.ca_file), timeout_s=0.3)
    broker.resume()
    assert connack(broker.host, broker.port, A, broker.password(A), tls=trust(broker.ca_file)) == ACCEPTED


# --- Mosquitto only: TLS, and what its README promises


def test_a_certificate_of_another_ca_is_refused(mosquitto: MosquittoBroker, tmp_path: Path) -> None:
    other = broker_of("mosquitto", tmp_path, USERS)
    assert isinstance(other, MosquittoBroker)
    other.setup()
    with pytest.raises(ssl.SSLCertVerificationError):
        connack(mosquitto.host, mosquitto.port, A, mosquitto.password(A), tls=trust(other.ca_file))


def test_a_name_that_is_not_in_the_certificate_is_refused(mosquitto: MosquittoBroker) -> None:
    context = ssl.create_default_context(cafile=str(mosquitto.ca_file))
    refused = pytest.raises(ssl.SSLCertVerificationError, match=r"broker\.example")
    with socket.create_connection((mosquitto.host, mosquitto.port)) as plain, refused:
        context.wrap_socket(plain, server_hostname="broker.example")


def test_without_tls_there_is_no_answer(mosquitto: MosquittoBroker) -> None:
    with pytest.raises(OSError):
        connack(mosquitto.host, mosquitto.port, A, mosquitto.password(A))


def test_a_device_cannot_take_over_the_hubs_session(mosquitto: MosquittoBroker) -> None:
    with MqttClient(mosquitto, "hub") as hub, MqttClient(mosquitto, A, client_id="hub") as device:
        assert hub.subscribe("larder/v1/+/+/+/entry")
        device.publish(f"{TOPIC_A}/entry", b"still here")
        assert hub.next().payload == b"still here"


def test_revoking_a_device_cuts_its_session_and_no_other(mosquitto: MosquittoBroker) -> None:
    with MqttClient(mosquitto, A) as revoked, MqttClient(mosquitto, B) as kept, MqttClient(mosquitto, "hub") as hub:
        mosquitto.revoke(A)
        assert revoked.gone.wait(15), "the revoked device is still connected"
        assert hub.subscribe("larder/v1/+/+/+/entry")
        kept.publish(f"{TOPIC_B}/entry", b"still here")
        assert hub.next().payload == b"still here"
    again = MqttClient(mosquitto, A)
    assert again.connect() == "Not authorized"
    again.close()


def test_only_paths_user_and_port_differ_from_the_deployed_file(tmp_path: Path) -> None:
    broker = broker_of("mosquitto", tmp_path, USERS)
    assert isinstance(broker, MosquittoBroker)
    broker.setup()
    deployed = (REPOSITORY / "deploy/mosquitto/mosquitto.conf").read_text("utf-8").splitlines()
    rendered = (tmp_path / "etc" / "mosquitto.conf").read_text("utf-8").splitlines()
    changed = {old.split()[0] for old, new in zip(deployed, rendered, strict=True) if old != new}
    paths = {"password_file", "acl_file", "persistence_location", "cafile", "certfile", "keyfile"}
    assert changed <= paths | {"user", "listener"}
    assert paths <= changed, f"{paths - changed} would point outside the test's folder"


def test_setup_again_keeps_the_ca_the_certificate_and_the_passwords(tmp_path: Path) -> None:
    broker = broker_of("mosquitto", tmp_path, USERS)
    assert isinstance(broker, MosquittoBroker)
    kept = ("ca.crt", "ca.key", "server.crt", f"credentials/{A}", "credentials/hub")
    broker.setup(devices=f"{A}\n")
    before = {name: (tmp_path / "etc" / name).read_bytes() for name in kept}
    broker.setup(devices=f"{B}\n")
    assert {name: (tmp_path / "etc" / name).read_bytes() for name in kept} == before
    users = [line.split(":")[0] for line in (tmp_path / "etc" / "passwords").read_text().splitlines()]
    assert users == sorted([A, B, "hub", "watch"])


@pytest.mark.parametrize("line", ["a/b", "a+b:password-1", "A:password-1", "x" * 33, "a b", "a:short", "a:pass:word-1"])
def test_setup_refuses_what_would_widen_a_pattern_or_cut_a_password(tmp_path: Path, line: str) -> None:
    folders = ["--dir", str(tmp_path / "etc"), "--state", str(tmp_path / "state")]
    words = [*folders, "--owner", "root", "--devices", "-", "localhost"]
    done = subprocess.run([SETUP, *words], input=f"{line}\n", capture_output=True, text=True)
    assert done.returncode == 2
    assert "line 1" in done.stderr
    assert not (tmp_path / "etc" / "passwords").exists()
