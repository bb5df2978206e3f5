"""Both clouds over the wire formats of their documents: sent once, whatever happens to the answer, and followed to the receipt."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from larder_hub.config import AliyunConfig, ConfigError, SmsConfig, TencentConfig
from larder_hub.notices.drivers import drivers_of
from larder_hub.notices.https import Endpoint
from larder_hub.notices.port import Accepted, Delivery, Failed, SmsDriver, Unknown
from larder_hub.notices.templates import templates
from larder_hub.notices.texts import Letterhead
from tests.support.sms_cloud import KEY_ID, SECRET, SmsCloud

PHONE = "+8613800138000"
TEXT = "【海北食安】超温：刚察民中食堂冷藏柜2现零下18.4度，超零下15度已62分。请关门、移食品并签收 hbsa.cn/a 单4017"
FIELDS = ["刚察民中食堂冷藏柜2", "零下18.4度", "零下15度", "62分", "食品", "4017"]
CODES = {one.key: f"T{n}" for n, one in enumerate(templates(Letterhead(), "zh"))}


def driver(cloud: SmsCloud, folder: Path, timeout_s: float = 0.4, codes: dict[str, str] = CODES) -> SmsDriver:
    """A driver as the configuration makes it; each call is another process."""
    folder.mkdir(exist_ok=True)
    key = folder / "key"
    key.touch(mode=0o600)
    key.write_text(f"{SECRET}\n", encoding="utf-8")
    config = SmsConfig(
        driver=cloud.provider,  # type: ignore[arg-type]
        spool=folder / "sms",
        aliyun=AliyunConfig(
            access_key_id=KEY_ID, access_key_secret_file=key, templates=codes, endpoint=cloud.url, timeout_s=timeout_s
        ),
        tencent=TencentConfig(
            secret_id=KEY_ID,
            secret_key_file=key,
            sdk_app_id="1400006666",
            templates=codes,
            endpoint=cloud.url,
            timeout_s=timeout_s,
        ),
    )
    return drivers_of(config, folder / "hub.toml")[0]


@pytest.fixture(params=["aliyun", "tencent"])
def cloud(request: pytest.FixtureRequest) -> Iterator[SmsCloud]:
    with SmsCloud(request.param) as cloud:
        yield cloud
        assert cloud.bad_signatures == 0


def test_a_message_is_handed_over_as_template_and_fields(cloud: SmsCloud, tmp_path: Path) -> None:
    assert isinstance(driver(cloud, tmp_path).send(PHONE, TEXT, "ref-1"), Accepted)
    (taken,) = cloud.taken
    assert (taken.phone, taken.signature, taken.code) == ("13800138000", "海北食安", CODES["raise.warm"])
    assert [value for _, value in taken.fields] == FIELDS and taken.reference == "ref-1"


@pytest.mark.parametrize(("receipt", "delivery"), [(1, "waiting"), (2, "failed"), (3, "delivered")])
def test_the_receipt_is_followed_also_by_the_next_process(
    cloud: SmsCloud, tmp_path: Path, receipt: int, delivery: str
) -> None:
    driver(cloud, tmp_path).send(PHONE, TEXT, "ref-1")
    cloud.receipts["ref-1"] = receipt
    assert driver(cloud, tmp_path).status("ref-1") == delivery


def test_a_reference_is_sent_once(cloud: SmsCloud, tmp_path: Path) -> None:
    for _ in range(3):
        assert isinstance(driver(cloud, tmp_path).send(PHONE, TEXT, "ref-1"), Accepted)
    driver(cloud, tmp_path).send(PHONE, TEXT, "ref-2")
    assert [one.reference for one in cloud.taken] == ["ref-1", "ref-2"]


def test_what_was_never_handed_over_is_absent(cloud: SmsCloud, tmp_path: Path) -> None:
    assert driver(cloud, tmp_path).status("ref-1") is Delivery.ABSENT and cloud.requests == 0


@pytest.mark.parametrize("fault", ["cut-taken", "hang-taken"])
def test_an_answer_that_never_came_is_asked_for_and_nothing_is_sent_twice(
    cloud: SmsCloud, tmp_path: Path, fault: str
) -> None:
    cloud.faults = [fault]
    assert isinstance(driver(cloud, tmp_path).send(PHONE, TEXT, "ref-1"), Unknown)
    cloud.receipts["ref-1"] = 3
    assert driver(cloud, tmp_path).status("ref-1") is Delivery.DELIVERED
    assert isinstance(driver(cloud, tmp_path).send(PHONE, TEXT, "ref-1"), Accepted)
    assert len(cloud.taken) == 1


@pytest.mark.parametrize("fault", ["cut", "hang", "500", "html"])
def test_a_message_that_may_have_left_stays_unknown_and_is_not_repeated(
    cloud: SmsCloud, tmp_path: Path, fault: str
) -> None:
    cloud.faults = [fault]
    assert isinstance(driver(cloud, tmp_path).send(PHONE, TEXT, "ref-1"), Unknown)
    assert driver(cloud, tmp_path).status("ref-1") is Delivery.UNKNOWN
    assert isinstance(driver(cloud, tmp_path).send(PHONE, TEXT, "ref-1"), Unknown)
    assert cloud.taken == []


@pytest.mark.parametrize(
    ("fault", "retry", "personal", "hint"),
    [
        ("limit", True, True, "as many messages as"),
        ("throttle", True, False, "too many requests"),
        ("money", True, False, "no money"),
        ("clock", True, False, "clock"),
        ("keys", True, False, "access key"),
        ("template", False, False, "approved"),
        ("429", True, False, "in front of"),
    ],
)
def test_a_refusal_says_what_it_means(
    cloud: SmsCloud, tmp_path: Path, fault: str, retry: bool, personal: bool, hint: str
) -> None:
    cloud.faults = [fault]
    outcome = driver(cloud, tmp_path).send(PHONE, TEXT, "ref-1")
    assert isinstance(outcome, Failed)
    assert (outcome.retry, outcome.personal) == (retry, personal) and hint in outcome.reason
    assert driver(cloud, tmp_path).status("ref-1") is Delivery.FAILED
    assert SECRET not in outcome.reason and "13800138000" not in outcome.reason


def test_nobody_there_is_a_failure_that_is_safe_to_repeat(tmp_path: Path) -> None:
    with SmsCloud("aliyun") as gone:
        pass
    outcome = driver(gone, tmp_path).send(PHONE, TEXT, "ref-1")
    assert isinstance(outcome, Failed) and outcome.retry and not outcome.personal
    assert driver(gone, tmp_path).status("ref-1") is Delivery.FAILED


def test_a_provider_that_does_not_answer_about_receipts_is_no_failure_of_the_message(
    cloud: SmsCloud, tmp_path: Path
) -> None:
    driver(cloud, tmp_path).send(PHONE, TEXT, "ref-1")
    cloud.deaf = True
    assert driver(cloud, tmp_path).status("ref-1") is Delivery.WAITING


def test_without_its_session_context_a_cut_answer_stays_unknown_at_tencent(tmp_path: Path) -> None:
    with SmsCloud("tencent") as cloud:
        cloud.context, cloud.faults = False, ["cut-taken"]
        driver(cloud, tmp_path).send(PHONE, TEXT, "ref-1")
        cloud.receipts["ref-1"] = 3
        assert driver(cloud, tmp_path).status("ref-1") is Delivery.UNKNOWN


@pytest.mark.parametrize("phone", ["", "12345", "+8521234567", "13800138000; DROP"])
def test_a_number_that_is_none_is_refused_for_good(cloud: SmsCloud, tmp_path: Path, phone: str) -> None:
    outcome = driver(cloud, tmp_path).send(phone, TEXT, "ref-1")
    assert isinstance(outcome, Failed) and not outcome.retry and outcome.personal and cloud.requests == 0


def test_a_text_without_an_approved_template_names_what_is_missing(cloud: SmsCloud, tmp_path: Path) -> None:
    outcome = driver(cloud, tmp_path, codes={}).send(PHONE, TEXT, "ref-1")
    assert isinstance(outcome, Failed) and not outcome.retry and "raise.warm" in outcome.reason
    assert cloud.requests == 0


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
             "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]  # fmt: skip
    subprocess.run(words, check=True, capture_output=True)
    return folder / "cert.pem", folder / "key.pem"


def test_over_https_a_trusted_name_is_required(
    certificate: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SmsCloud("aliyun", *certificate) as cloud:
        outcome = driver(cloud, tmp_path, timeout_s=5).send(PHONE, TEXT, "ref-1")
        assert isinstance(outcome, Failed) and "certificate" in outcome.reason and cloud.taken == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        assert isinstance(driver(cloud, tmp_path, timeout_s=5).send(PHONE, TEXT, "ref-2"), Accepted)


@pytest.mark.parametrize("url", ["http://dysmsapi.aliyuncs.com", "ftp://x", "https://", "https://x/path", "x"])
def test_an_address_in_the_clear_or_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="write"):
        Endpoint(url, 1.0)


def test_a_secret_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(SECRET, encoding="utf-8")
    key.chmod(0o644)
    config = SmsConfig(driver="aliyun", aliyun=AliyunConfig(access_key_id=KEY_ID, access_key_secret_file=key))
    with pytest.raises(ConfigError, match=r"chmod 600") as refusal:
        drivers_of(config, tmp_path / "hub.toml")
    assert SECRET not in str(refusal.value)


def test_a_driver_without_its_section_says_which(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"sms\.tencent"):
        drivers_of(SmsConfig(driver="file", backups=("tencent",)), tmp_path / "hub.toml")
