"""The configuration: checked whole at load, every complaint with the file and the key."""

from pathlib import Path

import pytest

from larder_agent.config import load_config, read_secret
from larder_agent.drivers import modbus_tcp, onewire, rtsp_camera
from larder_agent.drivers.secret_files import FileSecrets
from larder_agent.failures import ConfigError

EXAMPLE = Path(__file__).resolve().parents[3] / "agent" / "agent.example.toml"

GOOD = """
[broker]
host = "broker.example"
password_file = "secret/broker"
[hub]
public_key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
[[device]]
county = "632221"
site = "school-1"
id = "box-1"
state_dir = "state"
[[device.source]]
driver = "onewire"
root = "/x"
[[device.source.point]]
id = "t"
"""


def load(folder: Path, text: str) -> object:
    file = folder / "agent.toml"
    file.write_text(text)
    return load_config(file)


def test_the_example_is_a_configuration(tmp_path: Path) -> None:
    """Its sources satisfy their drivers, too."""
    config = load_config(EXAMPLE)
    (device,) = config.device
    openers = {
        "modbus-tcp": modbus_tcp.open_driver,
        "onewire": onewire.open_driver,
        "rtsp-camera": rtsp_camera.open_driver,
    }
    (tmp_path / "kitchen-cam.password").write_text("secret\n")
    drivers = [openers[one.driver](one.settings, FileSecrets(one.settings, tmp_path)) for one in device.source]
    assert [point.id for driver in drivers for point in driver.points] == [
        "fridge-2-temp", "fridge-2-rh", "freezer-1-temp", "kitchen-cam",
    ]  # fmt: skip
    assert [device.period_of(source) for source in device.source] == [10, 10, 60]


def test_the_example_shows_the_defaults(tmp_path: Path) -> None:
    """What stands there as `default` is the default."""
    shown = load_config(EXAMPLE).device[0].model_dump()
    plain = load_config_text(tmp_path, GOOD)["device"][0]
    own = {"county", "site", "id", "state_dir", "source", "alarm"}
    assert {key: value for key, value in shown.items() if key not in own} == {
        key: value for key, value in plain.items() if key not in own
    }


def load_config_text(folder: Path, text: str) -> dict[str, list[dict[str, object]]]:
    (folder / "agent.toml").write_text(text)
    return load_config(folder / "agent.toml").model_dump()


def test_paths_are_taken_from_the_files_folder(tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text(GOOD)
    config = load_config(tmp_path / "agent.toml")
    assert config.device[0].state_dir == tmp_path / "state"
    assert config.broker.password_file == tmp_path / "secret/broker"


def test_the_drivers_keys_are_handed_on_untouched(tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text(GOOD)
    (source,) = load_config(tmp_path / "agent.toml").device[0].source
    assert source.settings == {"root": "/x", "point": [{"id": "t"}]}


def test_the_rules_of_signal_quality_are_ours_and_stand_by_point(tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text(GOOD + "[device.source.screen.t]\njump = 2.5\nflat_after_s = 0\n")
    (source,) = load_config(tmp_path / "agent.toml").device[0].source
    assert (source.screen["t"].jump, source.screen["t"].flat_after_s, source.screen["t"].stale_after_s) == (
        2.5,
        0,
        None,
    )
    assert "screen" not in source.settings


@pytest.mark.parametrize("table", ["jumps = 1", "jump = -1", 'jump = "far"'])
def test_a_wrong_rule_is_refused_by_its_key(table: str, tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text(GOOD + f"[device.source.screen.t]\n{table}\n")
    with pytest.raises(ConfigError, match=r"source\[1\].screen.t.jump"):
        load_config(tmp_path / "agent.toml")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('host = "broker.example"', 'hots = "x"', "broker.hots: is not a setting"),
        ('county = "632221"', 'county = "Haibei"', r"device\[1\].county"),
        ('site = "school-1"', 'site = "School 1"', r"device\[1\].site"),
        ('state_dir = "state"', "", r"device\[1\].state_dir"),
        ('state_dir = "state"', 'state_dir = "state"\nperiod_s = 0', r"device\[1\].period_s"),
        ('state_dir = "state"', 'state_dir = "state"\nperiod_s = nan', r"device\[1\].period_s"),
        ('public_key = "A', 'public_key = "+', "hub.public_key"),
        ('driver = "onewire"', 'driver = "One Wire"', r"device\[1\].source\[1\].driver"),
        ('driver = "onewire"', "", r"device\[1\].source\[1\].driver"),
        ("[hub]", "[hub", r"\(syntax\)"),
        ("[hub]", "[bub]", "hub"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError, match=rf"agent\.toml: {complaint}") as error:
        load(tmp_path, GOOD.replace(old, new))
    assert error.value.code == 78
    assert str(error.value).endswith(")"), "it carries a hint"


def test_two_devices_share_neither_name_nor_disk(tmp_path: Path) -> None:
    device = GOOD[GOOD.index("[[device]]") :]
    with pytest.raises(ConfigError, match=r"device\[2\]\.id: box-1 is there twice"):
        load(tmp_path, GOOD + device)
    with pytest.raises(ConfigError, match=r"device\[2\]\.state_dir: state is there twice"):
        load(tmp_path, GOOD + device.replace("box-1", "box-2"))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"agent\.toml: \(file\): cannot be read.*--config"):
        load_config(tmp_path / "agent.toml")


@pytest.mark.parametrize("content", [b"", b"one\ntwo\n", b"\xff\xfe", b"x" * 5000, b"\n"])
def test_a_password_file_holds_one_line_and_is_never_shown(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "password"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"broker\.password_file") as error:
        read_secret(file, tmp_path / "agent.toml", "broker.password_file")
    assert "two" not in str(error.value)
    assert "xxx" not in str(error.value)


def test_a_password(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("s3 cret\n")
    assert read_secret(tmp_path / "password", tmp_path / "agent.toml", "broker.password_file") == "s3 cret"
