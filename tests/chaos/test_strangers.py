"""Who is not who they seem: a wrong host, a certificate that is over, a rotated authority, a second client, a forged receipt.
Rows 29, 35, 36 and 37."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from larder_cli.broker.users import HUB, BrokerUser
from larder_cli.demo.plan import BrokerAddress
from larder_cli.demo.stage import Stage
from larder_core.names import Address
from larder_core.receipt import Receipt, write_receipt
from larder_core.signing import Key
from tests.chaos.lines import proxied
from tests.chaos.measures import balanced, counts, hub_metric, watch
from tests.chaos.rows import row, row_over_both
from tests.support.brokers import Broker, MosquittoBroker, free_port
from tests.support.mqtt import MqttClient
from tests.support.stages import grows, logs, staged, stored
from tests.support.waiting import wait_for

pytestmark = pytest.mark.process
both = pytest.mark.parametrize("kind", ["nats", "mosquitto"])
Show = Callable[[str, object], None]
REJECTED = "connect_failures.sslcertverificationerror"


def another(folder: Path, stage: Stage) -> MosquittoBroker:
    """A broker of another authority, for the same names and users: an impostor, or the same broker after a rotation."""
    users = [BrokerUser(HUB, stage.plan.secret(HUB).read_text())]
    users += [
        BrokerUser(device, stage.plan.secret(device).read_text(), site.county, site.id)
        for site, device in stage.plan.devices
    ]
    return MosquittoBroker(folder, free_port(), users)


@row(29, "wrong IP address", injection="the broker's address leads to a broker of another authority",
     expected="its certificate is refused; nothing is told to it", metric=REJECTED)  # fmt: skip
def test_a_wrong_host_is_refused(tmp_path: Path, record_property: Show) -> None:
    with proxied(tmp_path / "stage", "mosquitto", "agent") as (stage, proxy):
        grows(stage, 20)
        impostor = another(tmp_path / "impostor", stage)
        impostor.start()
        try:
            right, proxy.upstream = proxy.upstream, (impostor.host, impostor.port)
            proxy.reset()
            wait_for(lambda: counts(stage)[REJECTED] >= 2, f"the certificate is refused\n{logs(stage)}", 20)
            record_property("tls_reject", counts(stage)[REJECTED])
            assert "New client connected" not in impostor.log.read_text()
        finally:
            impostor.stop()
        proxy.upstream = right
        grows(stage, 20)
        balanced(stage)


def end_yesterday(etc: Path) -> None:
    """The same certificate by the same authority, but over."""

    def openssl(*words: str) -> None:
        done = subprocess.run(["openssl", "x509", *words], cwd=etc, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    openssl(
        "-x509toreq", "-in", "good.crt", "-signkey", "server.key", "-copy_extensions", "copyall", "-out", "again.csr"
    )
    openssl("-req", "-in", "again.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-set_serial", "77", "-days", "-1",
            "-copy_extensions", "copyall", "-out", "server.crt")  # fmt: skip


@row(35, "broker certificate expired", injection="certificate that ended yesterday, SIGHUP",
     expected="nobody connects, and it is said why", metric=f"{REJECTED}, larder_broker_disconnects_total, log")  # fmt: skip
def test_an_expired_certificate_is_named(tmp_path: Path, record_property: Show) -> None:
    with proxied(tmp_path, "mosquitto", "agent", "hub") as (stage, proxy):
        assert isinstance(stage.broker, MosquittoBroker)
        grows(stage, 20)
        etc = stage.broker.dir / "etc"
        shutil.copy(etc / "server.crt", etc / "good.crt")
        end_yesterday(etc)
        stage.broker.reload()
        proxy.reset()
        wait_for(lambda: counts(stage)[REJECTED] > 0, f"agents refuse it\n{logs(stage)}", 20)
        lost = lambda: hub_metric(stage, "larder_broker_disconnects_total", reason="sslcertverificationerror")  # noqa: E731
        wait_for(lambda: lost() > 0, f"the hub refuses it\n{logs(stage)}", 20)
        for program in ("agent", "hub"):
            assert "certificate has expired" in (tmp_path / "logs" / f"{program}.log").read_text()
        record_property("tls_reject", counts(stage)[REJECTED])
        shutil.copy(etc / "good.crt", etc / "server.crt")
        stage.broker.reload()
        grows(stage, 20, 40)
        balanced(stage)


@row(35, "broker's authority rotated", injection="server certificate of a new authority; clients trust both",
     expected="old and new overlap: nobody is refused", metric=f"{REJECTED} = 0", quick=True)  # fmt: skip
def test_an_authority_is_rotated_while_clients_trust_both(tmp_path: Path) -> None:
    bundle, both_trusted = tmp_path / "both.crt", []

    def trust_both(stage: Stage) -> None:
        assert isinstance(stage.broker, MosquittoBroker)
        renewed = another(tmp_path / "renewed", stage)
        renewed.setup()
        both_trusted.append(renewed)
        bundle.write_text("".join((one.dir / "etc" / "ca.crt").read_text() for one in (stage.broker, renewed)))
        at = BrokerAddress(stage.broker.host, stage.broker.port, bundle)
        stage.broker_for |= {"agent": at, "hub": at}

    with staged(tmp_path / "stage", "mosquitto", arrange=trust_both) as stage:
        grows(stage, 20)
        for file in ("ca.crt", "ca.key", "server.crt", "server.key"):
            shutil.copy(both_trusted[0].dir / "etc" / file, stage.plan.broker_dir / "etc" / file)
        stage.kill("broker")
        stage.restart("broker")  # waits until a client that trusts the new authority alone has been answered
        grows(stage, 20)
        assert counts(stage)[REJECTED] == 0
        balanced(stage)


@row(36, "duplicate client id", injection="a second client with the device's name, each time it is back",
     expected="the device comes back, ever more slowly; births count it",
     metric="larder_births_total{device}")  # fmt: skip
@both
def test_a_second_client_of_the_same_name(tmp_path: Path, kind: str, record_property: Show) -> None:
    with staged(tmp_path, kind) as stage:
        grows(stage, 20)
        device = stage.plan.devices[0][1]
        broker: Broker = stage.broker  # type: ignore[assignment]
        before = counts(stage)["connects"]
        for _ in watch(6.0, every_s=0.5):
            with MqttClient(broker, device):
                pass
        connects = counts(stage)["connects"] - before
        record_property("connects_in_6_s", connects)
        assert 1 <= connects <= 6, "once more after each pause, and the pauses grow"
        births = hub_metric(stage, "larder_births_total", device=device)
        record_property("births", births)
        assert births >= 2, "not each: some connections are taken over before the birth has left"
        grows(stage, 20, 40)
        balanced(stage)


@row_over_both(37, "retained garbage on the receipt topic", injection="retained: no JSON, a receipt by a stranger's key",
               expected="ignored", metric="receipts_ignored, frozen = 0, prune_refused = 0")  # fmt: skip
def test_a_forged_receipt_moves_nothing(tmp_path: Path, kind: str, record_property: Show) -> None:
    with staged(tmp_path, kind) as stage:
        grows(stage, 20)
        stage.stop_program("hub")
        stage.stop_program("agent")
        broker: Broker = stage.broker  # type: ignore[assignment]
        with MqttClient(broker, HUB, client_id="stranger") as stranger:
            for (site, device), forged in zip(stage.plan.devices, (b"\xff{", forged_receipt(stage)), strict=True):
                topic = Address(site.county, site.id, device).topic("receipt")
                stranger.publish(topic, forged, retain=True)
        stage.restart("agent")
        wait_for(lambda: _ignored(stage) >= 2, f"both are ignored {counts(stage)}\n{logs(stage)}")
        record_property("receipts_ignored", _ignored(stage))
        assert (counts(stage)["frozen"], counts(stage)["prune_refused"], counts(stage)["pruned"]) == (0, 0, 0)
        stage.restart("hub")
        grows(stage, 20)
        assert stored(stage) > 20
        balanced(stage)


def _ignored(stage: Stage) -> int:
    return sum(times for name, times in counts(stage).items() if name.startswith("receipts_ignored"))


def forged_receipt(stage: Stage) -> bytes:
    """For the second device: everything is safe, says a stranger."""
    device = stage.plan.devices[1][1]
    receipt = Receipt.model_validate(
        {"receipt": 1, "device": device, "stream": "0" * 32, "generation": 99, "upto": 9, "upto_hash": "A" * 43, "have": [],
         "refused": [], "safe": 9, "safe_hash": "A" * 43, "announced": [], "frozen": True, "credit": 0, "hub_time": 0,
         "unproven": []}
    )  # fmt: skip
    return write_receipt(receipt, Key(b"\x07" * 32))
