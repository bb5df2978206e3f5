"""The device's own key: an Ed25519 seed in `device.key`, readable by its owner alone. The hub's register knows the public half."""

import os
from pathlib import Path

from larder_agent.failures import ConfigError
from larder_agent.folders import make_folder, sync
from larder_core.signing import Key, from_text, to_text

FILE = "device.key"


def create_key(state_dir: Path) -> Key:
    """The key of this device, made if there is none yet. Raises ConfigError if it cannot be written or read."""
    file = state_dir / FILE
    try:
        make_folder(state_dir, 0o750)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return load_key(state_dir)
    except OSError as error:
        raise ConfigError(
            file, "(file)", f"cannot be made: {error}", "make the folder, owned by the agent's user"
        ) from error
    with os.fdopen(handle, "w") as out:
        out.write(to_text(os.urandom(32)) + "\n")
        out.flush()
        os.fsync(out.fileno())
    sync(state_dir)
    return load_key(state_dir)


def load_key(state_dir: Path) -> Key:
    """Raises ConfigError where the file is missing, open to others, or no key."""
    file = state_dir / FILE
    try:
        mode, text = file.stat().st_mode, file.read_text()
        if mode & 0o077:
            raise ConfigError(file, "(mode)", "other users can read the device's private key", f"chmod 600 {file}")
        return Key(from_text(text.strip()))
    except FileNotFoundError as error:
        raise ConfigError(file, "(file)", "the device has no key yet", "larder agent init --config ...") from error
    except (OSError, ValueError) as error:
        hint = "restore it from a backup, or remove it, init again and register the device anew"
        raise ConfigError(file, "(file)", f"is not a device key: {error}", hint) from error
