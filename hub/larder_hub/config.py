"""The hub's configuration: one TOML file, checked whole at load; every default stands here."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class ConfigError(ValueError):
    """What is wrong, in which file and key, and what to do."""

    def __init__(self, file: Path, key: str, problem: str, hint: str = "") -> None:
        super().__init__(f"{file}: {key}: {problem}" + (f" ({hint})" if hint else ""))


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class BrokerConfig(Section):
    """Where the hub takes messages from. `counties` limits it to some county codes; empty means all."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    ca_file: Path | None = None
    username: str = "hub"
    password_file: Path | None = None
    client_id: str = "larder-hub"
    keepalive_s: Annotated[int, Field(ge=5, le=600)] = 30
    counties: tuple[Annotated[str, Field(pattern=r"^[0-9]{6}$")], ...] = ()


class IngestConfig(Section):
    """`credit` entries may be on their way from a device at once. A group is what one commit holds. With less than `reserve_mb` free
    on the disk of the data or of the registry the hub takes nothing more until there is room again.
    More than `wal_mb` in the ledger's write-ahead log is reported: somebody keeps a transaction open."""

    credit: Annotated[int, Field(ge=1, le=10_000)] = 64
    group_messages: Annotated[int, Field(ge=1, le=10_000)] = 500
    queue_mb: Annotated[int, Field(ge=1, le=1024)] = 64
    wal_mb: Annotated[int, Field(ge=16, le=1_000_000)] = 256
    reserve_mb: Annotated[int, Field(ge=0, le=1_000_000)] = 256


class WebConfig(Section):
    """A hub that listens beyond loopback needs `operator_token_file`, which every change through the API must then show.
    `duty_phone` stands on the page of phones (/a); `link` is its address for `larder hub pair`, as https://hbsa.cn/a."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    operator_token_file: Path | None = None
    duty_phone: Annotated[str, Field(pattern=r"^[0-9-]{0,14}$")] = ""
    link: Annotated[str, Field(max_length=200)] = ""
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")


DriverName = Literal["file", "gammu-smsd", "gammu-sql", "aliyun", "tencent"]


class AliyunConfig(Section):
    """Alibaba Cloud SMS. `templates`: the approved code of each key that `larder hub sms templates` prints."""

    access_key_id: Annotated[str, Field(min_length=1)]
    access_key_secret_file: Path
    templates: dict[str, str] = {}
    endpoint: str = "https://dysmsapi.aliyuncs.com"
    timeout_s: Annotated[float, Field(gt=0, le=30)] = 6.0


class TencentConfig(Section):
    """Tencent Cloud SMS. `templates`: the approved id of each key that `larder hub sms templates` prints."""

    secret_id: Annotated[str, Field(min_length=1)]
    secret_key_file: Path
    sdk_app_id: Annotated[str, Field(pattern="^[0-9]+$")]
    templates: dict[str, str] = {}
    region: str = "ap-guangzhou"
    endpoint: str = "https://sms.tencentcloudapi.com"
    timeout_s: Annotated[float, Field(gt=0, le=30)] = 6.0


class SmsConfig(Section):
    """`driver` file writes each message into `spool`; gammu-smsd puts it into the daemon of `gammu_config`,
    gammu-sql into that daemon's SQLite, which has receipts; aliyun and tencent need
    their sections. `backups`, in order, take over a message only where `driver` has failed or said nothing for ten minutes;
    `down_after` failures in a row make a provider's own alarm. `per_day`: messages to one number in a day, by driver, where the
    provider allows another number than we know of; the last `kept_for_critical` of them are for critical messages alone."""

    driver: DriverName = "file"
    backups: tuple[DriverName, ...] = ()
    down_after: Annotated[int, Field(ge=1, le=100)] = 3
    per_day: dict[DriverName, Annotated[int, Field(ge=1)]] = {}
    kept_for_critical: Annotated[int, Field(ge=0, le=1000)] = 3
    spool: Path = Path("sms")
    gammu_config: Path | None = None
    signature: Annotated[str, Field(min_length=2, max_length=8)] = "海北食安"
    link: Annotated[str, Field(max_length=16)] = "hbsa.cn/a"
    attempts: Annotated[int, Field(ge=1, le=20)] = 5
    retry_s: Annotated[float, Field(gt=0)] = 30.0
    aliyun: AliyunConfig | None = None
    tencent: TencentConfig | None = None

    @property
    def drivers(self) -> tuple[DriverName, ...]:
        """Every driver in order, each once."""
        return tuple(dict.fromkeys((self.driver, *self.backups)))


class NotifyConfig(Section):
    """A conversation that the register's people may name among their `channels`: `url_file` holds an apprise address, one line, as
    wecombot://KEY/. An answer that takes longer than `timeout_s` counts as none."""

    url_file: Path
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 20.0


class PulseConfig(Section):
    """`watchers` are the names of those who ask for /api/pulse; one that has not for `silent_min` minutes is missed.
    Where the register has a device with the profile `pulse`, each of its beats is written to `file`, below data_dir."""

    watchers: tuple[Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")], ...] = ()
    silent_min: Annotated[float, Field(gt=0, le=1440)] = 10.0
    file: Path = Path("pulse.json")


class InfluxConfig(Section):
    """Where the series are written once more, for boards. `dialect` says how points are deleted; influxdb3 and victoriametrics
    delete none. `bucket` is `database` or `database/retention-policy` with InfluxDB 1. States are written every `states_every_s`."""

    url: Annotated[str, Field(pattern="^https?://")]
    dialect: Annotated[str, Field(pattern="^(influxdb1|influxdb2|influxdb3|victoriametrics)$")] = "influxdb2"
    org: str = "-"
    bucket: Annotated[str, Field(min_length=1)] = "larder"
    token_file: Path | None = None
    ca_file: Path | None = None
    timeout_s: Annotated[float, Field(gt=0, le=120)] = 10.0
    points_at_once: Annotated[int, Field(ge=100, le=50_000)] = 5_000
    states_every_s: Annotated[int, Field(ge=10, le=3600)] = 300


class HubConfig(Section):
    """`registry_dir` should lie on another disk than `data_dir`: it is what survives the loss of the ledger.

    `delivery_s` is how long a reading may be on its way before its absence counts as silence: the agents' `seal_after_s` and some
    more. `time_scale` divides the delays of the limit profiles: 1 in production, 60 where a simulated world runs 60 times faster."""

    data_dir: Path
    registry_dir: Path | None = None
    time_scale: Annotated[float, Field(gt=0, le=10_000)] = 1.0
    delivery_s: Annotated[float, Field(ge=0, le=600)] = 75.0
    broker: BrokerConfig = BrokerConfig()
    ingest: IngestConfig = IngestConfig()
    web: WebConfig = WebConfig()
    sms: SmsConfig = SmsConfig()
    notify: dict[Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}$")], NotifyConfig] = {}
    pulse: PulseConfig = PulseConfig()
    influx: InfluxConfig | None = None


def load_config(file: Path) -> HubConfig:
    """Raises ConfigError naming the file and the key. Relative paths are taken from the file's folder."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(file, "(file)", f"cannot be read: {error}", "give its path with --config") from error
    try:
        config = HubConfig.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(file, "(syntax)", str(error), "this is not TOML") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(step) for step in first["loc"]) or "(file)"
        hint = "see deploy/hub.example.toml" if first["type"] == "extra_forbidden" else ""
        raise ConfigError(file, key, first["msg"], hint) from error
    return _anchored(config, file.resolve().parent)


def _anchored(config: HubConfig, folder: Path) -> HubConfig:
    def at(path: Path | None) -> Path | None:
        return None if path is None else folder / path

    data = folder / config.data_dir
    registry = data / "registry" if config.registry_dir is None else folder / config.registry_dir
    broker = config.broker.model_copy(
        update={"ca_file": at(config.broker.ca_file), "password_file": at(config.broker.password_file)}
    )
    web = config.web.model_copy(update={"operator_token_file": at(config.web.operator_token_file)})
    sms = _sms_anchored(config.sms, data, folder)
    notify = {name: one.model_copy(update={"url_file": folder / one.url_file}) for name, one in config.notify.items()}
    pulse = config.pulse.model_copy(update={"file": data / config.pulse.file})
    influx = config.influx and config.influx.model_copy(
        update={"token_file": at(config.influx.token_file), "ca_file": at(config.influx.ca_file)}
    )
    return config.model_copy(
        update={
            "data_dir": data,
            "registry_dir": registry,
            "broker": broker,
            "web": web,
            "sms": sms,
            "notify": notify,
            "pulse": pulse,
            "influx": influx,
        }
    )


def _sms_anchored(sms: SmsConfig, data: Path, folder: Path) -> SmsConfig:
    placed: dict[str, object] = {"spool": data / sms.spool}
    if sms.gammu_config is not None:
        placed["gammu_config"] = folder / sms.gammu_config
    if sms.aliyun is not None:
        file = folder / sms.aliyun.access_key_secret_file
        placed["aliyun"] = sms.aliyun.model_copy(update={"access_key_secret_file": file})
    if sms.tencent is not None:
        file = folder / sms.tencent.secret_key_file
        placed["tencent"] = sms.tencent.model_copy(update={"secret_key_file": file})
    return sms.model_copy(update=placed)
