"""A secret from a file that nobody else may read."""

import stat
from pathlib import Path

from larder_hub.config import ConfigError


def read_secret(file: Path, key: str, config_file: Path) -> str:
    """The first line of the file. Raises ConfigError where it cannot be read, is empty, or may be read by everybody."""
    try:
        mode = file.stat().st_mode
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        hint = "one line of text, readable by the hub's user only"
        raise ConfigError(config_file, key, f"{file} cannot be read: {error}", hint) from error
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        raise ConfigError(config_file, key, f"{file} may be read by everybody", f"chmod 600 {file}, and make a new key")
    secret = lines[0].strip() if lines else ""
    if not secret:
        raise ConfigError(config_file, key, f"{file} is empty", "one line of text")
    return secret
