"""The hub's own key: an Ed25519 seed in `hub.key`, readable by its owner alone. Agents believe only receipts it signed."""

import os
from pathlib import Path

from larder_core.signing import Key, from_text, to_text
from larder_hub.config import ConfigError
from larder_hub.folders import make_folder, sync

FILE = "hub.key"


def create_key(data_dir: Path) -> Key:
    """The key of this data folder, made if there is none yet. Raises ConfigError if it cannot be written or read."""
    make_folder(data_dir)
    file = data_dir / FILE
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return load_key(data_dir)
    with os.fdopen(handle, "w") as out:
        out.write(to_text(os.urandom(32)) + "\n")
        out.flush()
        os.fsync(out.fileno())
    sync(data_dir)
    return load_key(data_dir)


def load_key(data_dir: Path) -> Key:
    """Raises ConfigError where the file is missing, open to others, or no key."""
    file = data_dir / FILE
    try:
        if file.stat().st_mode & 0o077:
            raise ConfigError(file, "(mode)", "other users can read the hub's private key", f"chmod 600 {file}")
        seed = from_text(file.read_text().strip())
        return Key(seed)
    except FileNotFoundError as error:
        raise ConfigError(file, "(file)", "the hub has no key yet", "larder hub init --config ...") from error
    except (OSError, ValueError) as error:
        hint = "restore it from the backup; agents know its public half"
        raise ConfigError(file, "(file)", f"is not a hub key: {error}", hint) from error
