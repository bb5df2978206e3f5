"""The driver that the configuration names."""

from pathlib import Path

from larder_hub.config import ConfigError, SmsConfig
from larder_hub.notices.file_spool import FileSpool
from larder_hub.notices.gammu import Gammu
from larder_hub.notices.port import SmsDriver

JOURNAL = "gammu"
"""Under the spool's folder: what gammu was handed over, by our names."""


def driver_of(config: SmsConfig, config_file: Path) -> SmsDriver:
    """Does no I/O. Raises ConfigError where the daemon's configuration is not named."""
    if config.driver == "file":
        return FileSpool(config.spool)
    if config.gammu_config is None:
        hint = "the file that gammu-smsd runs with, as /etc/gammu-smsdrc"
        raise ConfigError(config_file, "sms.gammu_config", "is needed by driver gammu-smsd", hint)
    return Gammu(config.gammu_config, config.spool / JOURNAL)
