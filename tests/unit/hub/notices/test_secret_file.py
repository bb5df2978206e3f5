"""A secret is one line that not everybody can read: the same for every key of the configuration."""

from pathlib import Path

import pytest

from larder_hub.app import secret
from larder_hub.config import ConfigError


def test_no_file_is_no_secret(tmp_path: Path) -> None:
    assert secret(None, "broker.password_file", tmp_path / "hub.toml") == ""


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640])
def test_its_first_line_is_the_secret(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "password"
    file.write_text("s3 cret\nand a note\n")
    file.chmod(mode)
    assert secret(file, "broker.password_file", tmp_path / "hub.toml") == "s3 cret"


@pytest.mark.parametrize("key", ["broker.password_file", "web.operator_token_file", "influx.token_file"])
@pytest.mark.parametrize(("content", "mode", "says"), [
    ("s3cret", 0o644, "chmod 600"), ("s3cret", 0o602, "chmod 600"), ("", 0o600, "is empty"), (" \n", 0o600, "is empty"),
])  # fmt: skip
def test_what_everybody_may_read_or_says_nothing_is_refused_and_not_repeated(
    tmp_path: Path, key: str, content: str, mode: int, says: str
) -> None:
    file = tmp_path / "password"
    file.write_text(content)
    file.chmod(mode)
    with pytest.raises(ConfigError, match=says) as refused:
        secret(file, key, tmp_path / "hub.toml")
    assert f"hub.toml: {key}:" in str(refused.value) and "s3cret" not in str(refused.value)
