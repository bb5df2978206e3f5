"""The hub's configuration: the example is complete and true, and an error names the file, the key and what to do."""

import re
import tomllib
from pathlib import Path

import pytest

from larder_hub.config import ConfigError, HubConfig, InfluxConfig, load_config
from larder_hub.key import create_key, load_key

EXAMPLE = Path(__file__).resolve().parents[4] / "deploy" / "hub.example.toml"


def test_the_example_loads_and_names_every_key() -> None:
    config = load_config(EXAMPLE)
    assert config.sms.signature == "海北食安" and str(config.registry_dir) == "/srv/larder-registry"
    text = EXAMPLE.read_text("utf-8")
    optional = "".join(line.removeprefix("# ") for line in text[text.index("# [influx]") :].splitlines(keepends=True))
    said = tomllib.loads(text) | tomllib.loads(optional)
    for name, field in HubConfig.model_fields.items():
        assert name in said
        shape = InfluxConfig if name == "influx" else field.annotation
        inner = getattr(shape, "model_fields", {})
        written = set(said[name]) if inner else set()
        assert set(inner) - written <= {"operator_token_file"}, name


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        ("data_dir = 'x'\n[broker]\nprot = 1\n", "broker.prot", "hub.example.toml"),
        ("data_dir = 'x'\n[broker]\nport = 70000\n", "broker.port", ""),
        ("data_dir = 'x'\n[broker]\ncounties = ['63']\n", "broker.counties.0", ""),
        ("data_dir = 'x'\n[sms]\ndriver = 'pigeon'\n", "sms.driver", ""),
        ("[broker]\n", "data_dir", ""),
        ("data_dir = \n", "(syntax)", "TOML"),
    ],
)
def test_an_error_names_file_and_key(tmp_path: Path, text: str, key: str, hint: str) -> None:
    file = tmp_path / "hub.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=re.escape(f"{file}: {key}:")) as raised:
        load_config(file)
    assert hint in str(raised.value)


def test_a_missing_file_says_how_to_name_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--config"):
        load_config(tmp_path / "nowhere.toml")


def test_relative_paths_are_taken_from_the_files_folder(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text('data_dir = "data"\n[broker]\npassword_file = "secret"\n')
    config = load_config(tmp_path / "hub.toml")
    assert config.data_dir == tmp_path / "data"
    assert config.registry_dir == tmp_path / "data" / "registry"
    assert config.broker.password_file == tmp_path / "secret"
    assert config.sms.spool == tmp_path / "data" / "sms"


def test_the_key_is_made_once_private_and_refused_when_others_can_read_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="larder hub init"):
        load_key(tmp_path)
    key = create_key(tmp_path)
    assert create_key(tmp_path).public == key.public == load_key(tmp_path).public
    assert (tmp_path / "hub.key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "hub.key").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_key(tmp_path)
