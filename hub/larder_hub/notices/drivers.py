"""The drivers that the configuration names."""

import time
from collections.abc import Callable
from pathlib import Path

from larder_hub.config import AliyunConfig, ConfigError, DriverName, SmsConfig, TencentConfig
from larder_hub.notices.aliyun import AliyunSms
from larder_hub.notices.cloud import CloudApi, CloudSms
from larder_hub.notices.file_spool import FileSpool
from larder_hub.notices.gammu import Gammu
from larder_hub.notices.gammu_sql import GammuSql
from larder_hub.notices.https import Endpoint
from larder_hub.notices.journal import prune
from larder_hub.notices.port import SmsDriver
from larder_hub.notices.secret_file import read_secret
from larder_hub.notices.templates import ApprovedTemplates
from larder_hub.notices.tencent import TencentSms
from larder_hub.notices.texts import Letterhead

JOURNAL = "gammu"
"""Under the spool's folder: what gammu was handed over, by our names; the clouds' journals lie beside it under their names."""


JOURNALS = (JOURNAL, "aliyun", "tencent")


def prune_journals(config: SmsConfig) -> int:
    """Throw away what was handed over so long ago that nobody asks after it any more; how many files."""
    return sum(prune(config.spool / name, time.time()) for name in JOURNALS)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def drivers_of(config: SmsConfig, config_file: Path) -> tuple[SmsDriver, ...]:
    """All of them, in order. Reads the files of secrets and nothing else. Raises ConfigError."""
    return tuple(_driver(name, config, config_file) for name in config.drivers)


def _driver(name: DriverName, config: SmsConfig, config_file: Path) -> SmsDriver:
    if name == "file":
        return FileSpool(config.spool)
    if name in ("gammu-smsd", "gammu-sql"):
        if config.gammu_config is None:
            hint = "the file that gammu-smsd runs with, as /etc/gammu-smsdrc"
            raise ConfigError(config_file, "sms.gammu_config", "is needed by driver " + name, hint)
        if name == "gammu-sql":
            return GammuSql(config.gammu_config)
        return Gammu(config.gammu_config, config.spool / JOURNAL)
    section = config.aliyun if name == "aliyun" else config.tencent
    if section is None:
        raise ConfigError(config_file, f"sms.{name}", f"is needed by driver {name}", "see deploy/hub.example.toml")
    return _cloud(section, config, config_file, now_ms)


def _cloud(
    section: AliyunConfig | TencentConfig, config: SmsConfig, config_file: Path, clock: Callable[[], int]
) -> SmsDriver:
    api: CloudApi
    name = "aliyun" if isinstance(section, AliyunConfig) else "tencent"
    try:
        endpoint = Endpoint(section.endpoint, section.timeout_s)
    except ValueError as error:
        raise ConfigError(config_file, f"sms.{name}.endpoint", str(error)) from error
    try:
        approved = ApprovedTemplates(Letterhead.of(config), section.templates)
    except ValueError as error:
        raise ConfigError(config_file, f"sms.{name}.templates", str(error), "see `larder hub sms templates`") from error
    if isinstance(section, AliyunConfig):
        secret = read_secret(section.access_key_secret_file, "sms.aliyun.access_key_secret_file", config_file)
        api = AliyunSms(endpoint, section.access_key_id, secret, config.signature, clock)
    else:
        secret = read_secret(section.secret_key_file, "sms.tencent.secret_key_file", config_file)
        api = TencentSms(
            endpoint, section.secret_id, secret, section.sdk_app_id, section.region, config.signature, clock
        )
    return CloudSms(api, approved, config.spool / name, clock)
